/**
 * Writes the tables of what servers are told and what holds where nothing is said:
 *
 *   lib/redis/configuration/directive-table.ts   from `CONFIG GET *` of redis-server and valkey-server
 *   lib/redis/configuration/command-table.ts     from `COMMAND` of the same
 *   lib/postgres/pooler/directive-table.ts       from `SHOW CONFIG` of pgbouncer
 *   lib/nginx/configuration/directive-table.ts   from the sources of nginx's documentation (github.com/nginx/nginx.org)
 *
 *   node scripts/server-directives.mjs                       the first three, with the servers of this machine
 *   node scripts/server-directives.mjs --check               fails when they are not what it would write
 *   node scripts/server-directives.mjs --nginx DIRECTORY     the fourth, from a checkout of nginx.org
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import prettier from 'prettier';
import { root } from './project.mjs';

/** Directives whose default is of the machine or of the test, by the default of the documentation. */
const OF_THE_MACHINE = {
  dir: './',
  logfile: '',
  pidfile: '',
  port: '6379',
  unixsocket: '',
  unixsocketperm: '0',
};

/** Modules that a proxy or a cache is made of; those of the commercial version are left out. */
const MODULES = [
  ...['access', 'auth_request', 'charset', 'core', 'geo', 'grpc', 'gunzip', 'gzip', 'gzip_static', 'headers'],
  ...[
    'index',
    'limit_conn',
    'limit_req',
    'log',
    'map',
    'mirror',
    'proxy',
    'realip',
    'rewrite',
    'slice',
    'split_clients',
  ],
  ...['ssl', 'stub_status', 'sub', 'upstream', 'v2', 'v3'],
];

function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

async function until(holds) {
  for (let tries = 0; tries < 100; tries += 1) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('a server does not answer');
}

/** Directives of a server of the family, by name, as they are without a configuration, and the names of its commands. */
async function redisFacts(program, scratch) {
  const socket = join(scratch, `${program}.sock`);
  const server = spawn(program, ['--port', '0', '--unixsocket', socket], { cwd: scratch, stdio: 'ignore' });
  try {
    const ask = (...args) => spawnSync('redis-cli', ['-s', socket, ...args], { encoding: 'utf8' });
    await until(() => ask('PING').stdout === 'PONG\n');
    const [, version] = /v=(\d+\.\d+)\.\d+/.exec(run(program, ['--version'])) ?? [];
    const lines = ask('CONFIG', 'GET', '*').stdout.split('\n').slice(0, -1);
    const pairs = Array.from({ length: lines.length / 2 }, (_, index) => [
      lines[2 * index],
      lines[2 * index + 1],
    ]);
    const commands = JSON.parse(ask('-3', '--json', 'COMMAND').stdout).flatMap(commandNames);
    return { version, commands, defaults: new Map([...pairs, ...Object.entries(OF_THE_MACHINE)]) };
  } finally {
    server.kill('SIGKILL');
  }
}

/** The name of a command and, as an ACL writes them, those of its subcommands. */
function commandNames([name, , , , , , , , , subcommands]) {
  return [name, ...subcommands.map(([subcommand]) => subcommand)];
}

function commandTable({ redis, valkey }) {
  const names = [...new Set([...redis.commands, ...valkey.commands])].sort();
  const engines = (name) => [
    ...(redis.commands.includes(name) ? ['redis'] : []),
    ...(valkey.commands.includes(name) ? ['valkey'] : []),
  ];
  return `/**
 * What \`COMMAND\` of Redis ${redis.version} and Valkey ${valkey.version} lists: a command, or a subcommand as an ACL writes it, and the engines that
 * have it. Written by \`node scripts/server-directives.mjs\`; do not edit.
 */
export const COMMAND_ROWS: readonly string[] = [
${names.map((name) => `  ${quoted([name, ...engines(name)].join(' '))},`).join('\n')}
];
`;
}

function redisTable({ redis, valkey }) {
  const names = [...new Set([...redis.defaults.keys(), ...valkey.defaults.keys()])].sort();
  const cell = ({ defaults }, name) => defaults.get(name) ?? '~';
  return `/**
 * What \`CONFIG GET *\` of Redis ${redis.version} and Valkey ${valkey.version} says without a configuration: directive, default of Redis, default
 * of Valkey; \`~\` where the engine has no such directive. Written by \`node scripts/server-directives.mjs\`; do not edit.
 */
export const DIRECTIVE_ROWS: readonly string[] = [
${names.map((name) => `  ${quoted(`${name}|${cell(redis, name)}|${cell(valkey, name)}`)},`).join('\n')}
];
`;
}

/** `SHOW CONFIG` states the default of each directive. */
async function pgbouncerTable(scratch) {
  const users = join(scratch, 'users.txt');
  writeFileSync(users, '"admin" "admin"\n');
  const file = join(scratch, 'pgbouncer.ini');
  writeFileSync(
    file,
    `[databases]\n[pgbouncer]\nlisten_port = 6543\nlisten_addr =\nunix_socket_dir = ${scratch}\nauth_type = any\nadmin_users = admin\nauth_file = ${users}\n`,
  );
  const unprivileged = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const server = spawn('pgbouncer', [file], { cwd: scratch, stdio: 'ignore', ...unprivileged });
  try {
    const ask = () =>
      spawnSync(
        'psql',
        ['-h', scratch, '-p', '6543', '-U', 'admin', '-At', '-F', '|', '-c', 'SHOW CONFIG', 'pgbouncer'],
        {
          encoding: 'utf8',
        },
      );
    await until(() => ask().status === 0);
    const [, version] = /PgBouncer (\d+\.\d+)/.exec(run('pgbouncer', ['--version'])) ?? [];
    const rows = ask()
      .stdout.split('\n')
      .filter((line) => line.includes('|'))
      .map((line) => line.split('|'))
      .map(([name, , otherwise]) => `${name}|${otherwise}`)
      .sort();
    return `/**
 * Directives of PgBouncer ${version} and their defaults, as \`SHOW CONFIG\` states them. Written by
 * \`node scripts/server-directives.mjs\`; do not edit.
 */
export const PGBOUNCER_ROWS: readonly string[] = [
${rows.map((row) => `  ${quoted(row)},`).join('\n')}
];
`;
  } finally {
    server.kill('SIGKILL');
  }
}

function nginxTable(documentation) {
  const folder = join(documentation, 'xml/en/docs');
  const files = [
    'ngx_core_module.xml',
    ...readdirSync(join(folder, 'http'))
      .filter((file) => MODULES.includes(/^ngx_http_(\w+)_module\.xml$/.exec(file)?.[1]))
      .map((file) => `http/${file}`),
  ];
  const rows = files.flatMap((file) =>
    [
      ...readFileSync(join(folder, file), 'utf8').matchAll(
        /<directive name="([^"]+)">([\s\S]*?)<\/directive>/g,
      ),
    ]
      .filter(([, , text]) => !text.includes('<commercial_version>commercial'))
      .map(([, name, text]) => {
        const since = /<appeared-in>([\d.]+)<\/appeared-in>/.exec(text)?.[1] ?? '';
        const given = /<default>([\s\S]*?)<\/default>/.exec(text)?.[1] ?? '';
        const words = given
          .replace(/<[^>]+>/g, '')
          .replace(/\s+/g, ' ')
          .trim();
        return `${name} ${since} ${words.startsWith(name) ? words.slice(name.length).trim() : words}`.trimEnd();
      }),
  );
  return `/**
 * Directives of nginx: name, the version that it came with where the documentation says it, and its default. Written by
 * \`node scripts/server-directives.mjs --nginx DIRECTORY\` from the sources of nginx's documentation; do not edit.
 */
export const NGINX_ROWS: readonly string[] = [
${[...new Set(rows)]
  .sort()
  .map((row) => `  ${quoted(row)},`)
  .join('\n')}
];
`;
}

function quoted(text) {
  return text.includes("'") ? JSON.stringify(text) : `'${text.replaceAll('\\', '\\\\')}'`;
}

/** Writes a table as Prettier leaves it, or compares it. */
async function put(file, text) {
  const target = join(root, file);
  const options = await prettier.resolveConfig(target);
  const formatted = await prettier.format(text, { ...options, filepath: target });
  if (!process.argv.includes('--check')) writeFileSync(target, formatted);
  else if (readFileSync(target, 'utf8') !== formatted) {
    console.error(`${file} is not what its generator writes; run node scripts/server-directives.mjs`);
    process.exitCode = 1;
  }
}

const scratch = mkdtempSync(join(tmpdir(), 'server-directives-'));
try {
  run('chmod', ['0777', scratch]);
  const at = process.argv.indexOf('--nginx');
  if (at > 0) await put('lib/nginx/configuration/directive-table.ts', nginxTable(process.argv[at + 1]));
  else {
    const family = {
      redis: await redisFacts('redis-server', scratch),
      valkey: await redisFacts('valkey-server', scratch),
    };
    await put('lib/redis/configuration/directive-table.ts', redisTable(family));
    await put('lib/redis/configuration/command-table.ts', commandTable(family));
    await put('lib/postgres/pooler/directive-table.ts', await pgbouncerTable(scratch));
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
