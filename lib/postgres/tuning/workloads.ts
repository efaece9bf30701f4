import { GIB } from '../../units/quantity';
import { PostgresWorkload } from '../postgres-workload';
import type { PlanNodes } from './memory-budget';

/** What a kind of use asks for. Connections, parts of the memory and WAL are PGTune's. */
export interface WorkloadTuning {
  /** Connections to offer when nobody says how many are needed, and memory allows. */
  readonly connections: number;
  /** Sorts and hashes that a query is counted with. */
  readonly planNodes: PlanNodes;
  /** Target of `max_wal_size` when the volume allows. */
  readonly maxWal: number;
  readonly statisticsTarget: number;
  readonly jit: boolean;
  readonly mostPerGather: number;
  /** Whether sorts are small enough for the page cache, so that one that spills writes to no disk. */
  readonly smallSorts: boolean;
  /** `shared_buffers` is this part of the memory. */
  readonly sharedPart: number;
  /** `effective_cache_size` is this many quarters of the memory. */
  readonly cacheQuarters: number;
}

const SHORT_QUERIES = {
  planNodes: 2,
  statisticsTarget: 100,
  jit: false,
  mostPerGather: 4,
  smallSorts: true,
  sharedPart: 4,
  cacheQuarters: 3,
} as const;

export const WORKLOADS: Readonly<Record<PostgresWorkload, WorkloadTuning>> = {
  [PostgresWorkload.WEB]: { ...SHORT_QUERIES, connections: 200, maxWal: 4 * GIB },
  [PostgresWorkload.OLTP]: { ...SHORT_QUERIES, connections: 300, maxWal: 8 * GIB, planNodes: 1 },
  [PostgresWorkload.WAREHOUSE]: {
    ...SHORT_QUERIES,
    connections: 40,
    maxWal: 16 * GIB,
    planNodes: 3,
    statisticsTarget: 500,
    jit: true,
    mostPerGather: 1024,
    smallSorts: false,
  },
  [PostgresWorkload.MIXED]: { ...SHORT_QUERIES, connections: 100, maxWal: 4 * GIB },
  [PostgresWorkload.DESKTOP]: {
    ...SHORT_QUERIES,
    connections: 20,
    maxWal: 2 * GIB,
    sharedPart: 16,
    cacheQuarters: 1,
  },
};
