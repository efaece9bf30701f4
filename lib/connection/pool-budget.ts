/**
 * The connections of one database, shared out to its consumers.
 *
 * Σ over consumers of pods × processes × (pool + overflow) ≤ max_connections − reserved, where pods is the largest
 * number that runs at once: the autoscaler's maximum plus the surge of a rolling update. Twenty pods with a pool of
 * 20 + 10 against 200 connections is the guide's own contradiction: the database refuses from the seventh pod on.
 */

import { mostWithin } from '../inventory/replicas';

/** Who opens connections, and how many. */
export interface PoolConsumer {
  /** Name in messages: the construct path. */
  readonly name: string;
  /** Replicas at the largest size. */
  readonly replicas: number;
  /** Pods that a rolling update adds to a number of replicas. */
  readonly surge: (replicas: number) => number;
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
  /** Pool of each consumer, in the order given. */
  readonly pools: readonly PoolSize[];
  /** Connections when every consumer is at its largest size with its pool exhausted. */
  readonly connections: number;
  /** What the consumers together may take. */
  readonly allowed: number;
  readonly fits: boolean;
}

/** Connections of a Postgres that belong to nobody's pool: one scrape of the exporter, a migration, a backup, and a person. */
export const RESERVED_CONNECTIONS = 8;

/** Part of a share that stays open; the rest is overflow for bursts. A proposal (reference: postgres.md §4). */
const POOL_PART = 0.7;

/** The guide's 20 + 10: more per process only queues in the database instead of in the application. */
export const LARGEST_SHARE = 30;

/**
 * Solves the pools that are free: one connection for every process, and the rest by weight. When not even one for each
 * is left, the budget does not fit.
 */
export function solvePools(allowed: number, consumers: readonly PoolConsumer[]): PoolBudget {
  const fixed = sum(consumers.map((one) => (one.fixed ? processes(one) * totalOf(one.fixed) : 0)));
  const free = consumers.filter((one) => !one.fixed);
  const rest = Math.max(0, allowed - fixed - sum(free.map(processes)));
  const weights = sum(free.map((one) => processes(one) * one.weight));
  const pools = consumers.map(
    (consumer) =>
      consumer.fixed ?? split(Math.min(1 + Math.floor((rest * consumer.weight) / weights), LARGEST_SHARE)),
  );
  const connections = sum(consumers.map((one, index) => processes(one) * totalOf(pools[index])));
  return { pools, connections, allowed, fits: connections <= allowed };
}

/** Pods at the largest size, surge included. */
export function podsOf({ replicas, surge }: Pick<PoolConsumer, 'replicas' | 'surge'>): number {
  return replicas + surge(replicas);
}

function processes(consumer: PoolConsumer): number {
  return podsOf(consumer) * consumer.processesPerPod;
}

/** Connections that a process may have open. */
function totalOf({ size, maxOverflow }: PoolSize): number {
  return size + maxOverflow;
}

/** Connections when every consumer has its fixed pool, or the largest share. */
export function largestDemand(consumers: readonly PoolConsumer[]): number {
  return sum(
    consumers.map((consumer) => {
      const { fixed } = consumer;
      return processes(consumer) * (fixed ? totalOf(fixed) : LARGEST_SHARE);
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

/** Most replicas of one consumer that fit, with its pool, its surge and all others as they are. */
export function replicasThatFit(
  budget: PoolBudget,
  consumers: readonly PoolConsumer[],
  index: number,
): number {
  const { replicas, surge, processesPerPod } = consumers[index];
  const perPod = processesPerPod * totalOf(budget.pools[index]);
  const others = budget.connections - podsOf(consumers[index]) * perPod;
  return mostWithin(Math.floor((budget.allowed - others) / perPod), replicas, surge);
}

/** Every consumer of a budget that does not fit: what it opens, and how many of its replicas would fit. */
export function explainConsumers(budget: PoolBudget, consumers: readonly PoolConsumer[]): string[] {
  return consumers.map((consumer, index) => {
    const { name, replicas, processesPerPod } = consumer;
    const { size, maxOverflow } = budget.pools[index];
    const pods = podsOf(consumer);
    const surge = pods > replicas ? ` (${replicas} replicas and a surge of ${pods - replicas})` : '';
    const fitting = replicasThatFit(budget, consumers, index);
    return (
      `  ${name}: ${pods} pods${surge} x ${processesPerPod} processes x (${size} + ${maxOverflow}) = ${processes(consumer) * (size + maxOverflow)}` +
      (fitting > 0
        ? `; at most ${fitting} ${fitting === 1 ? 'replica' : 'replicas'} would fit`
        : '; no replica would fit beside the others')
    );
  });
}

/** What a budget that does not fit tells the user: every consumer, the sum, the bound, what would fit, and the ways out. */
export function explainExcess(
  budget: PoolBudget,
  consumers: readonly PoolConsumer[],
  maxConnections: number,
): string {
  return [
    `DB-002 its consumers may open ${budget.connections} connections, but only ${budget.allowed} of max_connections ${maxConnections} are free for them:`,
    ...explainConsumers(budget, consumers),
    'use smaller pools, fewer replicas (a rollout adds its surge), a larger database, or a pooler',
  ].join('\n');
}
