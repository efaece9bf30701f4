/**
 * `npm run bench:nginx`: the caching proxy as it is committed in dist/, against the guide's configuration and against plain
 * static files, which are the limit. All of them run at once and are asked in turns, so that what else the machine does
 * meets all; what counts are ratios of medians, and the CPU that nginx itself used, from /proc.
 *
 *   node bench/nginx.mjs            prints the tables
 *   node bench/nginx.mjs --write    and puts them into docs/benchmarks.md
 */
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { cpus, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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

for (const program of ['nginx', 'wrk']) {
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
  const child = spawn('nginx', ['-c', file, '-e', join(directory, `${name}.log`), '-g', 'daemon off;'], {
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
  // Debian's nginx is older than the directive; nobody here sends many lines of headers.
  const text = map.data['nginx.conf'].replace(/^ *max_headers .*\n/m, '');
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
  contenders.push(
    await nginx('guide, origin compresses', zippedPort, guide(zippedPort, app.port, 'guide-zipped')),
  );
  const gzip = { headers: ['Accept-Encoding: gzip'] };
  const measured = new Map(contenders.map(({ name }) => [name, []]));
  for (const contender of contenders) await wrk(contender, { ...gzip, seconds: 1 });
  for (let round = 0; round < ROUNDS; round += 1) {
    // Each round begins with another one.
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const contender = contenders[(round + turn) % contenders.length];
      measured.get(contender.name).push(await wrk(contender, gzip));
    }
  }
  const result = (name) => ({
    perSecond: median(measured.get(name).map((one) => one.perSecond)),
    microseconds: median(measured.get(name).map((one) => one.microseconds)),
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

  const limit = result('static');
  const rows = contenders.map(({ name }) => {
    const { perSecond, microseconds } = result(name);
    const ratio = (value) => value.toFixed(2);
    return `| ${name} | ${Math.round(perSecond)} | ${ratio(perSecond / limit.perSecond)} | ${microseconds.toFixed(1)} | ${ratio(microseconds / result('guide').microseconds)} |`;
  });
  const text = `A page of 20 KiB that is in the cache, asked for with \`Accept-Encoding: gzip\` over ${CONNECTIONS} connections; the origin does not
compress, but for the last row. Medians of ${ROUNDS} rounds of ${SECONDS} s in turns, nginx ${/[\d.]+/.exec(spawnSync('nginx', ['-v'], { encoding: 'utf8' }).stderr)[0]} on ${cpus().length} cores which wrk shares.

| configuration | requests/s | of static | CPU of nginx per request, µs | of the guide's |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

300 pages that are valid for 1 second, asked for unequally for 8 s; the origin takes 20 ms.

| configuration | requests answered | requests to the origin | connections to the origin | p99 |
| --- | --- | --- | --- | --- |
${mixed.map((one) => `| ${one.name} | ${one.requests} | ${one.hits} | ${one.connections} | ${one.p99} |`).join('\n')}
`;
  console.log(text);
  if (process.argv.includes('--write')) {
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
