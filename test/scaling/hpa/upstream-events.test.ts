/** What is remembered of changes, against horizontal_test.go: see upstream-tables.ts. */
import type { HpaRules, HpaSpec } from '../../../lib/scaling/hpa/hpa-spec';
import {
  longestPeriod,
  scaleDownLimit,
  type ScaleEvent,
  scaleUpLimit,
  storeScaleEvent,
} from '../../../lib/scaling/hpa/rate-limits';
import { HpaHistory, reconcile } from '../../../lib/scaling/hpa/reconcile';
import { rules } from './upstream-tables';

/** Now is 0. */
const NOTHING = { scaleUpEvents: [], scaleDownEvents: [], now: 0 };

describe('changes (TestStoreScaleEvents)', () => {
  type Event = readonly [change: number, secondsAgo: number];
  const two = rules(10, 60, 100, 60);
  const eventsOf = (list: readonly Event[]): ScaleEvent[] =>
    list.map(([change, ago]) => ({ change, at: -ago }));

  test.each<readonly [string, Event[], HpaRules, { lastMinute: number; kept: number[] }]>([
    ['empty entries with two-policy-behavior', [], two, { lastMinute: 0, kept: [5] }],
    ['one outdated entry to be replaced with behavior', [[7, 61]], two, { lastMinute: 0, kept: [5] }],
    ['one actual entry to be not touched with behavior', [[7, 58]], two, { lastMinute: 7, kept: [7, 5] }],
    [
      'two entries, one of them to be replaced',
      [
        [7, 61],
        [6, 59],
      ],
      rules(10, 60, 0, 0),
      { lastMinute: 6, kept: [5, 6] },
    ],
    [
      'replace one entry, use policies with different periods',
      [
        [8, 29],
        [6, 59],
        [7, 61],
        [9, 61],
      ],
      rules(10, 60, 100, 30),
      { lastMinute: 14, kept: [8, 6, 7, 5] },
    ],
    [
      'two entries, both actual',
      [
        [7, 58],
        [6, 59],
      ],
      rules(10, 120, 100, 30),
      { lastMinute: 13, kept: [7, 6, 5] },
    ],
  ])('%s', (_, before, { policies }, { lastMinute, kept }) => {
    const events = eventsOf(before);
    // With one pod a minute the limit is one above what was there a minute ago.
    const minute = { ...NOTHING, currentReplicas: 100, rules: rules(1, 60, 0, 0) };
    expect(scaleUpLimit({ ...minute, scaleUpEvents: events })).toBe(101 - lastMinute);
    expect(scaleDownLimit({ ...minute, scaleDownEvents: events })).toBe(99 + lastMinute);
    storeScaleEvent(events, { change: 5, at: 0 }, longestPeriod(policies));
    expect(events.map(({ change }) => change)).toEqual(kept);
  });

  test.each<readonly [string, Event[]]>([
    ['empty entries with default behavior', []],
    ['one outdated entry to be kept untouched without behavior', [[7, 61]]],
  ])('%s', (_, before) => {
    const spec: HpaSpec = { minReplicas: 1, maxReplicas: 100, metrics: [] };
    const history = new HpaHistory();
    history.recommendations.push({ replicas: 1, at: -1000 });
    history.scaleUpEvents.push(...eventsOf(before));
    history.scaleDownEvents.push(...eventsOf(before));
    const change = (currentReplicas: number, replicas: number, now: number) =>
      reconcile(spec, history, { now, currentReplicas, proposals: [{ replicas }] }).replicas;
    expect([change(10, 15, 0), change(10, 5, 1000)]).toEqual([15, 5]);
    expect(history.scaleUpEvents).toEqual(eventsOf(before));
    expect(history.scaleDownEvents).toEqual(eventsOf(before));
  });
});
