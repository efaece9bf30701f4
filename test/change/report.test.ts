/** What rolls, what restarts, and what is said of it in one line. */
import { reportChanges } from '../../lib/change/change-report';
import { Inventory } from '../../lib/inventory/inventory';
import { claim, deployment, object, statefulSet, template } from './sets';

const report = (before: readonly object[], after: readonly object[], isUpdate = true) =>
  reportChanges(Inventory.of(before), Inventory.of(after), { from: 'a', to: 'b', isUpdate });
const effects = (before: readonly object[], after: readonly object[]) =>
  report(before, after).objects.flatMap((one) => one.effects.map(({ effect }) => `${one.kind} ${effect}`));

const server = (image: string, spec: object = {}) => statefulSet({ template: template({ image }), ...spec });
const configMap = (text: string) => object('v1', 'ConfigMap', { data: { 'redis.conf': text } }, 'config');
const redis = (image: string, spec: object = {}) =>
  statefulSet({
    template: template({ image }, { volumes: [{ name: 'config', configMap: { name: 'config' } }] }),
    ...spec,
  });
const cluster = (spec: object) =>
  object('postgresql.cnpg.io/v1', 'Cluster', { spec: { instances: 3, ...spec } });
const parameters = (own: object) => cluster({ postgresql: { parameters: own } });

test.each<readonly [string, readonly object[], readonly object[], readonly string[]]>([
  [
    'a Deployment with another template',
    [deployment()],
    [deployment({ template: template({ image: 'a:2' }) })],
    ['Deployment rolls'],
  ],
  [
    'a Deployment with other replicas',
    [deployment({ replicas: 2 })],
    [deployment({ replicas: 3 })],
    ['Deployment scales'],
  ],
  [
    'a Deployment with other labels',
    [deployment()],
    [{ ...deployment(), metadata: { name: 'one', namespace: 'shop', labels: { a: 'b' } } }],
    [],
  ],
  ['a database', [server('postgres:17.1')], [server('postgres:17.2')], ['StatefulSet restarts a database']],
  [
    'a pod that waits for somebody',
    [server('postgres:17.1')],
    [server('postgres:17.2', { updateStrategy: { type: 'OnDelete' } })],
    ['StatefulSet waits for a restart'],
  ],
  [
    'a cache in memory',
    [configMap('save ""\n'), redis('redis:7.2')],
    [configMap('save ""\n'), redis('redis:7.4')],
    ['StatefulSet empties a cache'],
  ],
  [
    'a cache with a file and no volume',
    [configMap('appendonly yes\n'), redis('redis:7.2', { volumeClaimTemplates: [] })],
    [configMap('appendonly yes\n'), redis('redis:7.4', { volumeClaimTemplates: [] })],
    ['StatefulSet empties a cache'],
  ],
  [
    'a cache with a file on a volume',
    [configMap('appendonly yes\n'), redis('redis:7.2')],
    [configMap('appendonly yes\n'), redis('redis:7.4')],
    ['StatefulSet restarts a cache'],
  ],
  [
    'a file that a pod mounts',
    [configMap('a'), redis('redis:7.2')],
    [configMap('b'), redis('redis:7.2')],
    ['ConfigMap reloads'],
  ],
  [
    'a file whose pod rolls with it',
    [configMap('a'), redis('redis:7.2')],
    [configMap('b'), redis('redis:7.4')],
    ['StatefulSet restarts a cache'],
  ],
  [
    'variables of a ConfigMap',
    [configMap('a'), deployment({ template: template({ envFrom: [{ configMapRef: { name: 'config' } }] }) })],
    [configMap('b'), deployment({ template: template({ envFrom: [{ configMapRef: { name: 'config' } }] }) })],
    ['ConfigMap waits for a restart'],
  ],
  [
    'a parameter that Postgres reads again',
    [parameters({ work_mem: '4MB' })],
    [parameters({ work_mem: '8MB' })],
    ['Cluster reloads'],
  ],
  [
    'a parameter that it starts with',
    [parameters({ shared_buffers: '1GB' })],
    [parameters({ shared_buffers: '2GB' })],
    ['Cluster restarts a database'],
  ],
  [
    'an image of a Cluster',
    [cluster({ imageName: 'postgres:17.1' })],
    [cluster({ imageName: 'postgres:17.2' })],
    ['Cluster restarts a database'],
  ],
  ['a standby more', [cluster({})], [cluster({ instances: 4 })], ['Cluster scales']],
  ['a Job that comes', [], [object('batch/v1', 'Job', { spec: { template: template() } })], ['Job runs']],
  [
    'a CronJob',
    [
      object('batch/v1', 'CronJob', {
        spec: { schedule: '@daily', jobTemplate: { spec: { template: template() } } },
      }),
    ],
    [
      object('batch/v1', 'CronJob', {
        spec: { schedule: '@hourly', jobTemplate: { spec: { template: template() } } },
      }),
    ],
    ['CronJob starts'],
  ],
  ['a Deployment that goes', [deployment()], [], ['Deployment stops']],
])('%s', (_, before, after, expected) => {
  expect(effects(before, after)).toEqual(expected);
});

describe('the headline', () => {
  test.each<readonly [string, readonly object[], readonly object[]]>([
    ['nothing changes', [deployment()], [deployment()]],
    [
      '1 object changes: 1 rolls, nothing is refused or lost',
      [deployment()],
      [deployment({ template: template({ image: 'a:2' }) })],
    ],
    [
      '2 objects change: 2 roll, nothing is refused or lost',
      [deployment(), deployment({}, 'two')],
      [
        deployment({ template: template({ image: 'a:2' }) }),
        deployment({ template: template({ image: 'a:2' }) }, 'two'),
      ],
    ],
    [
      '2 objects change (1 added, 1 removed): 1 stops, 1 starts, 1 loses data',
      [statefulSet()],
      [statefulSet({}, 'two')],
    ],
    [
      '1 object changes: 1 restarts a database, 1 is refused',
      [server('postgres:17.1')],
      [server('postgres:17.2', { volumeClaimTemplates: [claim({ storageClassName: 'fast' })] })],
    ],
  ])('%s', (headline, before, after) => {
    expect(report(before, after).headline).toBe(headline);
  });

  test('of two environments nothing is judged', () => {
    const { headline, findings } = report([statefulSet()], [statefulSet({ serviceName: 'two' })], false);
    expect({ headline, findings }).toEqual({ headline: '1 object changes', findings: [] });
  });
});

describe('in the words of the library', () => {
  const resources = (cpu: string) =>
    template({ resources: { requests: { cpu, memory: '1Gi' }, limits: { cpu, memory: '1Gi' } } });
  const scaler = (maxReplicas: number, cpu = 70, annotations?: object) => ({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'one', namespace: 'shop', annotations },
    spec: {
      scaleTargetRef: { kind: 'Deployment', name: 'one' },
      minReplicas: 2,
      maxReplicas,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpu } },
        },
      ],
    },
  });

  test('sums, and what each pod asks for', () => {
    const { totals, objects } = report(
      [deployment({ replicas: 2, template: resources('500m') })],
      [deployment({ replicas: 3, template: resources('1') })],
    );
    expect(totals).toEqual([
      { what: 'requests at the fewest replicas', before: '1 CPU, 2Gi', after: '3 CPU, 3Gi' },
      { what: 'requests at the most replicas', before: '1 CPU, 2Gi', after: '3 CPU, 3Gi' },
      { what: 'limits at the most replicas', before: '1 CPU, 2Gi', after: '3 CPU, 3Gi' },
    ]);
    expect(objects[0].measures).toEqual([
      { what: 'replicas', before: '2', after: '3' },
      { what: 'requests of a pod', before: '500m CPU, 1Gi', after: '1 CPU, 1Gi' },
      { what: 'limits of a pod', before: '500m CPU, 1Gi', after: '1 CPU, 1Gi' },
    ]);
  });

  test('an autoscaler: bounds and targets; without a load of its own nothing is simulated', () => {
    const workload = deployment({ template: resources('500m') });
    const { objects } = report([workload, scaler(9)], [workload, scaler(20, 60)]);
    expect(objects[0].measures).toEqual([
      { what: 'replicas', before: '2 to 9', after: '2 to 20' },
      { what: 'target', before: 'cpu 70 %', after: 'cpu 60 %' },
    ]);
  });

  test('an autoscaler under the load that its annotation names', () => {
    const annotations = {
      'cdk8s-tuned/scaling-tested': 'spike:base=10,peak=200; capacityPerPod=20; unmetLoad<=120000',
    };
    const workload = deployment({ template: resources('500m') });
    const { objects } = report(
      [workload, scaler(4, 70, annotations)],
      [workload, scaler(20, 70, annotations)],
    );
    const simulated = objects[0].measures.find(({ what }) => what.startsWith('under spike'));
    expect(simulated?.before).toMatch(/^\d+ unmet requests, \d+ s to capacity, at most 4 replicas$/);
    expect(simulated?.after).toMatch(/^\d+ unmet requests, \d+ s to capacity, at most 1\d replicas$/);
  });

  test('exposure and policies', () => {
    const service = (type: string) =>
      object('v1', 'Service', { spec: { type, ports: [{ port: 80 }, { port: 443 }] } });
    const policy = (cidr: readonly string[]) =>
      object('networking.k8s.io/v1', 'NetworkPolicy', {
        spec: {
          podSelector: {},
          ingress: [{ from: cidr.map((one) => ({ ipBlock: { cidr: one } })), ports: [{ port: 80 }] }],
        },
      });
    const { objects } = report(
      [service('ClusterIP'), policy(['10.0.0.0/8'])],
      [service('LoadBalancer'), policy(['10.0.0.0/8', '192.168.0.0/16'])],
    );
    expect(objects.flatMap(({ measures }) => measures)).toEqual([
      { what: 'lets in', before: '1 peer, ports 80', after: '2 peers, ports 80' },
      { what: 'exposure', before: 'ClusterIP, ports 80, 443', after: 'LoadBalancer, ports 80, 443' },
    ]);
  });
});
