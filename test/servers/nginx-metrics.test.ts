/** The metrics of the cache, from nginx through mtail, as the manifests start both. */
import { truncateSync, writeFileSync } from 'fs';
import { join } from 'path';
import { fromDist } from '../support/dist';
import { find, type Manifest } from '../support/synth';
import { freePort, own, relocate, scratchDirectory, type Server, startServer, until } from './harness';
import { fetchFrom, Origin, text } from './http';
import { Proxy, stopProxies } from './nginx-harness';

const scratch = scratchDirectory();
const origin = new Origin();
const servers: Server[] = [];
afterAll(async () => {
  await stopProxies();
  await Promise.all(servers.map((server) => server.stop()));
  await origin.stop();
  scratch.remove();
});

test('the cache statuses of requests are counted, and stay right when many come at once', async () => {
  const objects = fromDist('prod', 'edge');
  const { containers } = find(objects, 'Deployment').spec.template.spec;
  const exporter = containers.find(({ name }: Manifest) => name === 'cache-exporter');
  const programs = scratch.directory('programs');
  const program = join(programs, 'cache.mtail');
  writeFileSync(program, find(objects, 'ConfigMap').data['cache.mtail']);
  own(program);
  const proxy = await Proxy.start(objects, scratch, { originPort: await origin.start() });
  const metricsPort = await freePort();
  const places = {
    '/etc/caching-proxy': programs,
    '/var/log/caching-proxy': proxy.directory,
    [`--port=${exporter.ports[0].containerPort}`]: `--port=${metricsPort}`,
  };
  const args = relocate((exporter.args as string[]).join('\n'), places).split('\n');
  const mtail = startServer('mtail', [...args, '--address=127.0.0.1'], {
    log: join(scratch.path, 'mtail.log'),
  });
  servers.push(mtail);
  const { path } = exporter.livenessProbe.httpGet;
  await until('mtail', async () => (await fetchFrom(metricsPort, path)).status === 200, mtail);

  await proxy.get('/page');
  await Promise.all(Array.from({ length: 300 }, () => proxy.get('/page')));
  await proxy.get('/page', { authorization: 'Bearer A' });
  await proxy.get('/none?status=404');
  const series = async () =>
    Object.fromEntries(
      [...text(await fetchFrom(metricsPort, '/metrics')).matchAll(/^(nginx_\w+(?:\{[^}]*\})?) (\S+)$/gm)].map(
        ([, name, value]) => [name, Number(value)],
      ),
    );
  const hits = 'nginx_cache_requests_total{status="HIT"}';
  await until('300 hits', async () => (await series())[hits] === 300, mtail);
  expect(await series()).toMatchObject({
    'nginx_cache_requests_total{status="MISS"}': 2,
    'nginx_cache_requests_total{status="BYPASS"}': 1,
    'nginx_http_responses_total{class="2xx"}': 302,
    nginx_upstream_responses_total: 3,
  });
  // What was fetched to be stored, as it is stored; a private answer is not.
  const stored = await proxy.get('/page');
  const error = await proxy.get('/none?status=404');
  const bytes = (await series()).nginx_cache_fetched_bytes_total - stored.body.length - error.body.length;
  // The compressor sends them in chunks, whose frames count.
  expect(bytes).toBeGreaterThanOrEqual(0);
  expect(bytes).toBeLessThan(40);

  // As the start script empties it.
  truncateSync(join(proxy.directory, 'metrics.log'));
  await Promise.all(Array.from({ length: 50 }, () => proxy.get('/page')));
  // With the two that were weighed.
  await until('50 more', async () => (await series())[hits] === 352, mtail);
}, 60_000);
