/**
 * Laws over random manifests: the checklist, the simulator, the inventory and the constructs read the same numbers in the
 * same objects.
 */
import { Chart, Size, Testing } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import {
  Checklist,
  ConnectionPool,
  DatabaseVariables,
  ScalableWebApp,
  ScalingPolicy,
  TunedPostgres,
  WorkloadProfile,
} from 'cdk8s-tuned';
import fc from 'fast-check';
import { declaredPools } from '../../lib/connection/database-variable-names';
import { literalsOf } from '../../lib/inventory/environment';
import { Inventory } from '../../lib/inventory/inventory';
import { measuredResources } from '../../lib/inventory/pod-resources';
import { mostPods } from '../../lib/inventory/replicas';
import { databaseConsumers } from '../../lib/postgres/reading/connections';
import { drainSeconds } from '../../lib/scaling/drain-sizing';
import { autoscalers, toleranceOf } from '../../lib/scaling/hpa/autoscalers';
import { readHpa } from '../../lib/scaling/hpa/hpa-spec';
import { reachesMax, secondsToDrain } from '../../lib/scaling/simulator/reach';
import { modelOfWorkload } from '../../lib/scaling/simulator/workload-model';
import type { Manifest } from '../support/synth';

const RUNS = { seed: 12, numRuns: 400 };

/** Quantities in the spellings that people use; a limit is not below the request. */
const resources = (resource: 'cpu' | 'memory') => {
  const spell =
    resource === 'cpu'
      ? (amount: number) => (amount % 1000 === 0 ? amount / 1000 : `${amount}m`)
      : (amount: number) => `${amount}Mi`;
  return fc
    .record({
      request: fc.integer({ min: 50, max: 2000 }),
      factor: fc.constantFrom(1, 1, 1.05, 1.1, 1.105, 1.2, 1.5, 2, 4),
      form: fc.constantFrom('both', 'both', 'limit only', 'request only', 'none'),
    })
    .map(({ request, factor, form }) => ({
      ...((form === 'both' || form === 'request only') && { request: spell(request) }),
      ...((form === 'both' || form === 'limit only') && { limit: spell(Math.ceil(request * factor)) }),
    }));
};

const owner = fc.record({ cpu: resources('cpu'), memory: resources('memory') }).map(({ cpu, memory }) => ({
  requests: {
    ...('request' in cpu && { cpu: cpu.request }),
    ...('request' in memory && { memory: memory.request }),
  },
  limits: { ...('limit' in cpu && { cpu: cpu.limit }), ...('limit' in memory && { memory: memory.limit }) },
}));

const rule = fc.option(
  fc.record(
    {
      stabilizationWindowSeconds: fc.integer({ min: 0, max: 600 }),
      policies: fc.array(
        fc.record({
          type: fc.constantFrom('Pods', 'Percent'),
          value: fc.integer({ min: 1, max: 100 }),
          periodSeconds: fc.integer({ min: 1, max: 600 }),
        }),
        { minLength: 1, maxLength: 2 },
      ),
      selectPolicy: fc.constantFrom('Max', 'Min'),
      tolerance: fc.constantFrom('50m', '0.2', 0),
    },
    { requiredKeys: [] },
  ),
  { nil: undefined },
);

/** A Deployment with containers of all kinds, what scales it, and sometimes a LimitRange. */
const stack = fc
  .record({
    main: owner,
    sidecar: fc.option(owner, { nil: undefined }),
    init: fc.option(owner, { nil: undefined }),
    pod: fc.option(owner, { nil: undefined, freq: 5 }),
    range: fc.option(owner, { nil: undefined }),
    resource: fc.constantFrom('cpu', 'memory'),
    ofContainer: fc.boolean(),
    percent: fc.integer({ min: 1, max: 400 }),
    min: fc.integer({ min: 1, max: 10 }),
    more: fc.integer({ min: 1, max: 40 }),
    behavior: fc.option(fc.record({ scaleUp: rule, scaleDown: rule }), { nil: undefined }),
    surge: fc.constantFrom(undefined, '25%', '100%', 1, 3),
  })
  .map((one): Manifest[] => {
    const container = (name: string, own: object, more: object = {}) => ({
      name,
      image: 'a:1',
      resources: own,
      ...more,
    });
    const target = { type: 'Utilization', averageUtilization: one.percent };
    return [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', namespace: 'shop' },
        spec: {
          ...(one.surge !== undefined && { strategy: { rollingUpdate: { maxSurge: one.surge } } }),
          selector: { matchLabels: { app: 'web' } },
          template: {
            metadata: { labels: { app: 'web' } },
            spec: {
              ...(one.pod && { resources: one.pod }),
              containers: [container('web', one.main)],
              initContainers: [
                ...(one.sidecar ? [container('log', one.sidecar, { restartPolicy: 'Always' })] : []),
                ...(one.init ? [container('wait', one.init)] : []),
              ],
            },
          },
        },
      },
      {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'web', namespace: 'shop' },
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
          minReplicas: one.min,
          maxReplicas: one.min + one.more,
          metrics: [
            one.ofContainer
              ? {
                  type: 'ContainerResource',
                  containerResource: { name: one.resource, container: 'web', target },
                }
              : { type: 'Resource', resource: { name: one.resource, target } },
          ],
          ...(one.behavior && { behavior: one.behavior }),
        },
      },
      ...(one.range
        ? [
            {
              apiVersion: 'v1',
              kind: 'LimitRange',
              metadata: { name: 'defaults', namespace: 'shop' },
              spec: {
                limits: [
                  { type: 'Container', default: one.range.limits, defaultRequest: one.range.requests },
                ],
              },
            },
          ]
        : []),
    ];
  });

const read = (objects: readonly Manifest[]) => {
  const inventory = Inventory.of(objects);
  const [workload] = inventory.workloads;
  const [scaler] = autoscalers(inventory);
  const spec = readHpa(scaler.object.manifest);
  // As busy as the limits let it be: of its memory too.
  const model = modelOfWorkload(workload, scaler.object.manifest, {
    capacityPerPod: 10,
    memoryPercent: 10_000,
  });
  return { inventory, workload, scaler, spec, model };
};

test('law: a target is dead for the checklist exactly where the simulation never reaches the maximum', () => {
  const outcomes = { dead: 0, alive: 0 };
  fc.assert(
    fc.property(stack, (objects) => {
      const { model } = read(objects);
      const dead = Checklist.check(objects).some((finding) => finding.rule === 'HPA-004');
      outcomes[dead ? 'dead' : 'alive'] += 1;
      expect(dead).toBe(!reachesMax(model));
    }),
    RUNS,
  );
  expect(Math.min(outcomes.dead, outcomes.alive)).toBeGreaterThan(50);
});

test('law: replicas, tolerance and behaviour are the same for rules, simulator and inventory', () => {
  fc.assert(
    fc.property(stack, (objects) => {
      const { workload, scaler, spec } = read(objects);
      expect([workload.minReplicas, workload.maxReplicas]).toEqual([spec.minReplicas, spec.maxReplicas]);
      expect([scaler.min, scaler.max]).toEqual([spec.minReplicas, spec.maxReplicas]);
      expect(toleranceOf(scaler)).toBe(spec.behavior?.scaleUp.tolerance ?? 0.1);
      expect(drainSeconds(spec.maxReplicas, spec.minReplicas, scaler.behavior?.scaleDown)).toBe(
        secondsToDrain(spec),
      );
    }),
    RUNS,
  );
});

test('law: what the scheduler sets aside is what the autoscaler divides by, unless an init container is larger', () => {
  let compared = 0;
  fc.assert(
    fc.property(stack, (objects) => {
      const { workload } = read(objects);
      const cpu = measuredResources(workload.resources, 'cpu');
      if ('error' in cpu || workload.resources.containers.some(({ role }) => role === 'init')) return;
      compared += 1;
      expect(workload.request.cpuMillis).toBe(cpu.request);
    }),
    RUNS,
  );
  expect(compared).toBeGreaterThan(20);
});

test('law: what a construct is told, the inventory reads in what it emits', () => {
  fc.assert(
    fc.property(
      fc.record({
        cpu: fc.integer({ min: 50, max: 4000 }),
        cpuFactor: fc.integer({ min: 1, max: 4 }),
        memory: fc.integer({ min: 64, max: 4096 }),
        min: fc.integer({ min: 2, max: 10 }),
        more: fc.integer({ min: 1, max: 20 }),
        surge: fc.integer({ min: 1, max: 100 }),
        size: fc.integer({ min: 1, max: 3 }),
        maxOverflow: fc.nat(2),
        variables: fc.constantFrom(
          DatabaseVariables.GUIDE,
          DatabaseVariables.SPRING,
          DatabaseVariables.NODE_POSTGRES,
        ),
      }),
      ({ cpu, cpuFactor, memory, min, more, surge, size, maxOverflow, variables }) => {
        const chart = new Chart(Testing.app(), 'shop', { namespace: 'shop' });
        const db = new TunedPostgres(chart, 'db', {
          storage: Size.gibibytes(100),
          profile: WorkloadProfile.custom({
            cpuRequest: Cpu.units(4),
            cpuLimit: Cpu.units(4),
            memoryRequest: Size.gibibytes(16),
            memoryLimit: Size.gibibytes(16),
          }),
          maxConnections: 600,
        });
        const web = new ScalableWebApp(chart, 'web', {
          image: 'registry.example.com/web:1.0.0',
          profile: WorkloadProfile.custom({
            cpuRequest: Cpu.millis(cpu),
            cpuLimit: Cpu.millis(cpu * cpuFactor),
            memoryRequest: Size.mebibytes(memory),
            memoryLimit: Size.mebibytes(memory),
          }),
          scaling: ScalingPolicy.cpu({ min, max: min + more }),
          maxSurgePercent: surge,
        });
        web.connectTo(db.connection({ pool: ConnectionPool.fixed({ size, maxOverflow }), variables }));
        const inventory = Inventory.of(Testing.synth(chart));
        const workload = inventory.workload('Deployment', 'shop', web.name);
        if (!workload) throw new Error('the Deployment is not there');
        expect(workload.request).toMatchObject({ cpuMillis: cpu, memoryBytes: memory * 2 ** 20 });
        expect([workload.minReplicas, workload.maxReplicas]).toEqual([min, min + more]);
        expect(mostPods(workload)).toBe(min + more + Math.ceil(((min + more) * surge) / 100));
        const [pool] = declaredPools(literalsOf(workload.containers[0]));
        expect(pool).toMatchObject({ connections: size + maxOverflow, isUnlimited: false });
        expect(databaseConsumers(inventory).map(({ database }) => database.object.name)).toContain(db.name);
      },
    ),
    { seed: 12, numRuns: 60 },
  );
});
