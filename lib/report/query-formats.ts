/** What was found in queries, in the formats that people and tools read. */
import { IndexMatch } from '../postgres/indexes/postgres-index';
import type { IndexAdvice, ScanFinding } from '../query/query-advice';

export type QueryFormat = 'text' | 'json';

/** What became of one statement of a file. */
export interface StatementOutcome {
  readonly file: string;
  readonly line: number;
  readonly findings: readonly ScanFinding[];
  /** Why the server could not plan it. */
  readonly error?: string;
}

export interface QueryReport {
  readonly statements: readonly StatementOutcome[];
  /** Statements that are no queries, such as SET and CREATE TABLE. */
  readonly skipped: number;
  readonly notes: readonly string[];
}

export const QUERY_FORMATS: Readonly<Record<QueryFormat, (report: QueryReport) => string>> = {
  text: toText,
  json: (report) => `${JSON.stringify(report, null, 2)}\n`,
};

function toText({ statements, skipped, notes }: QueryReport): string {
  const lines = statements.flatMap(({ file, line, findings, error }) => [
    ...(error === undefined ? [] : [`${file}:${line}: cannot be planned: ${error}`]),
    ...findings.flatMap((finding) => [
      `${file}:${line}: reads all ${finding.rows} rows of ${finding.schema}.${finding.table} for about ${finding.wanted}`,
      `  where ${finding.filter}`,
      ...(finding.advice.length > 0
        ? finding.advice.flatMap(adviceLines)
        : ['  no index of addIndex serves this condition']),
    ]),
  ]);
  const scanning = statements.filter(({ findings }) => findings.length > 0).length;
  const failed = statements.filter(({ error }) => error !== undefined).length;
  return [
    ...lines,
    ...(lines.length > 0 ? [''] : []),
    ...notes.map((note) => `note: ${note}`),
    `${statements.length} queries: ${scanning} read a whole table for a small part of it, ${failed} could not be planned` +
      (skipped > 0 ? `; ${skipped} statements are no queries` : ''),
    '',
  ].join('\n');
}

function adviceLines(advice: IndexAdvice): string[] {
  const { column, match, trial, existing, note } = advice;
  if (existing !== undefined) {
    return [
      `  ${existing} serves "${match}" on ${column}, but the plan does not use it: the pattern may be too short, or the statistics too old (ANALYZE)`,
    ];
  }
  if (trial.outcome === 'unused')
    return [`  an index for "${match}" on ${column} was tried, and is not used`];
  return [
    `  ${callOf(advice)}`,
    trial.outcome === 'used'
      ? `    tried: it is used, and the estimated cost falls from ${trial.costBefore} to ${trial.costAfter}`
      : `    not tried: ${trial.reason}`,
    ...(note === undefined ? [] : [`    ${note}`]),
  ];
}

const MATCH_MEMBERS: Readonly<Record<IndexMatch, string>> = {
  [IndexMatch.EQUALITY]: 'EQUALITY',
  [IndexMatch.PREFIX]: 'PREFIX',
  [IndexMatch.CONTAINS]: 'CONTAINS',
};

/** The line for the app. */
function callOf({ schema, table, column, match }: IndexAdvice): string {
  const text = (value: string) => `'${value.replace(/[\\']/g, '\\$&')}'`;
  const place = schema === 'public' ? '' : `schema: ${text(schema)}, `;
  return `db.addIndex({ ${place}table: ${text(table)}, column: ${text(column)}, match: IndexMatch.${MATCH_MEMBERS[match]} });`;
}
