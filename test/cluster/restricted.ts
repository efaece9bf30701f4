import type { Manifest } from '../support/synth';

/** What the restricted Pod Security Standard misses in the resource of the redis-operator, which its pods are made of. */
export function restrictedProblems(spec: Manifest): string[] {
  const pod = spec.podSecurityContext ?? {};
  const containers = [
    spec.securityContext ?? spec.redisLeader?.securityContext,
    ...(spec.redisFollower ? [spec.redisFollower.securityContext] : []),
    ...(spec.redisExporter ? [spec.redisExporter.securityContext] : []),
  ];
  return [
    ...(pod.runAsNonRoot === true && pod.runAsUser > 0 ? [] : ['runAsNonRoot']),
    ...(pod.seccompProfile?.type === 'RuntimeDefault' ? [] : ['seccompProfile']),
    ...containers.flatMap((one) => [
      ...(one?.allowPrivilegeEscalation === false ? [] : ['allowPrivilegeEscalation']),
      ...(JSON.stringify(one?.capabilities?.drop) === '["ALL"]' ? [] : ['capabilities']),
    ]),
  ];
}
