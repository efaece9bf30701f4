/**
 * Connections of one server, shared out to everybody who opens some: consumers that connect to it, and poolers with those who
 * connect through them.
 */
import { podsOf, type PoolBudget, type PoolConsumer, type PoolSize, solvePools } from './pool-budget';
import { explainPoolers, type PoolerDemand, type PoolerSizing, solvePoolers } from './pooler-sizing';

/** Which pool of a pooler a consumer draws on: PgBouncer has one for each role in each database. */
export interface PooledLogin {
  readonly database: string;
  readonly user: string;
}

/** A consumer of a server that may have poolers in front. */
export interface ConnectionEntry extends PoolConsumer {
  /** How it comes through poolers, where there are any; undefined for one that connects past them. */
  readonly pooled?: PooledLogin;
}

/** Poolers in front of a server. */
export type Poolers = Pick<PoolerDemand, 'poolers' | 'activeTransactions' | 'clientsPerPooler'>;

/** Tells why pools do not fit, of the budget and those who draw on it. */
export type Explain = (budget: PoolBudget, consumers: readonly PoolConsumer[]) => string;

export interface SharedOut {
  /** Pool of each consumer, in the order of the entries. */
  readonly pools: readonly PoolSize[];
  readonly poolers?: PoolerSizing;
  /** Connections that the server sees when all are at their largest. */
  readonly connections: number;
  readonly problems: (explain: Explain) => string[];
}

/** Shares out to consumers alone. */
export function shareOutDirectly(free: number, entries: readonly ConnectionEntry[]): SharedOut {
  const budget = solvePools(free, entries);
  return {
    pools: budget.pools,
    connections: budget.connections,
    problems: (explain) => (budget.fits ? [] : [explain(budget, entries)]),
  };
}

/** The poolers first; those who connect past them get of the rest what they can use. `cores` are those of the server, where they are known. */
export function shareOutBehind(
  front: Poolers,
  free: number,
  entries: readonly ConnectionEntry[],
  cores?: number,
): SharedOut {
  const direct = entries.filter(({ pooled }) => !pooled);
  const consumers = entries.filter(({ pooled }) => pooled);
  const leastDirect = solvePools(0, direct).connections;
  const databases = databasesToBound(consumers);
  const demand: PoolerDemand = {
    ...front,
    cores,
    allowed: free - leastDirect,
    leastPerPooler: databases.length,
    consumers,
  };
  const sized = solvePoolers(demand);
  const poolers =
    databases.length > 0
      ? { ...sized, databases: shareByDatabase(sized.perPooler, demandByDatabase(consumers, sized.clients)) }
      : sized;
  const past = solvePools(free - poolers.serverConnections, direct);
  return {
    pools: inOrder(entries, past, poolers.clients),
    poolers,
    connections: poolers.serverConnections + past.connections,
    problems: (explain) => [
      ...(poolers.fits ? [] : [explainPoolers(poolers, demand)]),
      ...(past.fits || !poolers.fits ? [] : [explain(past, direct)]),
    ],
  };
}

/**
 * Databases that need bounds of their own. PgBouncer bounds a database and a role, and no sum over both: with several of each, only
 * the bounds of the databases add up to what a pooler may open.
 */
function databasesToBound(consumers: readonly ConnectionEntry[]): string[] {
  const databases = new Set(consumers.map(({ pooled }) => pooled?.database as string));
  const users = new Set(consumers.map(({ pooled }) => pooled?.user));
  return users.size > 1 && databases.size > 1 ? [...databases].sort() : [];
}

/** Clients of each database when all are at their largest. */
function demandByDatabase(
  consumers: readonly ConnectionEntry[],
  clients: PoolBudget,
): ReadonlyMap<string, number> {
  const demand = new Map<string, number>();
  consumers.forEach((consumer, index) => {
    const { size, maxOverflow } = clients.pools[index];
    const database = consumer.pooled?.database as string;
    const own = podsOf(consumer) * consumer.processesPerPod * (size + maxOverflow);
    demand.set(database, (demand.get(database) ?? 0) + own);
  });
  return new Map([...demand].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One connection for each database, and the rest by their clients; together exactly `total`, where that is enough for one each. */
export function shareByDatabase(
  total: number,
  demand: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const clients = [...demand.values()].reduce((sum, own) => sum + own, 0);
  const rest = Math.max(0, total - demand.size);
  const exact = [...demand].map(([database, own]) => ({ database, part: (rest * own) / clients }));
  const left = rest - exact.reduce((sum, { part }) => sum + Math.floor(part), 0);
  const byFraction = [...exact].sort((a, b) => (b.part % 1) - (a.part % 1));
  const luckier = new Set(byFraction.slice(0, left).map(({ database }) => database));
  return new Map(
    exact.map(({ database, part }) => [database, 1 + Math.floor(part) + Number(luckier.has(database))]),
  );
}

/** Pools of both kinds of consumers, in the order of the entries. */
function inOrder(entries: readonly ConnectionEntry[], direct: PoolBudget, pooled: PoolBudget): PoolSize[] {
  const next = { direct: 0, pooled: 0 };
  return entries.map((entry) => (entry.pooled ? pooled.pools[next.pooled++] : direct.pools[next.direct++]));
}
