/** Groups of pods and their requests, against replica_calculator_test.go: see upstream-tables.ts. */
import { measuredResources, podResources } from '../../../lib/inventory/pod-resources';
import { groupOf, groupPods, type MetricSample, type PodState } from '../../../lib/scaling/hpa/pod-groups';
import { FLAGS, NOW, UNSET } from './upstream-tables';

type Pod = Omit<PodState, 'name'>;
type Sample = Omit<MetricSample, 'value'>;

const cpu = { isCpu: true, now: NOW, flags: FLAGS };
const memory = { ...cpu, isCpu: false };
/** Seconds ago. */
const ago = (seconds: number) => NOW - seconds;
const ready = (status: 'True' | 'False', since: number) => ({ status, lastTransition: ago(since) });
/** A sample that says neither when nor of how long it is. */
const unset: Sample = { timestamp: UNSET, window: 0 };
const fresh = (window: number): Sample => ({ timestamp: NOW, window });

/** These pods have succeeded there, which up to 1.36 says nothing about them. */
const started = (seconds: number, condition?: Pod['ready']): Pod => ({
  phase: 'Succeeded',
  startTime: ago(seconds),
  ready: condition,
});

describe('which pods count (TestGroupPods)', () => {
  test.each([
    ['count in a ready pod - memory', { phase: 'Succeeded' }, fresh(60), memory, 'ready'],
    ['unready a pod without ready condition - CPU', started(0), unset, cpu, 'unready'],
    [
      'count in a ready pod with fresh metrics during initialization period - CPU',
      started(60, ready('True', 30)),
      fresh(30),
      cpu,
      'ready',
    ],
    [
      'unready a ready pod without fresh metrics during initialization period - CPU',
      started(60, ready('True', 30)),
      fresh(60),
      cpu,
      'unready',
    ],
    [
      'unready an unready pod during initialization period - CPU',
      started(600, ready('False', 594)),
      unset,
      cpu,
      'unready',
    ],
    [
      'count in a ready pod without fresh metrics after initialization period - CPU',
      started(180, ready('True', 180)),
      { timestamp: ago(120), window: 60 },
      cpu,
      'ready',
    ],
    [
      'count in an unready pod that was ready after initialization period - CPU',
      started(600, ready('False', 540)),
      unset,
      cpu,
      'ready',
    ],
    [
      'unready pod that has never been ready after initialization period - CPU',
      started(600, ready('False', 590)),
      unset,
      cpu,
      'ready',
    ],
    ['a missing pod', started(180), undefined, cpu, 'missing'],
    ['pending pods are unreadied', { phase: 'Pending' }, undefined, cpu, 'unready'],
    ['ignore pods with deletion timestamps', { phase: 'Pending', deleting: true }, unset, cpu, 'ignored'],
    ['ignore pods in a failed state', { phase: 'Failed' }, unset, cpu, 'ignored'],
  ] as const)('%s', (_, pod, sample, context, expected) => {
    expect(groupOf(pod, sample, context)).toBe(expected);
  });

  test('void', () => {
    expect(groupPods([], new Map(), cpu)).toEqual({
      podCount: 0,
      ready: { count: 0, usage: 0, requests: 0 },
      unready: { count: 0, requests: 0 },
      missingRequests: [],
      superfluous: { count: 0, usage: 0 },
      withoutRequest: undefined,
    });
  });

  test('several pods', () => {
    const pods: PodState[] = [
      { name: 'lucretius', request: 1, ...started(0) },
      { name: 'niccolo', request: 2, ...started(180, ready('True', 180)) },
      { name: 'epicurus', request: 4, ...started(180) },
    ];
    const samples = new Map(['lucretius', 'niccolo'].map((name) => [name, { value: 1, ...unset }]));
    expect(groupPods(pods, samples, cpu)).toMatchObject({
      ready: { count: 1, requests: 2 },
      unready: { count: 1, requests: 1 },
      missingRequests: [4],
    });
  });
});

describe('what usage is divided by (TestCalculateRequests)', () => {
  const container = (name: string, milli?: number) => ({
    name,
    resources: milli === undefined ? {} : { requests: { cpu: `${milli}m` } },
  });
  const two = { containers: [container('container1', 100), container('container2', 50)] };
  const lacking = { containers: [container('container1'), container('container2', 50)] };
  const ofPod = { resources: { requests: { cpu: '800m' } } };
  test.each<readonly [string, object, string | undefined, object]>([
    [
      'Sum container requests if pod-level feature is disabled; Pod-level resources are enabled, but not set',
      two,
      undefined,
      { request: 150 },
    ],
    [
      'Pod-level resources override container requests when feature enabled and pod resources specified',
      { ...two, ...ofPod },
      undefined,
      { request: 800 },
    ],
    [
      'Fail if at least one of the containers is missing requests and pod-level feature/requests are not set',
      lacking,
      undefined,
      { error: expect.stringContaining('missing request for cpu in container container1 of Pod') },
    ],
    [
      'Pod-level resources override missing container requests when feature enabled and pod resources specified',
      { ...lacking, ...ofPod },
      undefined,
      { request: 800 },
    ],
    [
      'Container: if a container name is specified, calculate requests only for that container',
      two,
      'container1',
      { request: 100 },
    ],
    [
      'Container: if a container name is specified, calculate requests only for that container and ignore pod-level requests',
      { ...two, ...ofPod },
      'container1',
      { request: 100 },
    ],
    [
      'pod with restartable init containers',
      {
        containers: [container('container1', 100)],
        initContainers: [
          container('init-container1', 20),
          { ...container('restartable-container1', 50), restartPolicy: 'Always' },
        ],
      },
      undefined,
      { request: 150 },
    ],
    [
      'TestCalculatePodRequestsFromContainers_NonExistentContainer',
      { containers: [container('container1', 100)] },
      'non-existent-container',
      { error: expect.stringContaining('container non-existent-container not found in Pod') },
    ],
  ])('%s', (_, pod, name, expected) => {
    expect(measuredResources(podResources({ ...pod }), 'cpu', name)).toMatchObject(expected);
  });
});
