/**
 * Which of the user's queries scan a whole table for a small part of it, and which `addIndex` would help.
 *
 * A query is planned, never run: PREPARE and EXPLAIN EXECUTE, with a generic plan, which knows no values of parameters, in
 * a transaction that may only read and is rolled back.
 */
import { COLUMN_CATALOG, COLUMN_FACTS, SERVING_INDEX } from '../postgres/indexes/index-emitter';
import { IndexMatch } from '../postgres/indexes/postgres-index';
import type { Database } from './database';
import { type Comparison, comparisonsOf } from './filter-reading';
import { type PlanNode, type TableScan, tableScansOf, usesIndex } from './plan-reading';
import type { Statement } from './statement-splitting';

/** What became of trying an index. */
export type Trial =
  | { readonly outcome: 'used'; readonly costBefore: number; readonly costAfter: number }
  | { readonly outcome: 'unused' }
  | { readonly outcome: 'not tried'; readonly reason: string };

/** An index that the condition of a scan could use. */
export interface IndexAdvice {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly match: IndexMatch;
  /** An index of that kind that is there already, and that the plan does not use. */
  readonly existing?: string;
  readonly trial: Trial;
  readonly note?: string;
}

/** A scan of a whole table for a small part of it. */
export interface ScanFinding extends Omit<TableScan, 'alias'> {
  /** Rows of the table, as the planner estimates. */
  readonly rows: number;
  /** The best first. */
  readonly advice: readonly IndexAdvice[];
}

export interface AdviceOptions {
  /** Tables with fewer rows are read whole sooner than by an index. */
  readonly minRows: number;
  /** Schema of the extension hypopg; undefined where it is not. */
  readonly hypopgSchema?: string;
}

/** With more of the rows an index is no faster than the scan. A proposal; the planner changes over near it. */
const SMALL_PART = 0.1;
const PLAN_MILLISECONDS = 30_000;
const LOCK_MILLISECONDS = 5_000;
const PREPARED = 'cdk8s_tuned_query_check';

const FIRST_WORD = /^[\s(]*([A-Za-z]+)/;
/** Statements that can be prepared, and so planned without being run. */
const PLANNED = new Set(['SELECT', 'WITH', 'VALUES', 'TABLE', 'INSERT', 'UPDATE', 'DELETE', 'MERGE']);

export function isQuery({ text }: Statement): boolean {
  return PLANNED.has(FIRST_WORD.exec(text)?.[1].toUpperCase() ?? '');
}

/** The scans of one query; an error of the server is thrown as it is. */
export async function adviseOn(
  database: Database,
  { text }: Statement,
  options: AdviceOptions,
): Promise<ScanFinding[]> {
  await database.query('BEGIN TRANSACTION READ ONLY');
  try {
    await database.query(`SET LOCAL statement_timeout = ${PLAN_MILLISECONDS}`);
    await database.query(`SET LOCAL lock_timeout = ${LOCK_MILLISECONDS}`);
    await database.query('SET LOCAL plan_cache_mode = force_generic_plan');
    const plan = await planOf(database, text);
    const findings: ScanFinding[] = [];
    for (const { alias, ...scan } of tableScansOf(plan)) {
      const rows = await rowsOf(database, scan);
      if (rows < options.minRows || scan.wanted > rows * SMALL_PART) continue;
      const advice: IndexAdvice[] = [];
      const comparisons = comparisonsOf(scan.filter, alias);
      for (const comparison of comparisons.sort((a, b) => Number(a.isRange) - Number(b.isRange)))
        advice.push(...(await adviceFor(database, text, plan, scan, comparison, options)));
      findings.push({ ...scan, rows, advice: advice.sort(byWorth) });
    }
    return findings;
  } finally {
    await database.query('ROLLBACK');
    await database.query('DEALLOCATE ALL');
  }
}

async function planOf(database: Database, text: string): Promise<PlanNode> {
  await database.query(`PREPARE ${PREPARED} AS ${text}`);
  const [{ count }] = await database.query(
    'SELECT cardinality(parameter_types) AS count FROM pg_catalog.pg_prepared_statements WHERE name = $1',
    [PREPARED],
  );
  const nulls = Array.from({ length: Number(count) }, () => 'NULL').join(', ');
  const plan = await explain(database, `EXECUTE ${PREPARED}${nulls === '' ? '' : `(${nulls})`}`);
  await database.query(`DEALLOCATE ${PREPARED}`);
  return plan;
}

async function explain(database: Database, statement: string): Promise<PlanNode> {
  const [row] = await database.query(`EXPLAIN (VERBOSE, FORMAT JSON) ${statement}`);
  const [{ Plan: plan }] = row['QUERY PLAN'] as ReadonlyArray<{ readonly Plan: PlanNode }>;
  return plan;
}

/** By the planner, which sees the size of the file where statistics are old or missing. */
async function rowsOf(
  database: Database,
  { schema, table }: Pick<TableScan, 'schema' | 'table'>,
): Promise<number> {
  const plan = await explain(database, `TABLE ONLY ${quoted(schema)}.${quoted(table)}`);
  return plan['Plan Rows'];
}

const quoted = (identifier: string) => `"${identifier.replaceAll('"', '""')}"`;

const COLUMN_QUERY = `
SELECT found.*, (SELECT idx_rel.relname FROM ${SERVING_INDEX} LIMIT 1) AS existing
FROM (SELECT $1::text AS schema_name, $2::text AS table_name, $3::text AS column_name, $4::text AS match) AS ask
${COLUMN_CATALOG}
CROSS JOIN LATERAL (${COLUMN_FACTS}) AS found`;

/** Types that each match has an operator class for. */
const TEXT_TYPES: Readonly<Record<IndexMatch, readonly string[] | undefined>> = {
  [IndexMatch.EQUALITY]: undefined,
  [IndexMatch.PREFIX]: ['text', 'character varying', 'character'],
  [IndexMatch.CONTAINS]: ['text', 'character varying'],
};

async function adviceFor(
  database: Database,
  text: string,
  before: PlanNode,
  { schema, table }: Pick<TableScan, 'schema' | 'table'>,
  { column, match, isCast, isPatternUnknown }: Comparison,
  { hypopgSchema }: AdviceOptions,
): Promise<IndexAdvice[]> {
  const [facts] = await database.query(COLUMN_QUERY, [schema, table, column, match]);
  const type = String(facts?.type);
  // The index holds values of the column; only varchar and text are the same without a computation.
  if (isCast && type !== 'character varying') return [];
  if (TEXT_TYPES[match]?.includes(type) === false) return [];
  const index = { schema, table, column, match };
  if (typeof facts.existing === 'string') {
    const reason = 'it is there';
    return [{ ...index, existing: facts.existing, trial: { outcome: 'not tried', reason } }];
  }
  const trial = await tried(database, hypopgSchema, text, before, index, facts.sorts_by_bytes === true);
  const note = isPatternUnknown
    ? 'the pattern is a parameter, and this serves every pattern; where none begins with a wild card, write one into the file to see what a prefix would do'
    : undefined;
  return [{ ...index, trial, note }];
}

/** Plans the query again with an index that is there for the planner only. */
async function tried(
  database: Database,
  hypopgSchema: string | undefined,
  text: string,
  before: PlanNode,
  { schema, table, column, match }: Pick<IndexAdvice, 'schema' | 'table' | 'column' | 'match'>,
  sortsByBytes: boolean,
): Promise<Trial> {
  if (match === IndexMatch.CONTAINS) return { outcome: 'not tried', reason: 'hypopg knows no GIN index' };
  if (hypopgSchema === undefined) return { outcome: 'not tried', reason: 'the database has no hypopg' };
  const operatorClass = match === IndexMatch.PREFIX && !sortsByBytes ? ' text_pattern_ops' : '';
  const hypopg = quoted(hypopgSchema);
  const [{ indexname: name }] = await database.query(
    `SELECT indexname FROM ${hypopg}.hypopg_create_index($1)`,
    [`CREATE INDEX ON ${quoted(schema)}.${quoted(table)} (${quoted(column)}${operatorClass})`],
  );
  const after = await planOf(database, text);
  await database.query(`SELECT ${hypopg}.hypopg_reset()`);
  return usesIndex(after, String(name))
    ? { outcome: 'used', costBefore: before['Total Cost'], costAfter: after['Total Cost'] }
    : { outcome: 'unused' };
}

/** Tried and used first, the cheapest plan before the others; then what could not be tried; last what does not help. */
function byWorth(a: IndexAdvice, b: IndexAdvice): number {
  const worth = ({ trial, existing }: IndexAdvice) =>
    trial.outcome === 'used'
      ? trial.costAfter / trial.costBefore
      : trial.outcome === 'not tried' && existing === undefined
        ? 2
        : 3;
  return worth(a) - worth(b);
}
