/** What a person does who reads a finding: the fix that it names, at the place that it names, and nothing else. */
import type { Finding } from '../../../../lib/finding/finding';
import { pathSegments } from '../../../../lib/inventory/path';
import type { Manifest } from '../../../support/synth';
import { PROGRAMS } from './facts';

/** A finding, and where it is to be mended. */
interface Repair {
  readonly objects: Manifest[];
  readonly finding: Finding;
  /** The object that the finding names. */
  readonly object: Manifest;
  /** Its pod, where it makes some. */
  readonly pod: Manifest;
  /** The container that the path names, or the first. */
  readonly container: Manifest;
}

const labels = { app: 'app' };

/** Writes a value at the path of the finding. */
const write =
  (value: unknown) =>
  ({ object, finding }: Repair) =>
    set(object, finding.path, value);

/** Fixes by their rule. */
const REPAIRS: Readonly<Record<string, (repair: Repair) => void>> = {
  'CAC-001': ({ objects }) => {
    if (!objects.some(({ kind }) => kind === 'Service')) objects.push(serviceOf(6379));
    if (!objects.some(({ metadata }) => metadata.name === 'client')) objects.push(...clientOf('CACHE_HOST'));
  },
  'CAC-002': ({ container }) => argue(container, '--maxmemory-policy', 'allkeys-lru'),
  'CAC-020': ({ container }) => argue(container, '--save', ''),
  'CAC-028': oneReplica,
  'CAC-029': ({ container, finding: { fix } }) =>
    fix.includes('maxmemory-clients')
      ? argue(container, '--maxmemory-clients', '10%')
      : argue(container, '--client-output-buffer-limit', 'normal 64mb 32mb 30'),
  'DB-005': ({ pod, container, finding: { measured, path } }) => {
    if (path.endsWith('.env')) container.env = [{ name: 'PGDATA', value: '/var/lib/postgresql/data/pgdata' }];
    else if (measured.includes('/dev/shm'))
      mount(pod, container, '/dev/shm', { emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } });
    else
      container.volumeMounts.find(({ name }: Manifest) => name === 'data').mountPath =
        '/var/lib/postgresql/data';
  },
  'DB-006': write(120),
  'DB-018': ({ container }) =>
    (container.startupProbe = { tcpSocket: { port: 5432 }, periodSeconds: 10, failureThreshold: 60 }),
  'DB-017': ({ pod, container, finding: { measured } }) =>
    mount(pod, container, measured.replace('no emptyDir at ', ''), { emptyDir: { sizeLimit: '1Gi' } }),
  'HPA-001': ({ objects, object }) => {
    delete object.spec.replicas;
    objects.push(autoscalerOf(object.kind));
  },
  'HPA-003': ({ object, finding }) =>
    finding.path.endsWith('minReplicas') ? (object.spec.minReplicas = 2) : (object.spec.maxReplicas *= 2),
  'HPA-004': ({ object }) => measureOneContainer(object),
  'HPA-006': ({ object }) => (object.spec.updatePolicy.updateMode = 'Off'),
  'HPA-002': ({ objects }) => delete workloadOf(objects).spec.replicas,
  'HPA-010': ({ object, finding }) => {
    const [, seconds] = /(\d+) s$/.exec(finding.expected) ?? [];
    set(object, 'spec.behavior.scaleUp.policies', [
      { type: 'Percent', value: 100, periodSeconds: Number(seconds) },
    ]);
  },
  'HPA-011': ({ objects }) => {
    const [container] = workloadOf(objects).spec.template.spec.containers;
    container.startupProbe ??= { ...probeOf(container), failureThreshold: 30 };
  },
  'HPA-012': ({ object }) => measureOneContainer(object),
  'NET-001': ({ objects, object, pod }) => isolate(objects, object, pod),
  'NET-002': ({ objects, object, pod }) => isolate(objects, object, pod),
  'NET-003': ({ objects, object, pod }) => isolate(objects, object, pod),
  'NET-005': ({ objects }) => {
    const workload = workloadOf(objects);
    isolate(objects, workload, workload.spec.template.spec);
  },
  'OOM-001': ({ container }) => (container.resources.limits.memory = '4Gi'),
  'OOM-002': ({ container }) => argue(container, '--maxmemory', '200mb'),
  'OOM-004': ({ object, finding }) =>
    set(
      object,
      finding.path,
      at(object, finding.path).map((word: string) => (word === '-Xmx1g' ? '-Xmx400m' : word)),
    ),
  'PRB-001': ({ container }) => (container.readinessProbe = probeOf(container)),
  'PRB-002': ({ container, finding }) =>
    finding.path.endsWith('startupProbe')
      ? (container.startupProbe = { ...probeOf(container), failureThreshold: 30 })
      : (container.livenessProbe = { ...probeOf(container), failureThreshold: 6 }),
  'PRB-003': ({ container }) => (container.livenessProbe = { ...container.livenessProbe, periodSeconds: 60 }),
  'PRB-004': ({ object, finding }) => set(object, finding.path, 5),
  'PRB-005': write(60),
  'REL-001': ({ objects }) => {
    remove(objects, 'PodDisruptionBudget');
    objects.push(budgetOf({ maxUnavailable: 1 }));
  },
  'REL-002': (repair) => write(['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map(spread))(repair),
  'REL-003': (repair) =>
    repair.finding.path === 'spec.replicas'
      ? oneReplica(repair)
      : (repair.objects.find(({ kind }) => kind === 'Service').spec.clusterIP = 'None'),
  'REL-004': ({ object, container, finding }) =>
    finding.path === 'spec.strategy'
      ? (object.spec.strategy = { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } })
      : (container.lifecycle = { preStop: { exec: { command: ['sleep', '5'] } } }),
  'REL-005': ({ object, finding }) => set(object, finding.path, releaseOf(at(object, finding.path))),
  'REL-006': write('AlwaysAllow'),
  'REL-008': ({ object }) => {
    delete object.spec.minAvailable;
    object.spec.maxUnavailable = 1;
  },
  'REL-009': ({ object }) => delete object.spec.minAvailable,
  'REL-012': (repair) => {
    oneReplica(repair);
    repair.object.spec.strategy = { type: 'Recreate' };
  },
  'REL-013': ({ object }) => set(object, 'spec.strategy.rollingUpdate.maxSurge', '25%'),
  'RES-001': ({ container, finding }) => {
    const resource = finding.path.endsWith('cpu') ? 'cpu' : 'memory';
    ((container.resources ??= {}).requests ??= {})[resource] = { cpu: '100m', memory: '256Mi' }[resource];
  },
  'RES-002': ({ container }) => (((container.resources ??= {}).limits ??= {}).memory = '512Mi'),
  'RES-003': ({ container }) => (((container.resources ??= {}).limits ??= {}).cpu = '500m'),
  'RES-004': ({ container }) => {
    ((container.resources ??= {}).requests ??= {})['ephemeral-storage'] = '1Gi';
    (container.resources.limits ??= {})['ephemeral-storage'] = '2Gi';
  },
  'RES-005': ({ container }) => (container.resources.requests.memory = container.resources.limits.memory),
  'SCALE-001': ({ object }) =>
    ((object.metadata.annotations ??= {})['cdk8s-tuned/ignore'] =
      'SCALE-001=it is tested by hand before sales'),
  'SEC-001': ({ object, pod, finding }) => {
    if (finding.path.endsWith('hostPort')) return unset(object, finding.path);
    if (/volumes\[\d+\]$/.test(finding.path)) {
      const [volume] = pod.volumes.filter(({ hostPath }: Manifest) => hostPath);
      delete volume.hostPath;
      volume.emptyDir = { sizeLimit: '1Gi' };
      return undefined;
    }
    return Object.assign(at(object, finding.path) ?? set(object, finding.path, {}), {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
  },
  'SEC-002': ({ objects, object, finding }) => {
    if (!finding.path.endsWith('serviceAccountName'))
      return set(object, finding.path, finding.path.endsWith('readOnlyRootFilesystem'));
    if (!objects.some(({ kind }) => kind === 'ServiceAccount'))
      objects.push({
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'app', namespace: 'shop' },
      });
    return set(object, finding.path, 'app');
  },
  'VPA-001': write('Recreate'),
  'VPA-004': ({ object }) => (object.spec.updatePolicy.updateMode = 'Initial'),
};

export function mend(objects: Manifest[], finding: Finding): void {
  const object = objects.find(
    ({ kind, metadata }) => kind === finding.kind && metadata.name === finding.name,
  );
  const repair = REPAIRS[finding.rule];
  if (!object || !repair) return;
  const pod = object.spec.jobTemplate?.spec.template.spec ?? object.spec.template?.spec;
  const [, index] = /containers\[(\d+)\]/.exec(finding.path) ?? [];
  repair({ objects, finding, object, pod, container: pod?.containers[Number(index ?? 0)] });
}

function at(object: Manifest, path: string): Manifest {
  return pathSegments(path).reduce((value, key) => value?.[key], object);
}

function set<T>(object: Manifest, path: string, value: T): T {
  const segments = pathSegments(path);
  const last = segments[segments.length - 1];
  const parent = segments.slice(0, -1).reduce((holder, key) => (holder[key] ??= {}), object);
  parent[last] = value;
  return value;
}

/** The release of an image that is known by its name. */
function releaseOf(image: string): string {
  const [name] = image.split(':');
  const program = Object.values(PROGRAMS).find((one) => one.image === name);
  return `${name}:${program?.tag ?? '1.2.3'}`;
}

function unset(object: Manifest, path: string): void {
  const segments = pathSegments(path);
  delete at(object, path.replace(/\.\w+$/, ''))[segments[segments.length - 1]];
}

function remove(objects: Manifest[], kind: string): void {
  for (let index = objects.length - 1; index >= 0; index -= 1)
    if (objects[index].kind === kind) objects.splice(index, 1);
}

function workloadOf(objects: readonly Manifest[]): Manifest {
  return objects.find(({ spec, metadata }) => spec?.template && metadata.name === 'app');
}

function oneReplica({ objects, object, finding }: Repair): void {
  if (/autoscaler/.test(finding.fix)) remove(objects, 'HorizontalPodAutoscaler');
  object.spec.replicas = 1;
}

function argue(container: Manifest, flag: string, value: string): void {
  container.args ??= [];
  container.args.push(flag, value);
}

function mount(pod: Manifest, container: Manifest, mountPath: string, volume: Manifest): void {
  const name = mountPath.replace(/\W+/g, '-').slice(1);
  (pod.volumes ??= []).push({ name, ...volume });
  (container.volumeMounts ??= []).push({ name, mountPath });
}

function probeOf({ ports }: Manifest): Manifest {
  return { tcpSocket: { port: ports[0].containerPort } };
}

function budgetOf(bounds: Manifest): Manifest {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'app', namespace: 'shop' },
    spec: { ...bounds, selector: { matchLabels: labels } },
  };
}

function serviceOf(port: number): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'app', namespace: 'shop' },
    spec: { selector: labels, ports: [{ port }] },
  };
}

function spread(topologyKey: string): Manifest {
  return {
    topologyKey,
    maxSkew: 1,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: labels },
    matchLabelKeys: ['pod-template-hash'],
  };
}

function autoscalerOf(kind: string): Manifest {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'app', namespace: 'shop' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind, name: 'app' },
      minReplicas: 2,
      maxReplicas: 6,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
        },
      ],
    },
  };
}

function measureOneContainer({ spec }: Manifest): void {
  spec.metrics = spec.metrics.map((metric: Manifest) =>
    metric.resource
      ? { type: 'ContainerResource', containerResource: { container: 'app', ...metric.resource } }
      : metric,
  );
}

/** The policy that says whom the pods talk to: the application behind, and the names. */
function isolate(objects: Manifest[], { metadata }: Manifest, pod: Manifest): void {
  const own = metadata.name === 'client' ? { app: 'client' } : labels;
  const port = pod.containers[0].ports?.[0].containerPort;
  const policy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: metadata.name, namespace: 'shop' },
    spec: {
      podSelector: { matchLabels: own },
      policyTypes: ['Ingress', 'Egress'],
      ingress: port
        ? [{ from: [{ podSelector: { matchLabels: { app: 'client' } } }], ports: [{ port }] }]
        : [],
      egress: [
        {
          to: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
          ports: [
            { port: 53, protocol: 'UDP' },
            { port: 53, protocol: 'TCP' },
          ],
        },
        ...(metadata.name === 'client'
          ? [{ to: [{ podSelector: { matchLabels: labels } }], ports: [{ port: 6379 }] }]
          : []),
      ],
    },
  };
  const known = objects.findIndex(
    (one) => one.kind === 'NetworkPolicy' && one.metadata.name === metadata.name,
  );
  if (known < 0) objects.push(policy);
  else objects[known] = policy;
}

/** An application that uses a store by its Service. */
function clientOf(variable: string): Manifest[] {
  return [
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'client', namespace: 'shop' },
      spec: {
        schedule: '@hourly',
        jobTemplate: {
          spec: {
            template: {
              metadata: { labels: { app: 'client' } },
              spec: {
                restartPolicy: 'Never',
                containers: [
                  {
                    name: 'client',
                    image: 'registry.example.com/shop/client:1.2.3',
                    env: [{ name: variable, value: 'app' }],
                  },
                ],
              },
            },
          },
        },
      },
    },
  ];
}
