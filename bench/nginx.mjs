/**
 * `npm run bench:nginx`: the caching proxy as it is committed in dist/, against the guide's configuration and against plain
 * static files, which are the limit. All of them run at once and are asked in turns, so that what else the machine does
 * meets all; what counts are ratios of medians, and the CPU that nginx itself used, from /proc.
 *
 *   node bench/nginx.mjs                  prints the tables
 *   node bench/nginx.mjs --write          and puts them into docs/benchmarks.md
 *   node bench/nginx.mjs --nginx PATH     with another nginx than that of the system, such as the version of the image
 */
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, get, request } from 'node:http';
import { cpus, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { parseAllDocuments } from 'yaml';
import { root } from '../scripts/project.mjs';
import { cpuSeconds } from './processes.mjs';

const ROUNDS = 5;
const SECONDS = 3;
const CONNECTIONS = 64;
const HOST = 'shop.example.com';
const PAGE = Buffer.from(
  `<!doctype html>${Array.from({ length: 400 }, (_, n) => `<p class="item-${n % 40}">Item ${n * 7919} of the shop</p>`).join('\n')}`,
).subarray(0, 20_480);

const { values: options } = parseArgs({
  options: { write: { type: 'boolean' }, nginx: { type: 'string', default: 'nginx' } },
});
const NGINX = options.nginx;
const VERSION = /[\d.]+/.exec(spawnSync(NGINX, ['-v'], { encoding: 'utf8' }).stderr ?? '')?.[0];

for (const program of [NGINX, 'wrk']) {
  if (spawnSync(program, ['-v']).error) {
    console.error(`${program} is missing: apt-get install nginx wrk`);
    process.exit(1);
  }
}

const directory = mkdtempSync(join(tmpdir(), 'cdk8s-tuned-bench-'));
const user = userInfo().uid === 0 ? { uid: 65534, gid: 65534 } : {};
const own = (path) => user.uid !== undefined && chownSync(path, user.uid, user.gid);
own(directory);
const processes = [];

/** Starts nginx with a configuration; knows its workers. */
async function nginx(name, port, configuration) {
  const file = join(directory, `${name}.conf`);
  writeFileSync(file, configuration);
  const child = spawn(NGINX, ['-c', file, '-e', join(directory, `${name}.log`), '-g', 'daemon off;'], {
    ...user,
    stdio: 'ignore',
  });
  processes.push(child);
  for (let tries = 0; ; tries += 1) {
    if (await isUp(port)) break;
    if (tries > 50) throw new Error(readFileSync(join(directory, `${name}.log`), 'utf8'));
    await sleep(100);
  }
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(/\s+/);
  // The loader of a cache ends after a while; requests are the workers' alone.
  const pids = children.filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('worker process'),
  );
  return { name, port, pids };
}

const isUp = (port) =>
  new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path: '/page', headers: { host: HOST }, agent: false }, (answer) => {
      answer.resume();
      resolve(true);
    }).on('error', () => resolve(false));
  });

const ZIPPED = 'guide, origin compresses';

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** A round of wrk; a script of it may choose paths. */
async function wrk({ port, pids }, { headers, path = '/page', script, seconds = SECONDS }) {
  const before = cpuSeconds(...pids);
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--latency', '--timeout', '30s'];
  for (const header of [`Host: ${HOST}`, ...headers]) args.push('-H', header);
  if (script) args.push('-s', script);
  const child = spawn('wrk', [...args, `http://127.0.0.1:${port}${path}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  await new Promise((resolve) => child.on('exit', resolve));
  const requests = Number(/(\d+) requests in/.exec(output)[1]);
  const failed = Number(/Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? 0);
  if (failed > 0 || /Socket errors/.test(output)) throw new Error(output);
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(output)[1]),
    microseconds: ((cpuSeconds(...pids) - before) / requests) * 1e6,
    p99: /99%\s+(\S+)/.exec(output)[1],
    requests,
  };
}

/** An application; it can compress, and takes its time. */
async function origin(delay) {
  const zipped = gzipSync(PAGE);
  const state = { hits: 0, connections: 0, compresses: false };
  const server = createServer((incoming, outgoing) => {
    state.hits += 1;
    const gzip = state.compresses && /gzip/.test(incoming.headers['accept-encoding'] ?? '');
    const short = incoming.url.startsWith('/mixed') ? { 'cache-control': 'max-age=1' } : {};
    const headers = { 'content-type': 'text/html', ...(gzip && { 'content-encoding': 'gzip' }), ...short };
    const answer = () => outgoing.writeHead(200, headers).end(gzip ? zipped : PAGE);
    if (delay === 0) answer();
    else sleep(delay).then(answer);
  });
  server.on('connection', () => (state.connections += 1));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { state, port: server.address().port, close: () => (server.closeAllConnections(), server.close()) };
}

const CROWD = 200;
const CROWD_DELAY = 100;

/** Pages of an application, by what is told of storing them. */
const KINDS = {
  stored: {},
  'no-store': { 'cache-control': 'no-store' },
  'sets a cookie': { 'set-cookie': 'sid=1' },
  'Vary: Cookie': { vary: 'Cookie' },
};

/** One visitor; the time until the whole answer is there, undefined when there is none. */
const visit = (port, path, agent) =>
  new Promise((resolve) => {
    const start = performance.now();
    const outgoing = request(
      { host: '127.0.0.1', port, path, agent, headers: { host: HOST } },
      (incoming) => {
        incoming.resume();
        incoming.on('error', () => resolve(undefined));
        incoming.on('end', () =>
          resolve(incoming.statusCode === 200 ? performance.now() - start : undefined),
        );
      },
    );
    outgoing.on('error', () => resolve(undefined));
    outgoing.end();
  });

/** Crowds on cold pages, of each kind and of two at once. */
async function crowdsOf() {
  let hits = 0;
  const server = createServer((incoming, outgoing) => {
    hits += 1;
    const kind = Object.values(KINDS)[Number(/^\/(\d)/.exec(incoming.url)?.[1] ?? 0)];
    sleep(CROWD_DELAY).then(() =>
      outgoing.writeHead(200, { 'content-type': 'text/html', ...kind }).end(PAGE),
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const originPort = server.address().port;
  const sides = [];
  for (const [name, port, configuration] of [
    ['ours', 21_700, ours(21_700, originPort, 'crowd-ours')],
    ['guide', 21_800, guide(21_800, originPort, 'crowd-guide')],
  ])
    sides.push(await nginx(`crowd-${name}`, port, configuration));
  const agent = new Agent({ keepAlive: true, maxSockets: 1000 });
  const rows = [];
  const kinds = Object.keys(KINDS);
  for (const what of [...kinds.map((kind) => [kind]), ['stored', 'no-store']]) {
    for (const { name, port } of sides) {
      hits = 0;
      const times = await Promise.all(
        what.flatMap((kind) =>
          Array.from({ length: CROWD }, () => visit(port, `/${kinds.indexOf(kind)}/${what.length}`, agent)),
        ),
      );
      const done = times.filter((one) => one !== undefined).toSorted((a, b) => a - b);
      const at = (share) => Math.round(done[Math.min(done.length - 1, Math.floor(share * done.length))]);
      rows.push(
        `| ${what.join(' and ')} | ${name.replace('crowd-', '')} | ${at(0.5)} | ${at(0.95)} | ${at(0.99)} | ${times.length - done.length} | ${hits} |`,
      );
    }
  }
  agent.destroy();
  server.closeAllConnections();
  server.close();
  return rows;
}

const head = (workers, name) => `worker_processes ${workers};
pid ${directory}/${name}.pid;
events { worker_connections 4096; }
`;
const temporary = (name) =>
  ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((one) => `${one}_temp_path ${directory}/${name}-${one};`)
    .join('\n');

/** Ours, from dist/, at free ports of this machine. */
function ours(port, originPort, zone) {
  const manifests = readFileSync(join(root, 'dist/prod/edge.k8s.yaml'), 'utf8');
  const map = parseAllDocuments(manifests)
    .map((one) => one.toJS())
    .find(({ kind }) => kind === 'ConfigMap');
  mkdirSync(join(directory, zone));
  own(join(directory, zone));
  const places = [
    ['listen 8080', `listen 127.0.0.1:${port}`],
    ['listen 8081', `listen 127.0.0.1:${port + 1}`],
    ['127.0.0.1:8082', `127.0.0.1:${port + 2}`],
    ['@DNS_SERVERS@', '127.0.0.1:1'],
    ['shop-web.@NAMESPACE_DOMAIN@:80 max_fails=0 resolve', `127.0.0.1:${originPort} max_fails=0`],
    ['/dev/stdout', join(directory, `${zone}.access`)],
    ['/var/log/caching-proxy', directory],
    ['/tmp/', `${join(directory, zone)}/`],
    ['/var/cache/nginx', join(directory, zone)],
  ];
  // An older nginx does not know the directive; nobody here sends many lines of headers.
  const knows = VERSION.localeCompare('1.29.8', undefined, { numeric: true }) >= 0;
  const text = map.data['nginx.conf'].replace(/^ *max_headers .*\n/m, knows ? '$&' : '');
  for (const [from] of places) if (!text.includes(from)) throw new Error(`not in the configuration: ${from}`);
  const literal = (place) => place.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const longestFirst = places.map(([from]) => from).sort((one, other) => other.length - one.length);
  return text.replace(new RegExp(longestFirst.map(literal).join('|'), 'g'), (from) =>
    new Map(places).get(from),
  );
}

/** The guide's, included as the image does. */
function guide(port, originPort, zone) {
  const source = readFileSync(join(root, 'apps/guide/as-written.ts'), 'utf8');
  const site = /NGINX_CACHE_CONFIG = `([^`]*)`/.exec(source)[1];
  mkdirSync(join(directory, zone));
  own(join(directory, zone));
  return `${head(cpus().length, zone)}
http {
  access_log ${join(directory, `${zone}.access`)};
  sendfile on;
  keepalive_timeout 65;
  ${temporary(zone)}
  upstream backend { server 127.0.0.1:${originPort}; }
  ${site.replace('listen 80;', `listen 127.0.0.1:${port};`).replaceAll('/var/cache/nginx', join(directory, zone))}
}
`;
}

/** The limit: a file and its compressed copy, open, without a log. */
function plain(port) {
  mkdirSync(join(directory, 'www'));
  writeFileSync(join(directory, 'www/page'), PAGE);
  writeFileSync(join(directory, 'www/page.gz'), gzipSync(PAGE));
  return `${head(1, 'static')}
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 10000;
  open_file_cache max=1000;
  default_type text/html;
  ${temporary('static')}
  server {
    listen 127.0.0.1:${port} backlog=4096;
    root ${directory}/www;
    gzip_static on;
  }
}
`;
}

try {
  const app = await origin(0);
  const [plainPort, oursPort, guidePort, zippedPort] = [21_100, 21_200, 21_300, 21_400];
  const contenders = [
    await nginx('static', plainPort, plain(plainPort)),
    await nginx('ours', oursPort, ours(oursPort, app.port, 'ours')),
    await nginx('guide', guidePort, guide(guidePort, app.port, 'guide')),
  ];
  app.state.compresses = true;
  contenders.push(await nginx(ZIPPED, zippedPort, guide(zippedPort, app.port, 'guide-zipped')));
  const gzip = { headers: ['Accept-Encoding: gzip'] };
  const forms = { gzip, 'as it is': { headers: [] } };
  const keyOf = (name, form) => `${name}, ${form}`;
  const measured = new Map();
  for (const contender of contenders)
    for (const form of Object.values(forms)) await wrk(contender, { ...form, seconds: 1 });
  for (let round = 0; round < ROUNDS; round += 1) {
    // Each round begins with another one.
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const contender = contenders[(round + turn) % contenders.length];
      for (const [form, ask] of Object.entries(forms)) {
        // What compresses its answers has no page for others.
        if (contender.name === ZIPPED && form !== 'gzip') continue;
        const key = keyOf(contender.name, form);
        measured.set(key, [...(measured.get(key) ?? []), await wrk(contender, ask)]);
      }
    }
  }
  const result = (name, form) => ({
    perSecond: median(measured.get(keyOf(name, form)).map((one) => one.perSecond)),
    microseconds: median(measured.get(keyOf(name, form)).map((one) => one.microseconds)),
  });
  app.close();

  const slow = await origin(20);
  const script = join(directory, 'mixed.lua');
  writeFileSync(
    script,
    'math.randomseed(1)\nfunction request() return wrk.format("GET", "/mixed/" .. math.floor(300 * math.random() ^ 2)) end\n',
  );
  const [mixedOurs, mixedGuide] = [21_500, 21_600];
  const mixed = [];
  for (const [name, port, configuration] of [
    ['ours', mixedOurs, ours(mixedOurs, slow.port, 'mixed-ours')],
    ['guide', mixedGuide, guide(mixedGuide, slow.port, 'mixed-guide')],
  ]) {
    const contender = await nginx(`mixed-${name}`, port, configuration);
    Object.assign(slow.state, { hits: 0, connections: 0 });
    const load = await wrk(contender, { ...gzip, path: '/', script, seconds: 8 });
    mixed.push({ name, ...load, hits: slow.state.hits, connections: slow.state.connections });
  }
  slow.close();

  const crowds = await crowdsOf();
  const rows = Object.keys(forms).flatMap((form) =>
    contenders
      .filter(({ name }) => measured.has(keyOf(name, form)))
      .map(({ name }) => {
        const { perSecond, microseconds } = result(name, form);
        const ratio = (value) => value.toFixed(2);
        return `| ${name} | ${form} | ${Math.round(perSecond)} | ${ratio(perSecond / result('static', form).perSecond)} | ${microseconds.toFixed(1)} | ${ratio(microseconds / result('guide', form).microseconds)} |`;
      }),
  );
  const text = `A page of 20 KiB that is in the cache, asked for with and without \`Accept-Encoding: gzip\` over ${CONNECTIONS} connections; the origin
does not compress, but where it is said. Medians of ${ROUNDS} rounds of ${SECONDS} s in turns, nginx ${VERSION} on ${cpus().length} cores which wrk shares.

| configuration | page | requests/s | of static | CPU of nginx per request, µs | of the guide's |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

300 pages that are valid for 1 second, asked for unequally for 8 s; the origin takes 20 ms.

| configuration | requests answered | requests to the origin | connections to the origin | p99 |
| --- | --- | --- | --- | --- |
${mixed.map((one) => `| ${one.name} | ${one.requests} | ${one.hits} | ${one.connections} | ${one.p99} |`).join('\n')}

${CROWD} visitors at once of a page that nobody asked for before, or all of them and as many of another page; the origin takes ${CROWD_DELAY} ms.
Times in ms until the whole page is there.

| page | configuration | p50 | p95 | p99 | failed | requests to the origin |
| --- | --- | --- | --- | --- | --- | --- |
${crowds.join('\n')}
`;
  console.log(text);
  if (options.write) {
    const page = join(root, 'docs/benchmarks.md');
    const before = readFileSync(page, 'utf8');
    const after = before.replace(
      /(<!-- nginx -->\n)[\s\S]*?(<!-- \/nginx -->)/,
      (_, start, end) => `${start}\n${text}\n${end}`,
    );
    const { format, resolveConfig } = await import('prettier');
    writeFileSync(page, await format(after, { ...(await resolveConfig(page)), parser: 'markdown' }));
  }
} finally {
  for (const child of processes) child.kill('SIGTERM');
  await sleep(300);
  rmSync(directory, { recursive: true, force: true });
}
