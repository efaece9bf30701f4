/**
 * The `restricted` Pod Security Standard, control by control
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/), and what goes beyond it.
 */
import { formatBytes, formatCpu, parseBytes, parseCpu } from '../../lib/units/quantity';
import { allFromDist, ENVIRONMENTS } from '../support/dist';
import type { Manifest } from '../support/synth';

const VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/** What a pod breaks of the standard. */
function violations(pod: Manifest): string[] {
  const found: string[] = [];
  const when = (bad: boolean, what: string) => bad && found.push(what);
  when(pod.hostNetwork || pod.hostPID || pod.hostIPC, 'host namespaces');
  when(
    (pod.volumes ?? []).some((volume: Manifest) => !VOLUMES.some((type) => type in volume)),
    'volume types',
  );
  when(pod.securityContext?.sysctls?.length > 0, 'sysctls');
  for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
    const own = container.securityContext ?? {};
    const either = (field: string) => own[field] ?? pod.securityContext?.[field];
    when(own.privileged === true, `${container.name}: privileged`);
    when(own.allowPrivilegeEscalation !== false, `${container.name}: allowPrivilegeEscalation`);
    when(!own.capabilities?.drop?.includes('ALL'), `${container.name}: capabilities.drop`);
    when(
      (own.capabilities?.add ?? []).some((one: string) => one !== 'NET_BIND_SERVICE'),
      `${container.name}: capabilities.add`,
    );
    when(either('runAsNonRoot') !== true, `${container.name}: runAsNonRoot`);
    when(either('runAsUser') === 0, `${container.name}: runAsUser`);
    when(
      !['RuntimeDefault', 'Localhost'].includes(either('seccompProfile')?.type),
      `${container.name}: seccompProfile`,
    );
    when(
      (container.ports ?? []).some((port: Manifest) => port.hostPort),
      `${container.name}: hostPort`,
    );
    when(own.procMount !== undefined && own.procMount !== 'Default', `${container.name}: procMount`);
  }
  return found;
}

const podsOf = (environment: string): Manifest[] =>
  allFromDist(environment).flatMap((object) =>
    [object.spec?.template?.spec ?? object.spec?.jobTemplate?.spec.template.spec].filter(Boolean),
  );

describe.each(ENVIRONMENTS)('%s', (environment) => {
  const pods = podsOf(environment);

  test('every pod meets the restricted standard, and the namespace enforces it', () => {
    expect(pods.length).toBeGreaterThanOrEqual(environment === 'staging' ? 8 : 9);
    expect(pods.flatMap(violations)).toEqual([]);
    const [namespace] = allFromDist(environment).filter((object) => object.kind === 'Namespace');
    expect(namespace.metadata.labels['pod-security.kubernetes.io/enforce']).toBe('restricted');
  });

  test('every root file system is read-only, and no pod has a token of the API server', () => {
    for (const pod of pods) {
      expect(pod.automountServiceAccountToken).toBe(false);
      for (const container of pod.containers)
        expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
    }
  });

  test('every container has requests and limits of CPU, memory and local disk, in the form that the API server returns', () => {
    for (const { resources } of pods.flatMap((pod) => pod.containers)) {
      expect(Object.keys(resources.requests).sort()).toEqual(['cpu', 'ephemeral-storage', 'memory']);
      expect(Object.keys(resources.limits).sort()).toEqual(['cpu', 'ephemeral-storage', 'memory']);
      for (const [name, request] of Object.entries<string>(resources.requests)) {
        const [parse, format] = name === 'cpu' ? [parseCpu, formatCpu] : [parseBytes, formatBytes];
        const [least, most] = [request, resources.limits[name]].map((quantity) => parse(quantity) ?? NaN);
        expect(least).toBeLessThanOrEqual(most);
        expect([format(least), format(most)]).toEqual([request, resources.limits[name]]);
      }
    }
  });

  test('no Secret is emitted, and no password but by reference', () => {
    const objects = allFromDist(environment);
    expect(objects.filter((object) => object.kind === 'Secret')).toEqual([]);
    const variables = pods
      .flatMap((pod) => pod.containers)
      .flatMap((container: Manifest) => container.env ?? []);
    const secret = variables.filter((one: Manifest) => /PASS/.test(one.name));
    expect(secret.length).toBeGreaterThan(5);
    for (const one of secret) expect(one.valueFrom?.secretKeyRef?.name).toMatch(/-credentials$/);
  });
});

test('the check finds what it looks for', () => {
  const good = podsOf('prod')[0];
  const broken: Array<[string, (pod: Manifest) => void]> = [
    ['host namespaces', (pod) => (pod.hostNetwork = true)],
    ['volume types', (pod) => pod.volumes.push({ name: 'host', hostPath: { path: '/' } })],
    ['capabilities.drop', (pod) => (pod.containers[0].securityContext.capabilities.drop = ['NET_RAW'])],
    ['runAsNonRoot', (pod) => delete pod.securityContext.runAsNonRoot],
    ['runAsUser', (pod) => (pod.containers[0].securityContext.runAsUser = 0)],
    ['seccompProfile', (pod) => delete pod.securityContext.seccompProfile],
    ['allowPrivilegeEscalation', (pod) => delete pod.containers[0].securityContext.allowPrivilegeEscalation],
    ['hostPort', (pod) => (pod.containers[0].ports[0].hostPort = 80)],
  ];
  for (const [what, breakIt] of broken) {
    const pod = structuredClone(good);
    breakIt(pod);
    expect(violations(pod).join()).toContain(what);
  }
});
