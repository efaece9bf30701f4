/** What a plan (`EXPLAIN (VERBOSE, FORMAT JSON)`) says of the tables that it scans whole. */

export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Total Cost': number;
  readonly 'Plan Rows': number;
  readonly 'Parallel Aware'?: boolean;
  readonly 'Workers Planned'?: number;
  readonly 'Relation Name'?: string;
  readonly Schema?: string;
  readonly Alias?: string;
  readonly Filter?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

export interface TableScan {
  readonly schema: string;
  readonly table: string;
  readonly alias: string;
  /** As the server prints it. */
  readonly filter: string;
  /** Rows that pass the filter, as the planner estimates. */
  readonly wanted: number;
}

/** Scans of whole tables with a filter; one without needs all rows. */
export function tableScansOf(plan: PlanNode, workers = 0): TableScan[] {
  const below = plan['Workers Planned'] ?? workers;
  const { Schema: schema, Alias: alias, Filter: filter, 'Relation Name': table } = plan;
  const own =
    plan['Node Type'] === 'Seq Scan' &&
    schema !== undefined &&
    table !== undefined &&
    alias !== undefined &&
    filter !== undefined
      ? [{ schema, table, alias, filter, wanted: rowsOf(plan, below) }]
      : [];
  return [...own, ...(plan.Plans ?? []).flatMap((child) => tableScansOf(child, below))];
}

/**
 * Rows of a node in all processes: a parallel one is printed with the rows of one of them. The leader does less of it, the
 * more workers it has (`get_parallel_divisor` in Postgres).
 */
function rowsOf(plan: PlanNode, workers: number): number {
  const rows = plan['Plan Rows'];
  return plan['Parallel Aware'] === true
    ? Math.round(rows * (workers + Math.max(0, 1 - 0.3 * workers)))
    : rows;
}

export function usesIndex(plan: PlanNode, name: string): boolean {
  return plan['Index Name'] === name || (plan.Plans ?? []).some((child) => usesIndex(child, name));
}
