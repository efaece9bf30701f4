/** What a new volume begins with: further databases, extensions, and scripts of the user's. */
import type { Checks } from '../finding/checks';
import { parseImage } from '../units/image';
import { databaseNameRule } from '../units/names';
import { formatBytes, KIB } from '../units/quantity';
import { unsafeTextReason } from '../units/text';
import type { TunedPostgresProps } from './tuned-postgres-props';

/** A script by the name of its file. */
export interface InitScript {
  readonly file: string;
  readonly sql: string;
}

export interface FirstStart {
  /** Further databases of the application's role. */
  readonly databases: readonly string[];
  /** Extensions of every database. */
  readonly extensions: readonly string[];
  /** Scripts in the order of their names: a map of another language has no order of its own. */
  readonly scripts: readonly InitScript[];
}

/** Database of the application where none is named. */
export const DEFAULT_DATABASE = 'app';

/** Role of the application where none is named. */
export const DEFAULT_ROLE = 'app';

/** The API server takes a ConfigMap of 1 MiB at most, with everything around its data. */
const MAX_SCRIPT_BYTES = 900 * KIB;

/** Extensions that can be made only where the server has loaded their library at its start. */
const PRELOADED: ReadonlySet<string> = new Set(['citus', 'pg_cron', 'pgaudit', 'pglogical', 'timescaledb']);

export function firstStartOf(props: TunedPostgresProps): FirstStart {
  const scripts = Object.entries(props.initSql ?? {}).map(([file, sql]) => ({ file, sql }));
  return {
    databases: props.databases ?? [],
    extensions: props.extensions ?? [],
    scripts: scripts.sort((a, b) => (a.file < b.file ? -1 : 1)),
  };
}

export function checkFirstStart(
  checks: Checks,
  props: TunedPostgresProps,
  { isManaged }: { readonly isManaged: boolean },
): void {
  checkDatabases(checks, props);
  checkExtensions(checks, props);
  const at = checks.at('initSql');
  const { scripts } = firstStartOf(props);
  for (const { file, sql } of scripts) {
    at.text(file, file, fileRule);
    checkScript(at, file, sql);
    if (isManaged && /^\s*\\/m.test(String(sql)))
      at.fail(file, sql, 'the operator runs SQL, and no commands of psql, which begin with a "\\"');
  }
  const bytes = scripts.reduce((sum, { sql }) => sum + new TextEncoder().encode(String(sql)).length, 0);
  if (bytes > MAX_SCRIPT_BYTES)
    checks.fail(
      'initSql',
      formatBytes(bytes),
      `allowed: ${formatBytes(MAX_SCRIPT_BYTES)} together, since they are in a ConfigMap; make large tables in a migration`,
    );
}

function checkDatabases(checks: Checks, props: TunedPostgresProps): void {
  const seen = new Set([props.database ?? DEFAULT_DATABASE]);
  props.databases?.forEach((name, index) => {
    checks.text(`databases[${index}]`, name, databaseNameRule);
    if (seen.has(name)) checks.fail(`databases[${index}]`, name, 'there is one of this name; remove it');
    seen.add(name);
  });
}

function checkExtensions(checks: Checks, props: TunedPostgresProps): void {
  const loaded = props.preloadLibraries ?? [];
  props.extensions?.forEach((name, index) => {
    checks.text(`extensions[${index}]`, name, extensionRule);
    if (PRELOADED.has(name) && !loaded.includes(name))
      checks.fail(
        `extensions[${index}]`,
        name,
        `the server must load its library when it starts; add "${name}" to \`preloadLibraries\``,
      );
  });
  // The scripts of that image make the extension, whether or not it is asked for.
  if (typeof props.image !== 'string' || loaded.includes('timescaledb')) return;
  if (['timescaledb', 'timescaledb-ha'].includes(parseImage(props.image).name))
    checks.fail(
      'image',
      props.image,
      'it makes the extension timescaledb on the first start, which fails unless its library is loaded; ' +
        'add "timescaledb" to `preloadLibraries`',
    );
}

function checkScript(checks: Checks, file: string, sql: string): void {
  if (typeof sql !== 'string') return checks.fail(file, sql, 'allowed: SQL as text');
  if (sql.trim() === '') return checks.fail(file, sql, 'allowed: at least one statement; remove it');
  for (const line of sql.split(/\r?\n/)) {
    const reason = unsafeTextReason(line.replaceAll('\t', ' '));
    if (reason !== undefined)
      return checks.fail(file, line, `the line ${reason}; allowed: printable text, tabs and new lines`);
  }
}

/** Name of a file that needs no quotes: a key of a ConfigMap, and a path for psql. */
function fileRule(name: string): string | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.sql$/.test(name)
    ? undefined
    : 'the name of a file that ends in .sql, such as 10-schema.sql: at most 104 letters, digits, ".", "_" and "-"';
}

/** An extension by the name of its control file, such as `uuid-ossp`. */
function extensionRule(name: string): string | undefined {
  return /^[a-z][a-z0-9_-]{0,62}$/.test(name)
    ? undefined
    : 'the name of an extension in the image, such as postgis: lower-case letters, digits, "_" and "-"';
}
