/**
 * What drivers send in the first packet of a connection, and what becomes of it in a pooler.
 *
 * PgBouncer turns away whoever sends what it neither tracks nor ignores. It can track what Postgres reports to its clients:
 * before each transaction it compares the client's value with that of the connection, and sets it where they differ. What
 * Postgres does not report it would hand to the next client with the connection. Sources: PgBouncer's `varcache.c` and
 * `client.c`, and the list in "Asynchronous Operations" of Postgres's protocol.
 */
import type { PostgresVersion } from '../postgres-workload';

/** Parameters that every PgBouncer tracks, or takes for itself. */
const ALWAYS_TRACKED = [
  'application_name',
  'client_encoding',
  'DateStyle',
  'standard_conforming_strings',
  'TimeZone',
];
const OF_THE_PROTOCOL = ['database', 'replication', 'user'];

/** Parameters that a client may set and that Postgres reports, by the major that began to. */
const REPORTED_SINCE: Readonly<Record<string, number>> = {
  IntervalStyle: 0,
  default_transaction_read_only: 14,
  scram_iterations: 16,
  search_path: 18,
};

interface StartupParameter {
  readonly name: string;
  /** Who sends it, and why it may be left out. */
  readonly reason: string;
}

/** Tracked from the version on that reports them; `IntervalStyle` is PgBouncer's own default. */
const TRACKED: readonly StartupParameter[] = [
  { name: 'IntervalStyle', reason: 'how intervals are written as text' },
  { name: 'default_transaction_read_only', reason: 'a client that asks for it must not write' },
  { name: 'search_path', reason: 'currentSchema of JDBC, Search Path of Npgsql' },
];

/** Where one is tracked too, that comes first. */
const IGNORED: readonly StartupParameter[] = [
  { name: 'extra_float_digits', reason: 'JDBC and the exporter send it; since Postgres 12 floats are exact' },
  {
    name: 'options',
    reason: 'PGOPTIONS of libpq, options of node-postgres and psycopg; what is tracked in it still holds',
  },
  { name: 'jit', reason: 'asyncpg turns it off; the database decides' },
  { name: 'statement_timeout', reason: 'node-postgres, Npgsql and pgx; set it on the role' },
  { name: 'lock_timeout', reason: 'node-postgres; set it on the role' },
  { name: 'idle_in_transaction_session_timeout', reason: 'node-postgres; set it on the role' },
  { name: 'search_path', reason: 'before Postgres 18 it is not reported; set it on the role' },
  { name: 'IntervalStyle', reason: 'for a PgBouncer before 1.20, which cannot track it' },
];

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
const among = (names: readonly string[], name: string) => names.some((one) => same(one, name));

/** Parameters that a PgBouncer in front of a version can track. */
function trackable(version: PostgresVersion): string[] {
  return Object.keys(REPORTED_SINCE).filter((name) => REPORTED_SINCE[name] <= Number(version));
}

export interface StartupParameters {
  readonly version: PostgresVersion;
  /** The user's own, besides those that are usual. */
  readonly ignored: readonly string[];
  readonly tracked: readonly string[];
}

type Row = readonly [name: string, value: string, reason: string];

/** The two directives, with who sends what. */
export function startupDirectives({ version, ignored, tracked }: StartupParameters): Row[] {
  const reported = trackable(version);
  const usual = TRACKED.filter(({ name }) => reported.includes(name));
  return [
    list('track_extra_parameters', 'set anew for each client', usual, tracked),
    list('ignore_startup_parameters', 'accepted, and without effect', IGNORED, ignored),
  ];
}

function list(
  directive: string,
  what: string,
  usual: readonly StartupParameter[],
  own: readonly string[],
): Row {
  const names = usual.map(({ name }) => name);
  for (const name of own) if (!among(names, name)) names.push(name);
  const reasons = usual.map(({ name, reason }) => `${name} (${reason})`);
  return [directive, names.join(', '), `${what}: ${reasons.join('; ')}`];
}

/** Why a parameter cannot be ignored, or undefined when it can. */
export function ignoredParameterRule(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_.]{0,62}$/.test(name))
    return 'the name of a parameter, such as geqo: letters, digits, "_" and "."';
  if (among(ALWAYS_TRACKED, name)) return 'anything else; PgBouncer tracks it for every client; remove it';
  if (among(OF_THE_PROTOCOL, name))
    return 'anything else; it says what is connected to, and cannot be left out';
  return undefined;
}

/** Why a parameter cannot be tracked in front of a version, or undefined when it can. */
export function trackedParameterRule(version: PostgresVersion): (name: string) => string | undefined {
  const possible = trackable(version);
  return (name) =>
    among(possible, name)
      ? undefined
      : `${possible.join(', ')}; Postgres ${version} reports no other to its clients, so the value of one client ` +
        'would stay on the connection for the next; set it on the role, or name it in `ignoreStartupParameters`';
}
