/** YAML 1.1 with merge keys, as Kubernetes reads it. */
export const AS_KUBERNETES = { version: '1.1', merge: true, logLevel: 'silent' } as const;
