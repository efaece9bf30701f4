import { explainExcess, largestDemand, type PoolSize } from '../../connection/pool-budget';
import type { PoolerSizing } from '../../connection/pooler-sizing';
import {
  type ConnectionEntry,
  type Poolers,
  type SharedOut,
  shareOutBehind,
  shareOutDirectly,
} from '../../connection/shared-out';
import type { ConnectionDemand } from './connections';
import type { Tuning } from './postgres-tuning';

export interface Solution {
  readonly tuning: Tuning;
  /** Pool of each consumer, in the order in which they connected. */
  readonly pools: readonly PoolSize[];
  readonly poolers?: PoolerSizing;
  /** Why it does not hold together. */
  readonly problems: readonly string[];
}

/**
 * Everybody who draws on the connections of one database: consumers, poolers and the reserve. Solved when asked, with
 * whoever has been entered by then.
 */
export class ConnectionBudget {
  private readonly entries: ConnectionEntry[] = [];
  private front: Poolers | undefined;

  constructor(
    private readonly options: {
      readonly tune: (demand?: ConnectionDemand) => Tuning;
      /** `max_connections` as given by the user, by a prop or a parameter. */
      readonly given?: number;
      /** Connections for exporter, migrations and backups. */
      readonly reserved: number;
      readonly cores: number;
    },
  ) {}

  /** Enters a consumer; answers its place in `Solution.pools`. */
  enter(entry: ConnectionEntry): number {
    return this.entries.push(entry) - 1;
  }

  putPoolersInFront(poolers: Poolers): void {
    this.front = poolers;
  }

  solve(): Solution {
    return this.front ? this.solveWith(this.front) : this.solveDirect();
  }

  private solveDirect(): Solution {
    const { tune, given, reserved } = this.options;
    const clients = largestDemand(this.entries) + reserved;
    const demand =
      given !== undefined
        ? ({ from: 'user', connections: given } as const)
        : this.entries.length > 0
          ? ({ from: 'consumers', clients } as const)
          : undefined;
    const tuning = tune(demand);
    return solutionOf(tuning, shareOutDirectly(this.free(tuning.maxConnections, tuning), this.entries));
  }

  /** The poolers first, within what memory bears; those who connect past them get of the rest what they can use. */
  private solveWith(front: Poolers): Solution {
    const { tune, given, reserved, cores } = this.options;
    const unsized = tune(
      given === undefined ? undefined : { from: 'user', connections: given, behindPoolers: true },
    );
    const free = this.free(given ?? unsized.comfortableConnections, unsized);
    const shared = shareOutBehind(front, free, this.entries, cores);
    const clients = shared.connections + reserved;
    return solutionOf(given === undefined ? tune({ from: 'poolers', clients }) : unsized, shared);
  }

  private free(maxConnections: number, tuning: Tuning): number {
    return maxConnections - tuning.reservedConnections - this.options.reserved;
  }
}

function solutionOf(tuning: Tuning, { pools, poolers, problems }: SharedOut): Solution {
  return {
    tuning,
    pools,
    poolers,
    problems: problems((budget, consumers) => explainExcess(budget, consumers, tuning.maxConnections)),
  };
}
