import { readFileSync } from 'fs';
import { connect, type Connection, ConnectionError } from '../query/database';
import { adviseOn, isQuery } from '../query/query-advice';
import { splitStatements, type Statement } from '../query/statement-splitting';
import {
  QUERY_FORMATS,
  type QueryFormat,
  type QueryReport,
  type StatementOutcome,
} from '../report/query-formats';
import { type CommandOutput, EXIT, oneOf, parseArguments, UsageError } from './command';

export const QUERY_CHECK_USAGE = `Usage: cdk8s-tuned query-check [--database URL] FILE… [--format FORMAT] [--min-rows N]

Asks Postgres how it would run the queries of SQL files, without running them, and says which read a
whole table for a small part of it, and which addIndex() would help. Parameters are $1, $2, …

  FILE             statements with a semicolon after each, or - for standard input
  --database URL   postgres://user@host:port/database; what it does not say comes from PGHOST, PGPORT,
                   PGDATABASE, PGUSER and PGPASSWORD. A password in PGPASSWORD is seen by fewer.
  --format FORMAT  text (default) or json
  --min-rows N     smaller tables are read whole anyway; 10000 by default

Exits with 0 when no query does, 1 when one does, 2 when the database cannot be asked, a query cannot
be planned, or there is none.
`;

const MIN_ROWS = 10_000;

interface Query {
  readonly file: string;
  readonly statement: Statement;
}

const OPTIONS = {
  database: { type: 'string' },
  format: { type: 'string' },
  'min-rows': { type: 'string' },
} as const;

/** Runs `query-check` with its arguments. */
export async function queryCheck(args: readonly string[], readInput: () => string): Promise<CommandOutput> {
  const { values, positionals } = parseArguments(args, OPTIONS);
  if (values.help === true) return { text: QUERY_CHECK_USAGE, exitCode: EXIT.holds };
  const format = oneOf('--format', values.format ?? 'text', Object.keys(QUERY_FORMATS)) as QueryFormat;
  const minRows = wholeNumber('--min-rows', values['min-rows'] ?? `${MIN_ROWS}`);
  if (positionals.length === 0) throw new UsageError(`which queries?\n\n${QUERY_CHECK_USAGE}`);
  const all = positionals.flatMap((file) => statementsOf(file, readInput));
  const queries = all.filter(({ statement }) => isQuery(statement));
  if (queries.length === 0) throw new UsageError(`no query in ${positionals.join(', ')}`);
  if (values.database === undefined && process.env.PGHOST === undefined)
    throw new UsageError('which database? allowed: --database postgres://user@host:port/database, or PGHOST');
  const report = await ask(values.database, queries, all.length - queries.length, minRows);
  const failed = report.statements.some(({ error }) => error !== undefined);
  const found = report.statements.some(({ findings }) => findings.length > 0);
  return {
    text: QUERY_FORMATS[format](report),
    exitCode: failed ? EXIT.unusable : found ? EXIT.broken : EXIT.holds,
  };
}

async function ask(
  address: string | undefined,
  queries: readonly Query[],
  skipped: number,
  minRows: number,
): Promise<QueryReport> {
  let connection: Connection;
  try {
    connection = await connect(address);
  } catch (error) {
    if (error instanceof ConnectionError) throw new UsageError(error.message);
    throw error;
  }
  try {
    const { hypopgSchema, notes } = await hypopgOf(connection);
    const statements: StatementOutcome[] = [];
    for (const { file, statement } of queries) {
      const place = { file, line: statement.line };
      try {
        statements.push({
          ...place,
          findings: await adviseOn(connection, statement, { minRows, hypopgSchema }),
        });
      } catch (error) {
        statements.push({ ...place, findings: [], error: (error as Error).message });
      }
    }
    return { statements, skipped, notes };
  } finally {
    await connection.end();
  }
}

/** Where the functions of hypopg are, and what to do when they are not. */
async function hypopgOf(connection: Connection): Promise<{ hypopgSchema?: string; notes: string[] }> {
  const [{ schema, available }] = await connection.query(
    `SELECT (SELECT nspname FROM pg_catalog.pg_extension JOIN pg_catalog.pg_namespace nsp ON nsp.oid = extnamespace
             WHERE extname = 'hypopg') AS schema,
            EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'hypopg') AS available`,
  );
  if (typeof schema === 'string') return { hypopgSchema: schema, notes: [] };
  const how = available === true ? 'CREATE EXTENSION hypopg' : 'install hypopg on a copy of the database';
  return { notes: [`without the extension hypopg no index can be tried; ${how} to have them tried`] };
}

function wholeNumber(option: string, value: string): number {
  if (/^\d{1,12}$/.test(value)) return Number(value);
  throw new UsageError(`${option} is ${JSON.stringify(value)}; allowed: a whole number`);
}

function statementsOf(file: string, readInput: () => string): Query[] {
  let text: string;
  try {
    text = file === '-' ? readInput() : readFileSync(file, 'utf8');
  } catch {
    throw new UsageError(`${file} cannot be read`);
  }
  // A byte order mark is no part of the first statement.
  const sql = text.replace(/^\ufeff/, '');
  return splitStatements(sql).map((statement) => ({
    file: file === '-' ? 'standard input' : file,
    statement,
  }));
}
