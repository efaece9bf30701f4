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
 * Formulas: reference postgres.md §4 (HikariCP, "About pool sizing"; Zalando's operator).
 */
import { roundUpTo } from '../units/quantity';
import { explainDrawers, type PoolBudget, type PoolDrawer, solvePools } from './pool-budget';

export interface PoolerDemand {
  readonly poolers: number;
  /** CPU of the database. */
  readonly cores: number;
  /** Transactions that the database should work on at once; by CPU when undefined. */
  readonly activeTransactions?: number;
  /** Connections of the database that all poolers together may open. */
  readonly allowed: number;
  /** Clients that one pooler's memory bears. */
  readonly clientsPerPooler: number;
  readonly drawers: readonly PoolDrawer[];
}

export interface PoolerSizing {
  readonly defaultPoolSize: number;
  readonly minPoolSize: number;
  readonly reservePoolSize: number;
  /** Server connections that one pooler opens at most. */
  readonly perPooler: number;
  /** Server connections of all pooler pods, those that a rollout replaces included. */
  readonly serverConnections: number;
  readonly allowed: number;
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

/** Transactions that a database works on at once: two for each CPU, and one that waits for its disk. */
export function activeTransactionsOf(cores: number): number {
  return Math.ceil(2 * cores + 1);
}

export function solvePoolers(demand: PoolerDemand): PoolerSizing {
  const { poolers, allowed, drawers, clientsPerPooler } = demand;
  const active = demand.activeTransactions ?? activeTransactionsOf(demand.cores);
  const wanted = Math.max(2, Math.ceil(active / poolers));
  const share = Math.max(1, Math.floor(allowed / (ROLLOUT_FACTOR * poolers)));
  const perPooler = Math.min(wanted + Math.ceil(RESERVE_PART * wanted), share);
  const defaultPoolSize = Math.min(wanted, Math.ceil(perPooler / (1 + RESERVE_PART)));
  const survivors = Math.max(1, poolers - 1);
  const clients = solvePools(Math.floor((clientsPerPooler * survivors) / CLIENT_HEADROOM), drawers);
  const serverConnections = ROLLOUT_FACTOR * poolers * perPooler;
  return {
    defaultPoolSize,
    minPoolSize: Math.ceil(defaultPoolSize / 2),
    reservePoolSize: perPooler - defaultPoolSize,
    perPooler,
    serverConnections,
    allowed,
    clients,
    maxClientConn: Math.min(
      clientsPerPooler,
      roundUpTo(Math.max(CLIENT_STEP, (CLIENT_HEADROOM * clients.drawn) / survivors), CLIENT_STEP),
    ),
    fits: serverConnections <= allowed && clients.fits,
  };
}

/** Why poolers do not fit between their clients and the database. */
export function explainPoolers(sizing: PoolerSizing, demand: PoolerDemand): string {
  const { clients } = sizing;
  if (!clients.fits) {
    return [
      `its consumers may open ${clients.drawn} connections to the poolers, which bear ${clients.allowed} when one of ${demand.poolers} is lost:`,
      ...explainDrawers(clients, demand.drawers),
      'use smaller pools, fewer replicas (a rollout adds its surge), more poolers, or poolers with more memory',
    ].join('\n');
  }
  return (
    `${demand.poolers} poolers, and as many that a rollout replaces, open at least ${sizing.serverConnections} connections, ` +
    `but only ${Math.max(0, demand.allowed)} are free for them; use fewer poolers, a higher maxConnections, or fewer consumers that connect past the poolers`
  );
}
