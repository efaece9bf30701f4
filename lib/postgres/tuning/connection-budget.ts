import {
  explainConsumers,
  explainExcess,
  largestDemand,
  type PoolBudget,
  type PoolSize,
  solvePools,
} from '../../connection/pool-budget';
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

/** A consumer that has connected. */
export interface BudgetEntry extends ConnectionEntry {
  /** Role of the database that it logs in as, where that is not the application's. */
  readonly role?: string;
}

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
  private readonly entered: BudgetEntry[] = [];
  private front: Poolers | undefined;

  constructor(
    private readonly options: {
      readonly tune: (demand?: ConnectionDemand) => Tuning;
      /** `max_connections` as given by the user, by a prop or a parameter. */
      readonly given?: number;
      /** Connections for exporter, migrations and backups, and those of roles with a limit. */
      readonly reserved: number;
      /** Connections that a role may have, which its consumers share. */
      readonly limits?: ReadonlyMap<string, number>;
      readonly cores: number;
    },
  ) {}

  /** Enters a consumer; answers its place in `Solution.pools`. */
  enter(entry: BudgetEntry): number {
    return this.entered.push(entry) - 1;
  }

  putPoolersInFront(poolers: Poolers): void {
    this.front = poolers;
  }

  solve(): Solution {
    const limits = this.options.limits ?? new Map<string, number>();
    const isLimited = ({ role }: BudgetEntry) => role !== undefined && limits.has(role);
    // Each number of a consumer or pooler is asked for once.
    const all = this.entered.map((one) => ({ ...one }));
    const shared = all.filter((entry) => !isLimited(entry));
    const solution = this.front ? this.solveWith({ ...this.front }, shared) : this.solveDirect(shared);
    const roles = [...limits].map(([role, limit]) => {
      const entries = all.filter((entry) => entry.role === role);
      return { role, entries, budget: solvePools(limit, entries) };
    });
    const pools = new Map<BudgetEntry, PoolSize>([
      ...shared.map((entry, index) => [entry, solution.pools[index]] as const),
      ...roles.flatMap(({ entries, budget }) =>
        entries.map((entry, index) => [entry, budget.pools[index]] as const),
      ),
    ]);
    return {
      ...solution,
      pools: all.map((entry) => pools.get(entry) as PoolSize),
      problems: [
        ...solution.problems,
        ...roles.flatMap(({ role, entries, budget }) =>
          budget.fits ? [] : [explainRole(role, budget, entries)],
        ),
      ],
    };
  }

  private solveDirect(entries: readonly BudgetEntry[]): Solution {
    const { tune, given, reserved } = this.options;
    const clients = largestDemand(entries) + reserved;
    const demand =
      given !== undefined
        ? ({ from: 'user', connections: given } as const)
        : entries.length > 0
          ? ({ from: 'consumers', clients } as const)
          : undefined;
    const tuning = tune(demand);
    return solutionOf(tuning, shareOutDirectly(this.free(tuning.maxConnections, tuning), entries));
  }

  /** The poolers first, within what memory bears; those who connect past them get of the rest what they can use. */
  private solveWith(front: Poolers, entries: readonly BudgetEntry[]): Solution {
    const { tune, given, reserved, cores } = this.options;
    const unsized = tune(
      given === undefined ? undefined : { from: 'user', connections: given, behindPoolers: true },
    );
    const free = this.free(given ?? unsized.comfortableConnections, unsized);
    const shared = shareOutBehind(front, free, entries, cores);
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

/** What is said where the pools of a role's consumers are larger than what it may have. */
function explainRole(role: string, budget: PoolBudget, entries: readonly BudgetEntry[]): string {
  return [
    `DB-002 the consumers that log in as ${role} may open ${budget.connections} connections, but its \`connectionLimit\` is ${budget.allowed}:`,
    ...explainConsumers(budget, entries),
    'use smaller pools, fewer replicas (a rollout adds its surge), or a higher `connectionLimit`',
  ].join('\n');
}
