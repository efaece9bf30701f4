/**
 * Writes lib/postgres/parameters/parameter-table.ts: name, type, unit, range, context and default of every parameter of
 * Postgres 13 to 18, as the servers themselves state them. Each runs once, in single-user mode.
 *
 *   node scripts/postgres-parameters.mjs            writes the table
 *   node scripts/postgres-parameters.mjs --check    fails when it is not what it would write
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EMBEDDED_MAJORS, ensureEmbeddedPostgres } from './embedded-postgres.mjs';
import { root } from './project.mjs';

/**
 * Values that a build leaves out when a library is missing, as it is in these packages; the images that we name have
 * them (lib/postgres/image-capabilities.ts).
 */
const BUILD_OPTIONS = [
  { name: 'default_toast_compression', since: 14, values: ['lz4'] },
  { name: 'wal_compression', since: 15, values: ['lz4', 'zstd'] },
  { name: 'io_method', since: 18, values: ['io_uring'] },
];

/** Parameters whose default is a path of the build, which says nothing of another. */
const BUILD_PATHS = new Set([
  'krb_server_keyfile',
  'unix_socket_directories',
  'ssl_ca_file',
  'dynamic_library_path',
]);

const QUERY =
  "SELECT concat_ws('|', name, context, vartype, coalesce(unit, ''), coalesce(min_val, ''), coalesce(max_val, ''), " +
  "coalesce(array_to_string(enumvals, ','), ''), coalesce(boot_val, '')) AS parameter FROM pg_settings;\n";

const UNPRIVILEGED = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const target = join(root, 'lib/postgres/parameters/parameter-table.ts');

function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    cwd: '/',
    ...UNPRIVILEGED,
    ...options,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Rows of `pg_settings` of one major. */
function settingsOf(major, scratch) {
  // From a copy that every user may run: the project may lie in a home that is closed to others.
  const native = join(scratch, `${major}-programs`);
  cpSync(join(ensureEmbeddedPostgres(major), '..'), native, { recursive: true, verbatimSymlinks: true });
  const programs = join(native, 'bin');
  const data = join(scratch, major);
  mkdirSync(data, { mode: 0o700 });
  if (UNPRIVILEGED.uid !== undefined) chownSync(data, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
  run(join(programs, 'initdb'), ['-D', data, '-U', 'postgres', '--locale=C', '--no-sync']);
  const output = run(join(programs, 'postgres'), ['--single', '-j', '-D', data, 'postgres'], {
    input: QUERY,
  });
  return [...output.matchAll(/parameter = "(.*?)"\t/g)].map(([, row]) =>
    withBuildOptions(row, Number(major)),
  );
}

function withBuildOptions(row, major) {
  const [name, context, type, unit, min, max, values, boot] = row.split('|');
  const missing = BUILD_OPTIONS.filter((one) => one.name === name && major >= one.since).flatMap(
    (one) => one.values,
  );
  const all = missing.length > 0 ? [...new Set([...values.split(','), ...missing])].join(',') : values;
  return [name, context, type, unit, min, max, all, BUILD_PATHS.has(name) ? '' : boot].join('|');
}

/** One row for each parameter and each way that it is defined, with the first and the last major of it. */
function merge(byMajor) {
  const rows = new Map();
  for (const [major, settings] of byMajor) {
    for (const row of settings) rows.set(row, { first: rows.get(row)?.first ?? major, last: major });
  }
  return [...rows]
    .map(([row, { first, last }]) => `${row}|${first}|${last}`)
    .sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
}

const scratch = mkdtempSync(join(tmpdir(), 'postgres-parameters-'));
chmodSync(scratch, 0o755);
try {
  const rows = merge(EMBEDDED_MAJORS.map((major) => [Number(major), settingsOf(major, scratch)]));
  const text = `/**
 * Parameters of Postgres 13 to 18: name, context, type, unit, least, most, values, default in that unit
 * (boot_val), first and last major. Written by \`node scripts/postgres-parameters.mjs\` from what the servers
 * state (pg_settings); do not edit.
 */
export const PARAMETER_ROWS: readonly string[] = [
${rows.map((row) => (row.includes("'") ? `  ${JSON.stringify(row)},` : `  '${row}',`)).join('\n')}
];
`;
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) {
    console.error(
      'lib/postgres/parameters/parameter-table.ts is not what its generator writes; run node scripts/postgres-parameters.mjs',
    );
    process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
