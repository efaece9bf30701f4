import { Inventory } from '../../lib/inventory/inventory';
import { GIB, MIB } from '../../lib/units/quantity';

const container = (cpu: string, memory: string, more: object = {}) => ({
  name: 'c',
  image: 'a:1',
  resources: { requests: { cpu, memory } },
  ...more,
});
const deployment = (spec: object, containers: object[] = [container('100m', '128Mi')], pod: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { ...spec, template: { spec: { containers, ...pod } } },
});
const scaler = (spec: object, kind = 'HorizontalPodAutoscaler') => ({
  apiVersion: kind === 'ScaledObject' ? 'keda.sh/v1alpha1' : 'autoscaling/v2',
  kind,
  metadata: { name: 'any', namespace: 'shop' },
  spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, ...spec },
});
const replicasOf = (...documents: object[]) => {
  const [{ minReplicas, maxReplicas }] = Inventory.of(documents).workloads;
  return [minReplicas, maxReplicas];
};

test('replicas are those of the autoscaler that targets the workload, else its own', () => {
  expect(replicasOf(deployment({}))).toEqual([1, 1]);
  expect(replicasOf(deployment({ replicas: 3 }))).toEqual([3, 3]);
  expect(replicasOf(deployment({ replicas: 3 }), scaler({ minReplicas: 2, maxReplicas: 9 }))).toEqual([2, 9]);
  expect(replicasOf(deployment({}), scaler({ maxReplicas: 9 }))).toEqual([1, 9]);
  expect(replicasOf(deployment({}), scaler({}, 'ScaledObject'))).toEqual([0, 100]);
  expect(
    replicasOf(deployment({}), {
      ...scaler({ maxReplicas: 9 }),
      metadata: { name: 'any', namespace: 'other' },
    }),
  ).toEqual([1, 1]);
});

test('a pod requests the sum of its containers, or what starting it needs', () => {
  const request = (pod: object, containers = [container('100m', '1Gi'), container('50m', '1Gi')]) =>
    Inventory.of([deployment({}, containers, pod)]).workloads[0].request;
  expect(request({})).toEqual({ cpuMillis: 150, memoryBytes: 2 * GIB, ephemeralBytes: 0 });
  expect(request({ initContainers: [container('2', '1Mi')] })).toMatchObject({
    cpuMillis: 2000,
    memoryBytes: 2 * GIB,
  });
  const sidecar = container('1', '1Mi', { restartPolicy: 'Always' });
  expect(request({ initContainers: [sidecar, container('2', '1Mi')] })).toMatchObject({
    cpuMillis: 3000,
    memoryBytes: 2 * GIB + MIB,
  });
  expect(request({ overhead: { cpu: '250m' } })).toMatchObject({ cpuMillis: 400 });
});

test('a container that requests nothing is counted by its limit, as the API server does', () => {
  const limited = { name: 'c', image: 'a:1', resources: { limits: { cpu: '2', memory: '1Gi' } } };
  expect(Inventory.of([deployment({}, [limited])]).workloads[0].request).toMatchObject({
    cpuMillis: 2000,
    memoryBytes: GIB,
  });
});

test('totals at the smallest and the largest size', () => {
  const inventory = Inventory.of([deployment({}), scaler({ minReplicas: 2, maxReplicas: 10 })]);
  expect(inventory.totalRequest('min')).toMatchObject({ cpuMillis: 200, memoryBytes: 256 * MIB });
  expect(inventory.totalRequest('max')).toMatchObject({ cpuMillis: 1000, memoryBytes: 1280 * MIB });
});

test('quantities that are none are named, not lost', () => {
  const [workload] = Inventory.of([deployment({}, [container('lots', '1Gi')])]).workloads;
  expect(workload.malformed).toEqual(['containers[0].resources.requests.cpu']);
});

test('lists are opened, unknown kinds are kept, and what is no object is left out', () => {
  const list = {
    apiVersion: 'v1',
    kind: 'List',
    items: [deployment({}), { apiVersion: 'x/v1', kind: 'Strange' }],
  };
  const inventory = Inventory.of([list, null, 'text', { kind: 'Nameless' }, []]);
  expect([...inventory.countByKind]).toEqual([
    ['Deployment', 1],
    ['Strange', 1],
  ]);
});

test('jobs and cron jobs make pods too', () => {
  const template = { spec: { containers: [container('1', '1Gi')] } };
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j' },
    spec: { parallelism: 4, template },
  };
  const cron = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'c' },
    spec: { jobTemplate: { spec: { template } } },
  };
  expect(Inventory.of([job, cron]).totalRequest('max')).toMatchObject({ cpuMillis: 5000 });
});

test.each([
  ['Forbid', 3],
  ['Replace', 6],
  ['Allow', 6],
])('a CronJob that says %s has %i pods of a run of three', (concurrencyPolicy, pods) => {
  const spec = {
    concurrencyPolicy,
    jobTemplate: { spec: { parallelism: 3, template: { spec: { containers: [] } } } },
  };
  const job = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'c' }, spec };
  const [cron] = Inventory.of([job]).workloads;
  expect([cron.minReplicas, cron.maxReplicas]).toEqual([3, pods]);
});
