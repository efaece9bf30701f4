/** Replicas by the utilisation of a resource, against replica_calculator_test.go: see upstream-tables.ts. */
import { type Tolerances, utilizationReplicas } from '../../../lib/scaling/hpa/replica-calculator';
import { groupsOf, type PodTable, UNSET_CLOCK } from './upstream-tables';

type Row = readonly [
  name: string,
  table: PodTable & { readonly replicas?: number; readonly tolerances?: Tolerances },
  target: number,
  expected: { readonly replicas: number; readonly utilization: number; readonly raw: number },
];

const TOLERANCES: Tolerances = { scaleUp: 0.1, scaleDown: 0.1 };

/** As many replicas as pods, unless a row says otherwise. */
function calculate(table: Row[1], target: number) {
  const groups = groupsOf(table, true, UNSET_CLOCK);
  const { replicas: currentReplicas = table.pods.length, tolerances = TOLERANCES } = table;
  const proposal = utilizationReplicas(groups, { currentReplicas, target, tolerances });
  if ('error' in proposal) return proposal;
  const raw = Math.trunc(groups.ready.usage / groups.ready.count);
  return { replicas: proposal.replicas, utilization: proposal.measured, raw };
}

describe('up, down or not at all (TestReplicaCalcResourceScale)', () => {
  const five = [100, 300, 500, 250, 250];
  const beside = (first: number, ...second: number[]) => second.map((level) => [first, level]);
  test.each<Row>([
    [
      'scale up',
      { pods: 'RRR', levels: [300, 500, 700] },
      30,
      { replicas: 5, utilization: 50, raw: 2 * 500 },
    ],
    [
      'scale up: container metric',
      { pods: 'RRR', container: 'container2', levels: beside(1000, 300, 500, 700) },
      30,
      { replicas: 5, utilization: 50, raw: 500 },
    ],
    [
      'scale up: unready pod scales less',
      { pods: 'URR', levels: [300, 500, 700] },
      30,
      { replicas: 4, utilization: 60, raw: 2 * 600 },
    ],
    [
      'scale up: hot-CPU container scales less',
      {
        pods: 'HCC',
        container: 'container2',
        levels: beside(0, 300, 500, 700),
      },
      30,
      { replicas: 4, utilization: 60, raw: 600 },
    ],
    [
      'scale up: hot-CPU pod scales less',
      { pods: 'HCC', levels: [300, 500, 700] },
      30,
      { replicas: 4, utilization: 60, raw: 2 * 600 },
    ],
    [
      'no scale: unready pods ignored',
      { pods: 'RUU', levels: [400, 500, 700] },
      30,
      { replicas: 3, utilization: 40, raw: 2 * 400 },
    ],
    [
      'no scale: hot-CPU pods ignored',
      { pods: 'Chh', levels: [400, 500, 700] },
      30,
      { replicas: 3, utilization: 40, raw: 2 * 400 },
    ],
    [
      'scale up: failed pods ignored',
      { replicas: 2, pods: 'RRFF', levels: [500, 700] },
      30,
      { replicas: 4, utilization: 60, raw: 2 * 600 },
    ],
    [
      'scale up: failed pods ignored with missing container metric',
      {
        replicas: 2,
        pods: 'RRFF',
        container: 'container2',
        levels: [[1000, 500], [9000, 700], [1000], [9000]],
      },
      30,
      { replicas: 4, utilization: 60, raw: 600 },
    ],
    [
      'scale up: container metrics with failed pods ignored',
      {
        replicas: 2,
        pods: 'RRFF',
        container: 'container2',
        levels: [...beside(1000, 500), ...beside(9000, 700)],
      },
      30,
      { replicas: 4, utilization: 60, raw: 600 },
    ],
    [
      'scale up: pods being deleted are ignored',
      { replicas: 2, pods: 'RRDD', levels: [500, 700] },
      30,
      { replicas: 4, utilization: 60, raw: 2 * 600 },
    ],
    [
      'scale up: container metrics with pods being deleted ignored',
      { replicas: 2, pods: 'RRDD', container: 'container1', levels: [500, 700] },
      30,
      { replicas: 4, utilization: 60, raw: 600 },
    ],
    ['scale down', { pods: 'RRRRR', levels: five }, 50, { replicas: 3, utilization: 28, raw: 2 * 280 }],
    [
      'scale down: container metric',
      { pods: 'RRRRR', container: 'container2', levels: beside(1000, ...five) },
      50,
      { replicas: 3, utilization: 28, raw: 280 },
    ],
    [
      'scale down: exclude unready pods',
      { pods: 'RRRUU', levels: five },
      50,
      { replicas: 2, utilization: 30, raw: 2 * 300 },
    ],
    [
      'scale down: container metric excludes unready pods',
      { pods: 'RRRUU', container: 'container2', levels: beside(1000, ...five) },
      50,
      { replicas: 2, utilization: 30, raw: 300 },
    ],
    [
      'scale down: exclude unscheduled pods',
      { pods: 'RPPPP', levels: [100] },
      50,
      { replicas: 1, utilization: 10, raw: 2 * 100 },
    ],
    [
      'scale down: container metric excludes unscheduled pods',
      { pods: 'RPPPP', container: 'container2', levels: beside(1000, ...five) },
      50,
      { replicas: 1, utilization: 10, raw: 100 },
    ],
    [
      'scale down: ignore hot-CPU pods',
      { pods: 'CCCHH', levels: five },
      50,
      { replicas: 2, utilization: 30, raw: 2 * 300 },
    ],
    [
      'scale down: container metric ignores hot-CPU pods',
      { pods: 'CCCHH', container: 'container2', levels: beside(1000, 100, 300, 500, 1000, 1000) },
      50,
      { replicas: 2, utilization: 30, raw: 300 },
    ],
    [
      'scale down: failed pods ignored',
      { replicas: 5, pods: 'RRRRRFF', levels: five },
      50,
      { replicas: 3, utilization: 28, raw: 2 * 280 },
    ],
    [
      'scale down: container metric with failed pods ignored',
      { replicas: 5, pods: 'RRRRRFF', container: 'container2', levels: beside(1000, ...five) },
      50,
      { replicas: 3, utilization: 28, raw: 280 },
    ],
    [
      'scale down: pods being deleted are ignored',
      { replicas: 5, pods: 'RRRRRDD', levels: five },
      50,
      { replicas: 3, utilization: 28, raw: 2 * 280 },
    ],
    [
      'scale down: still-running pods being deleted are ignored',
      { replicas: 5, pods: 'RRRRRDD', container: 'container2', levels: beside(1000, ...five) },
      50,
      { replicas: 3, utilization: 28, raw: 280 },
    ],
  ])('%s', (_, table, target, expected) => expect(calculate(table, target)).toEqual(expected));
});

describe('the tolerance, also by direction (TestReplicaCalcResourceTolerance)', () => {
  const requests = [900, 1000, 1100];
  test.each<readonly [string, Partial<Tolerances>, number[], Row[3]]>([
    ['within default tolerance', {}, [1010, 1030, 1020], { replicas: 3, utilization: 102, raw: 2 * 1020 }],
    [
      'outside 0% tolerance',
      { scaleDown: 0, scaleUp: 0 },
      [909, 1010, 1111],
      { replicas: 4, utilization: 101, raw: 2 * 1010 },
    ],
    [
      'within 200% scale-up tolerance',
      { scaleUp: 2 },
      [1890, 1910, 1900],
      { replicas: 3, utilization: 190, raw: 2 * 1900 },
    ],
    [
      'outside 8% scale-up tolerance (superfluous scale-down tolerance)',
      { scaleDown: 2, scaleUp: 0.08 },
      [1100, 1080, 1090],
      { replicas: 4, utilization: 109, raw: 2 * 1090 },
    ],
    [
      'within 36% scale-down tolerance',
      { scaleDown: 0.36 },
      [660, 640, 650],
      { replicas: 3, utilization: 65, raw: 2 * 650 },
    ],
    [
      'outside 34% scale-down tolerance',
      { scaleDown: 0.34 },
      [660, 640, 650],
      { replicas: 2, utilization: 65, raw: 2 * 650 },
    ],
  ])('%s', (_, change, levels, expected) => {
    const tolerances = { ...TOLERANCES, ...change };
    expect(calculate({ pods: 'RRR', requests, levels, tolerances }, 100)).toEqual(expected);
  });
});

describe('metrics that are missing, and more of them than pods (TestReplicaCalcResourceMissingMetrics)', () => {
  test.each<Row>([
    [
      'superfluous metrics counted',
      { pods: 'RRRR', levels: [4000, 9500, 3000, 7000, 3200, 2000] },
      100,
      { replicas: 24, utilization: 587, raw: 2 * 5875 },
    ],
    [
      'some pods missing metrics scales down',
      { pods: 'RRRR', levels: [400, 95] },
      100,
      { replicas: 3, utilization: 24, raw: 495 },
    ],
    [
      'no change: metric equal to target',
      { pods: 'RR', levels: [1000] },
      100,
      { replicas: 2, utilization: 100, raw: 2 * 1000 },
    ],
    [
      'no change: metric above target',
      { pods: 'RR', levels: [1900] },
      100,
      { replicas: 2, utilization: 190, raw: 2 * 1900 },
    ],
    [
      'no change: metric below target',
      { pods: 'RR', levels: [600] },
      100,
      { replicas: 2, utilization: 60, raw: 2 * 600 },
    ],
    [
      'no change: unready pod metric missing',
      { pods: 'URR', levels: [100, 450] },
      50,
      { replicas: 3, utilization: 45, raw: 2 * 450 },
    ],
    [
      'no change: hot-CPU pod metric missing',
      { pods: 'HCC', levels: [100, 450] },
      50,
      { replicas: 3, utilization: 45, raw: 2 * 450 },
    ],
    [
      'scale up: unready pod metric missing',
      { pods: 'URR', levels: [100, 2000] },
      50,
      { replicas: 4, utilization: 200, raw: 2 * 2000 },
    ],
    [
      'scale up: hot-CPU pod metric missing',
      { pods: 'hCC', levels: [100, 2000] },
      50,
      { replicas: 4, utilization: 200, raw: 2 * 2000 },
    ],
    [
      'scale down: unready pod metric missing',
      { pods: 'URRR', levels: [100, 100, 100] },
      50,
      { replicas: 3, utilization: 10, raw: 2 * 100 },
    ],
    [
      'scale down: target over 100',
      { pods: 'URRR', requests: [1000, 1000, 2000, 2000], levels: [200, 100, 100] },
      300,
      { replicas: 2, utilization: 6, raw: 2 * 100 },
    ],
    [
      'rolling update with maxSurge: extra pod missing metric',
      { replicas: 2, pods: 'RRR', levels: [100, 100] },
      50,
      { replicas: 2, utilization: 10, raw: 2 * 100 },
    ],
  ])('%s', (_, table, target, expected) => expect(calculate(table, target)).toEqual(expected));
});

describe('what cannot be told (TestReplicaCalcResourceErrors)', () => {
  test.each<readonly [string, PodTable, string]>([
    [
      'disjoint pod and metric names',
      { pods: 'R', levels: [100], names: ['an-older-pod-name'] },
      'no metrics returned matched known pods',
    ],
    // There the client of the metrics API says so first, in its own words.
    [
      'no metrics returned from metrics API',
      { pods: 'RRRR', requests: [1000, 1000, 1000], levels: [] },
      'did not receive metrics for targeted pods (pods might be unready)',
    ],
    [
      'missing CPU request on container',
      { pods: 'R', requests: [], levels: [200] },
      'missing request in a container of pod pod-0',
    ],
  ])('%s', (_, table, error) => expect(calculate(table, 100)).toEqual({ error }));
});

describe('the smallest step beyond the tolerance (TestReplicaCalcComputedToleranceAlgImplementation)', () => {
  // 50 % are used; the targets are what int32(100 × (1 / (2 × 0.9) + margin)) makes of margins of 0.01 and 0.004.
  const requests = [400, 200, 310, 290, 302, 298, 301, 299, 300, 300];
  const levels = requests.map(() => 150);
  test.each([
    ['a target above the tolerance takes one pod away', 56, 9],
    ['a target at the tolerance takes none', 55, 10],
  ])('%s', (_, target, replicas) => {
    const table = { pods: 'R'.repeat(10), requests, levels };
    expect(calculate(table, target)).toEqual({ replicas, utilization: 50, raw: 2 * 150 });
  });
});

describe('usage in percent of the requests (TestGetResourceUtilizationRatio…)', () => {
  // The request of a pod is that of its one measured container.
  const measured = { container: 'container1', requests: [100, 100, 500] } as const;
  test.each<readonly [string, PodTable, object]>([
    ['BaseCase', { ...measured, pods: 'RR', levels: [50, 76] }, { utilization: 63, raw: 63 }],
    [
      'IgnorePodsWithNoRequest',
      { ...measured, pods: 'RR', levels: [50, 76, 100] },
      { utilization: 63, raw: 63 },
    ],
    ['ExtraRequest', { ...measured, pods: 'RRR', levels: [50, 76] }, { utilization: 63, raw: 63 }],
    [
      'NoRequests',
      { ...measured, pods: 'P', levels: [50, 76], names: ['pod-8', 'pod-9'] },
      { error: 'no metrics returned matched known pods' },
    ],
  ])('%s', (_, table, expected) => expect(calculate(table, 50)).toMatchObject(expected));
});
