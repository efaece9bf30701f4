/**
 * The connections of one database, shared out to its consumers.
 *
 * Σ over consumers of pods × processes × (pool + overflow) ≤ max_connections − reserved, where pods is the largest
 * number that runs at once: the autoscaler's maximum plus the surge of a rolling update. Twenty pods with a pool of
 * 20 + 10 against 200 connections is the guide's own contradiction: the database refuses from the seventh pod on.
 */

import { mostReplicas, surgePods } from '../pod/rollout-sizing';

/** One consumer's draw on the connections. */
export interface PoolDrawer {
  /** Name in messages: the construct path. */
  readonly name: string;
  /** Replicas at the largest size. */
  readonly replicas: number;
  /** Pods that a rolling update adds, in percent of the replicas. */
  readonly surgePercent: number;
  readonly processesPerPod: number;
  /** Share of one process against another's. */
  readonly weight: number;
  /** Numbers that the user fixed; solved when undefined. */
  readonly fixed?: PoolSize;
}

export interface PoolSize {
  readonly size: number;
  readonly maxOverflow: number;
}

export interface PoolBudget {
  /** Pool of each drawer, in the order given. */
  readonly pools: readonly PoolSize[];
  /** Connections when every drawer is at its largest size with its pool exhausted. */
  readonly drawn: number;
  /** What the drawers together may take. */
  readonly allowed: number;
  readonly fits: boolean;
}

/** Part of a share that stays open; the rest is overflow for bursts. A proposal (reference: postgres.md §4). */
const POOL_PART = 0.7;

/** The guide's 20 + 10: more per process only queues in the database instead of in the application. */
export const LARGEST_SHARE = 30;

/**
 * Solves the pools that are free: one connection for every process, and the rest by weight. When not even one for each
 * is left, the budget does not fit.
 */
export function solvePools(allowed: number, drawers: readonly PoolDrawer[]): PoolBudget {
  const fixed = sum(drawers.map((d) => (d.fixed ? processes(d) * (d.fixed.size + d.fixed.maxOverflow) : 0)));
  const free = drawers.filter((d) => !d.fixed);
  const rest = Math.max(0, allowed - fixed - sum(free.map(processes)));
  const weights = sum(free.map((d) => processes(d) * d.weight));
  const pools = drawers.map(
    (drawer) =>
      drawer.fixed ?? split(Math.min(1 + Math.floor((rest * drawer.weight) / weights), LARGEST_SHARE)),
  );
  const drawn = sum(drawers.map((d, index) => processes(d) * (pools[index].size + pools[index].maxOverflow)));
  return { pools, drawn, allowed, fits: drawn <= allowed };
}

/** Pods at the largest size, surge included. */
function podsOf({ replicas, surgePercent }: PoolDrawer): number {
  return replicas + surgePods(replicas, surgePercent);
}

function processes(drawer: PoolDrawer): number {
  return podsOf(drawer) * drawer.processesPerPod;
}

/** Connections when every drawer has its fixed pool, or the largest share. */
export function largestDraw(drawers: readonly PoolDrawer[]): number {
  return sum(
    drawers.map((drawer) => {
      const { fixed } = drawer;
      return processes(drawer) * (fixed ? fixed.size + fixed.maxOverflow : LARGEST_SHARE);
    }),
  );
}

function split(share: number): PoolSize {
  const size = Math.max(1, Math.floor(share * POOL_PART));
  return { size, maxOverflow: share - size };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Most pods of one drawer that fit, with its pool and all others as they are. */
export function mostPods(budget: PoolBudget, drawers: readonly PoolDrawer[], index: number): number {
  const perPod =
    drawers[index].processesPerPod * (budget.pools[index].size + budget.pools[index].maxOverflow);
  const others = budget.drawn - podsOf(drawers[index]) * perPod;
  return Math.max(0, Math.floor((budget.allowed - others) / perPod));
}

/** Every drawer of a budget that does not fit: what it draws, and how many of its replicas would fit. */
export function explainDrawers(budget: PoolBudget, drawers: readonly PoolDrawer[]): string[] {
  return drawers.map((drawer, index) => {
    const { name, replicas, surgePercent, processesPerPod } = drawer;
    const { size, maxOverflow } = budget.pools[index];
    const pods = podsOf(drawer);
    const surge = pods > replicas ? ` (${replicas} replicas and a surge of ${pods - replicas})` : '';
    const fitting = mostReplicas(mostPods(budget, drawers, index), surgePercent);
    return (
      `  ${name}: ${pods} pods${surge} x ${processesPerPod} processes x (${size} + ${maxOverflow}) = ${processes(drawer) * (size + maxOverflow)}` +
      (fitting > 0
        ? `; at most ${fitting} ${fitting === 1 ? 'replica' : 'replicas'} would fit`
        : '; no replica would fit beside the others')
    );
  });
}

/** What a budget that does not fit tells the user: every drawer, the sum, the bound, what would fit, and the ways out. */
export function explainOverdraft(
  budget: PoolBudget,
  drawers: readonly PoolDrawer[],
  maxConnections: number,
): string {
  return [
    `DB-002 its consumers may open ${budget.drawn} connections, but only ${budget.allowed} of max_connections ${maxConnections} are free for them:`,
    ...explainDrawers(budget, drawers),
    'use smaller pools, fewer replicas (a rollout adds its surge), a larger database, or a pooler',
  ].join('\n');
}
