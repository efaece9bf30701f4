/** Kinds of volumes that the restricted Pod Security Standard allows; names of the fields of a volume. */
export const RESTRICTED_VOLUMES: readonly string[] = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
