/**
 * Poolers between the consumers of a database and its connections.
 *
 * A database works on few transactions at once, about two for each CPU and one for its disk; more connections only queue
 * inside it, and take memory that sorts could have. So the poolers together open that many and a quarter in reserve, and
 * hold the clients that wait. Every pooler pod can be there twice: a Deployment starts new pods while old ones, which no
 * longer count, still finish their transactions.
 *
 *   2 × poolers × (default_pool_size + reserve_pool_size) ≤ what max_connections leaves for them
 *   Σ consumers' pools ≤ (poolers − 1) × max_client_conn, so that all clients fit when one pooler is lost
 *
 * A client that comes last waits until the pool has served everybody before it (Little's law), in rounds of a
 * transaction each; that is how long a pooler keeps it:
 *
 *   query_wait_timeout = ⌈(clients − pool) / pool⌉ × time of a transaction, with all clients on the poolers that are left
 *
 * Formulas: reference postgres.md §4 (HikariCP, "About pool sizing"; Zalando's operator).
 */
import { roundUpTo } from '../units/quantity';
import { explainConsumers, type PoolBudget, type PoolConsumer, solvePools } from './pool-budget';

export interface PoolerDemand {
  readonly poolers: number;
  /** CPU of the database; undefined where nobody knows. */
  readonly cores?: number;
  /** Transactions that the database should work on at once; by CPU when undefined. */
  readonly activeTransactions?: number;
  /** Connections that a pooler needs at the least; undefined: one. */
  readonly leastPerPooler?: number;
  /** Connections of the database that all poolers together may open. */
  readonly allowed: number;
  /** Clients that one pooler's memory bears. */
  readonly clientsPerPooler: number;
  readonly consumers: readonly PoolConsumer[];
}

export interface PoolerSizing {
  /** Why the pools are as large as they are. */
  readonly reason: string;
  readonly defaultPoolSize: number;
  readonly minPoolSize: number;
  readonly reservePoolSize: number;
  /** Server connections that one pooler opens at most. */
  readonly perPooler: number;
  /** Server connections of all pooler pods, those that a rollout replaces included. */
  readonly serverConnections: number;
  readonly allowed: number;
  /** What each database may have of it, where it has a bound of its own. */
  readonly databases?: ReadonlyMap<string, number>;
  /** Clients: the pools of the consumers. */
  readonly clients: PoolBudget;
  readonly maxClientConn: number;
  readonly fits: boolean;
}

/** Old pods that drain beside as many new ones. */
const ROLLOUT_FACTOR = 2;
/** Part of a pool that is opened only when clients have waited for it. */
const RESERVE_PART = 0.25;
/** Room for clients that are no pool's: an exporter, probes, a person. */
const CLIENT_HEADROOM = 1.2;
const CLIENT_STEP = 10;

/** Time of a transaction while the database is busy with a whole pool of them: twice what is logged as slow. */
export const TRANSACTION_SECONDS = 2;
/** A restart of the database is a wait, no error. */
const MIN_QUERY_WAIT_SECONDS = 30;
/** PgBouncer's own default. Whoever asked has given up by then, and the queue works for nobody. */
const MAX_QUERY_WAIT_SECONDS = 120;
/** A pool of a client gives up first, and then names the cause itself. */
const AFTER_POOL_TIMEOUT_SECONDS = 5;
/** Part of the wait after which somebody is told. A proposal: two scrapes of 30 s fit into what is left of 120 s. */
const ALERT_PART = 0.5;

export interface QueueDemand {
  readonly sizing: Pick<PoolerSizing, 'perPooler' | 'clients'>;
  readonly poolers: number;
  /** Time of a transaction under full load, in seconds. */
  readonly transactionSeconds: number;
  /** Longest time that a consumer waits for a connection of its own pool, in seconds. */
  readonly longestPoolTimeout: number;
  /** The user's own number; solved when undefined. */
  readonly given?: number;
}

export interface QueryWait {
  /** Time after which a client that waits is cut off. */
  readonly seconds: number;
  /** Time of a wait that is worth an alert, before anybody is cut off. */
  readonly alertSeconds: number;
  /** Time until the last of all clients is served. */
  readonly queueSeconds: number;
  readonly reason: string;
}

/** How long a pooler lets a client wait, and why. */
export function solveQueryWait({ sizing, poolers, transactionSeconds, ...demand }: QueueDemand): QueryWait {
  const { perPooler, clients } = sizing;
  const perSurvivor = Math.ceil(clients.connections / Math.max(1, poolers - 1));
  const rounds = Math.max(0, Math.ceil((perSurvivor - perPooler) / perPooler));
  const queueSeconds = Math.ceil(rounds * transactionSeconds);
  const queue = `the last of ${perSurvivor} clients is served by ${perPooler} connections after ${rounds} transactions of ${transactionSeconds} s`;
  const after = demand.longestPoolTimeout + AFTER_POOL_TIMEOUT_SECONDS;
  const bounded = Math.min(MAX_QUERY_WAIT_SECONDS, Math.max(MIN_QUERY_WAIT_SECONDS, queueSeconds));
  const seconds = demand.given ?? Math.max(bounded, after);
  const reason =
    demand.given !== undefined
      ? `as given; ${queue}, ${queueSeconds} s`
      : after > bounded
        ? 'longer than the pool of a client waits, which then names the cause itself'
        : queueSeconds > MAX_QUERY_WAIT_SECONDS
          ? `${queue}, ${queueSeconds} s: nobody waits so long for an answer, so this is PgBouncer's own default`
          : queueSeconds < MIN_QUERY_WAIT_SECONDS
            ? `a restart of the database is a wait; ${queue}`
            : queue;
  return { seconds, alertSeconds: ALERT_PART * seconds, queueSeconds, reason };
}

/** Transactions that a database works on at once: two for each CPU, and one that waits for its disk. */
export function activeTransactionsOf(cores: number): number {
  return Math.ceil(2 * cores + 1);
}

/** PgBouncer's own default for a pool, where nobody knows the CPU of the database. */
const UNKNOWN_POOL_SIZE = 20;

/** Transactions that the database should work on at once, and why. */
function activeOf({ activeTransactions, cores, poolers }: PoolerDemand): readonly [number, string] {
  if (activeTransactions !== undefined)
    return [activeTransactions, 'of all poolers together what the database should work on at once, as given'];
  return cores === undefined
    ? [UNKNOWN_POOL_SIZE * poolers, "PgBouncer's own default, since nobody knows the CPU of the database"]
    : [
        activeTransactionsOf(cores),
        'of all poolers together what the database works on at once: two for each CPU and one for the disk',
      ];
}

export function solvePoolers(demand: PoolerDemand): PoolerSizing {
  const { poolers, allowed, consumers, clientsPerPooler, leastPerPooler = 1 } = demand;
  const [active, reason] = activeOf(demand);
  const wanted = Math.max(2, Math.ceil(active / poolers));
  const share = Math.max(1, leastPerPooler, Math.floor(allowed / (ROLLOUT_FACTOR * poolers)));
  const perPooler = Math.max(leastPerPooler, Math.min(wanted + Math.ceil(RESERVE_PART * wanted), share));
  const defaultPoolSize = Math.min(wanted, Math.ceil(perPooler / (1 + RESERVE_PART)));
  const survivors = Math.max(1, poolers - 1);
  const clients = solvePools(Math.floor((clientsPerPooler * survivors) / CLIENT_HEADROOM), consumers);
  const serverConnections = ROLLOUT_FACTOR * poolers * perPooler;
  return {
    reason,
    defaultPoolSize,
    minPoolSize: Math.ceil(defaultPoolSize / 2),
    reservePoolSize: perPooler - defaultPoolSize,
    perPooler,
    serverConnections,
    allowed,
    clients,
    maxClientConn: Math.min(
      clientsPerPooler,
      roundUpTo(Math.max(CLIENT_STEP, (CLIENT_HEADROOM * clients.connections) / survivors), CLIENT_STEP),
    ),
    fits: serverConnections <= allowed && clients.fits,
  };
}

/** Why poolers do not fit between their clients and the database. */
export function explainPoolers(sizing: PoolerSizing, demand: PoolerDemand): string {
  const { clients } = sizing;
  if (!clients.fits) {
    return [
      `its consumers may open ${clients.connections} connections to the poolers, which bear ${clients.allowed} when one of ${demand.poolers} is lost:`,
      ...explainConsumers(clients, demand.consumers),
      'use smaller pools, fewer replicas (a rollout adds its surge), more poolers, or poolers with more memory',
    ].join('\n');
  }
  return (
    `${demand.poolers} poolers, and as many that a rollout replaces, open at least ${sizing.serverConnections} connections, ` +
    `but only ${Math.max(0, demand.allowed)} are free for them; use fewer poolers, a higher maxConnections, or fewer consumers that connect past the poolers`
  );
}
