/** Policies and bounds, against horizontal_test.go: see upstream-tables.ts. */
import { DEFAULT_BEHAVIOR, type HpaRules } from '../../../lib/scaling/hpa/hpa-spec';
import {
  limitByPolicies,
  type LimitReason,
  limitWithoutBehavior,
  scaleDownLimit,
  type ScaleEvent,
  scaleUpLimit,
} from '../../../lib/scaling/hpa/rate-limits';
import { rules } from './upstream-tables';

/** Now is 0. */
const NOTHING = { scaleUpEvents: [], scaleDownEvents: [], now: 0 };

/** Events in the middle of equal parts of the last seconds. */
const spread = (changes: readonly number[], seconds: number): ScaleEvent[] =>
  changes.map((change, index) => ({ change, at: (seconds * (index + 0.5)) / changes.length - seconds }));

interface Case {
  readonly current: number;
  readonly desired: number;
  readonly bounds: readonly [least: number, most: number];
  readonly up?: HpaRules;
  readonly down?: HpaRules;
  /** Changes of the last two minutes. */
  readonly ups?: readonly number[];
  readonly downs?: readonly number[];
}
type Row = readonly [name: string, given: Case, replicas: number, reason: LimitReason];

const WIDE = [1, 1000] as const;
const up = { bounds: WIDE, current: 10, desired: 50 };
const farUp = { bounds: WIDE, current: 10, desired: 500 };
const down = { bounds: WIDE, current: 10, desired: 2 };
const farDown = { bounds: WIDE, current: 100, desired: 2 };
const hundred = { bounds: WIDE, current: 100, desired: 500 };
const outdated = { bounds: WIDE, current: 100, desired: 200, ups: [8, 12, 9, 11] };
const outdatedDown = { bounds: WIDE, current: 100, desired: 5, downs: [8, 12, 9, 11] };
const ups = [1, 5, 9];
const downs = [1, 5, 9];

describe('limits with a behaviour (TestScalingWithRules)', () => {
  test.each<Row>([
    [
      'prenormalized desired replicas within range',
      { current: 5, desired: 7, bounds: [3, 8] },
      7,
      'DesiredWithinRange',
    ],
    [
      'prenormalized desired replicas < minReplicas',
      { current: 3, desired: 1, bounds: [2, 8] },
      2,
      'TooFewReplicas',
    ],
    [
      'prenormalized desired replicas within range when minReplicas is 0',
      { current: 1, desired: 0, bounds: [0, 10] },
      0,
      'DesiredWithinRange',
    ],
    [
      'maxReplicas is the limit because maxReplicas < scaleUpLimit',
      { current: 20, desired: 1000, bounds: [1, 10] },
      10,
      'TooManyReplicas',
    ],
    [
      'desired replica count is more than the maximum replica count',
      { current: 100, desired: 1000, bounds: [100, 150] },
      150,
      'TooManyReplicas',
    ],
    [
      'scaleUpLimit is the limit because scaleUpLimit < maxReplicas with user policies',
      { current: 3, desired: 1000, bounds: [1, 2000], up: rules(0, 0, 1, 60) },
      4,
      'ScaleUpLimit',
    ],
    ['scaleUp with default behavior', up, 20, 'ScaleUpLimit'],
    [
      'scaleUp with pods policy larger than percent policy',
      { ...farUp, up: rules(100, 60, 100, 60) },
      110,
      'ScaleUpLimit',
    ],
    [
      'scaleUp with percent policy larger than pods policy',
      { ...farUp, up: rules(2, 60, 100, 60) },
      20,
      'ScaleUpLimit',
    ],
    [
      'scaleUp with spec MaxReplicas limitation with large pod policy',
      { ...up, up: rules(100, 60, 0, 0) },
      50,
      'DesiredWithinRange',
    ],
    [
      'scaleUp with spec MaxReplicas limitation with large percent policy',
      { ...up, up: rules(10_000, 60, 0, 0) },
      50,
      'DesiredWithinRange',
    ],
    ['scaleUp with pod policy limitation', { ...up, up: rules(30, 60, 0, 0) }, 40, 'ScaleUpLimit'],
    ['scaleUp with percent policy limitation', { ...up, up: rules(0, 0, 200, 60) }, 30, 'ScaleUpLimit'],
    [
      'scaleDown with percent policy larger than pod policy',
      { ...farDown, down: rules(20, 60, 1, 60) },
      80,
      'ScaleDownLimit',
    ],
    [
      'scaleDown with pod policy larger than percent policy',
      { ...farDown, down: rules(2, 60, 1, 60) },
      98,
      'ScaleDownLimit',
    ],
    [
      'scaleDown with spec MinReplicas limitation with large pod policy',
      { ...down, desired: 0, down: rules(100, 60, 0, 0) },
      1,
      'TooFewReplicas',
    ],
    [
      'scaleDown with spec MinReplicas limitation with large percent policy',
      { ...down, bounds: [5, 1000], down: rules(0, 0, 100, 60) },
      5,
      'TooFewReplicas',
    ],
    ['scaleDown with pod policy limitation', { ...down, down: rules(5, 60, 0, 0) }, 5, 'ScaleDownLimit'],
    [
      'scaleDown with percent policy limitation',
      { ...down, desired: 5, down: rules(0, 0, 50, 60) },
      5,
      'DesiredWithinRange',
    ],
    [
      'scaleUp with spec MaxReplicas limitation with large pod policy and events',
      { ...hundred, bounds: [1, 200], ups, up: rules(300, 60, 0, 0) },
      200,
      'TooManyReplicas',
    ],
    [
      'scaleUp with spec MaxReplicas limitation with large percent policy and events',
      { ...hundred, bounds: [1, 200], ups, up: rules(0, 0, 10_000, 60) },
      200,
      'TooManyReplicas',
    ],
    [
      'scaleUp with currentReplicas limitation with rate.PeriodSeconds with a lot of recent scale up events',
      { ...hundred, ups, up: rules(5, 120, 0, 0) },
      100,
      'ScaleUpLimit',
    ],
    [
      'scaleUp with pod policy and previous scale up events',
      { ...hundred, ups, up: rules(150, 120, 0, 0) },
      235,
      'ScaleUpLimit',
    ],
    [
      'scaleUp with percent policy and previous scale up events',
      { ...hundred, ups, up: rules(0, 0, 200, 120) },
      255,
      'ScaleUpLimit',
    ],
    [
      'scaleUp with percent policy and previous scale up and down events',
      { bounds: WIDE, current: 6, desired: 24, ups: [4], downs: [2], up: rules(0, 0, 300, 300) },
      16,
      'ScaleUpLimit',
    ],
    [
      'scaleDown with default policy and previous events',
      { ...down, desired: 5, downs },
      5,
      'DesiredWithinRange',
    ],
    [
      'scaleDown with spec MinReplicas=nil limitation with large pod policy and previous events',
      { ...farDown, desired: 0, downs, down: rules(115, 120, 0, 0) },
      1,
      'TooFewReplicas',
    ],
    [
      'scaleDown with spec MinReplicas limitation with large pod policy and previous events',
      { ...farDown, desired: 0, bounds: [5, 1000], downs, down: rules(130, 120, 0, 0) },
      5,
      'TooFewReplicas',
    ],
    [
      'scaleDown with spec MinReplicas limitation with large percent policy and previous events',
      { ...farDown, bounds: [5, 1000], downs, down: rules(0, 0, 100, 120) },
      5,
      'TooFewReplicas',
    ],
    [
      'scaleDown with pod policy limitation and previous events',
      { ...farDown, downs, down: rules(5, 120, 0, 0) },
      100,
      'ScaleDownLimit',
    ],
    [
      'scaleDown with percent policy limitation and previous events',
      { ...farDown, desired: 0, downs: [2, 4, 6], down: rules(0, 0, 50, 120) },
      56,
      'ScaleDownLimit',
    ],
    [
      'scaleDown with percent policy and previous scale up and down events',
      { ...down, desired: 1, ups: [2], downs: [4], down: rules(0, 0, 50, 180) },
      6,
      'ScaleDownLimit',
    ],
    [
      'scaleDown with previous events preventing further scale down',
      { ...farDown, desired: 0, downs: [10, 10, 10], down: rules(0, 0, 10, 120) },
      100,
      'ScaleDownLimit',
    ],
    [
      'scaleDown with with previous events still allowing more scale down',
      { ...down, desired: 5, downs: [10, 10, 10], down: rules(0, 0, 1000, 120) },
      5,
      'DesiredWithinRange',
    ],
    [
      "check 'outdated' flag for events for one behavior for up",
      { ...outdated, up: rules(1000, 60, 0, 0) },
      200,
      'DesiredWithinRange',
    ],
    [
      "check that events were not marked 'outdated' for two different policies in the behavior for up",
      { ...outdated, up: rules(1000, 120, 100, 60) },
      200,
      'DesiredWithinRange',
    ],
    [
      "check that events were marked 'outdated' for two different policies in the behavior for up",
      { ...outdated, up: rules(1000, 30, 100, 60) },
      200,
      'DesiredWithinRange',
    ],
    [
      "check 'outdated' flag for events for one behavior for down",
      { ...outdatedDown, down: rules(1000, 60, 0, 0) },
      5,
      'DesiredWithinRange',
    ],
    [
      "check that events were not marked 'outdated' for two different policies in the behavior for down",
      { ...outdatedDown, down: rules(1000, 120, 100, 60) },
      5,
      'DesiredWithinRange',
    ],
    [
      "check that events were marked 'outdated' for two different policies in the behavior for down",
      { ...outdatedDown, down: rules(1000, 30, 100, 60) },
      5,
      'DesiredWithinRange',
    ],
  ])('%s', (_, given, replicas, reason) => {
    const {
      current,
      desired,
      bounds,
      up: scaleUp,
      down: scaleDown,
      ups: added = [],
      downs: removed = [],
    } = given;
    const change = {
      currentReplicas: current,
      desiredReplicas: desired,
      minReplicas: bounds[0],
      maxReplicas: bounds[1],
    };
    const behavior = {
      scaleUp: scaleUp ?? DEFAULT_BEHAVIOR.scaleUp,
      scaleDown: scaleDown ?? DEFAULT_BEHAVIOR.scaleDown,
    };
    const history = { scaleUpEvents: spread(added, 120), scaleDownEvents: spread(removed, 120), now: 0 };
    expect(limitByPolicies(change, behavior, history)).toEqual({ replicas, reason });
  });
});

describe('limits without a behaviour (TestConvertDesiredReplicasWithRules)', () => {
  test.each<readonly [string, readonly number[], number, LimitReason]>([
    ['prenormalized desired replicas within range', [5, 7, 3, 8], 7, 'DesiredWithinRange'],
    ['prenormalized desired replicas < minReplicas', [3, 1, 2, 8], 2, 'TooFewReplicas'],
    ['prenormalized desired zeroed replicas within range', [1, 0, 0, 10], 0, 'DesiredWithinRange'],
    ['maxReplicas is the limit because maxReplicas < scaleUpLimit', [20, 1000, 1, 10], 10, 'TooManyReplicas'],
    // Expected is calculateScaleUpLimit(3). Older test files set its factor to 8; controllers run with 2.
    ['scaleUpLimit is the limit because scaleUpLimit < maxReplicas', [3, 1000, 1, 2000], 6, 'ScaleUpLimit'],
  ])('%s', (_, [currentReplicas, desiredReplicas, minReplicas, maxReplicas], replicas, reason) => {
    const change = { currentReplicas, desiredReplicas, minReplicas, maxReplicas };
    expect(limitWithoutBehavior(change)).toEqual({ replicas, reason });
  });
});

describe('the smallest change (TestCalculateScaleUpLimitWithScalingRules, TestCalculateScaleDownLimitWithBehaviors)', () => {
  const smallest = { ...rules(2, 60, 50, 60), selectPolicy: 'Min' } as const;
  test('up from 1 by 2 pods or 50 %', () => {
    expect(scaleUpLimit({ ...NOTHING, currentReplicas: 1, rules: smallest })).toBe(2);
  });

  test('down from 5 by 2 pods or 50 %', () => {
    expect(scaleDownLimit({ ...NOTHING, currentReplicas: 5, rules: smallest })).toBe(3);
  });
});
