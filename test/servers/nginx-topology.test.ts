/** Several replicas on one origin: what each topology does to what the origin sees; and rollouts under load. */
import { ProxyTopology } from 'cdk8s-tuned';
import { connect, createServer, type Socket } from 'net';
import { freePort, scratchDirectory } from './harness';
import { type Answer, fetchFrom, many, Origin, sleep } from './http';
import { preStopSeconds, Proxy, stopProxies, synthesize } from './nginx-harness';

const scratch = scratchDirectory();
const origin = new Origin();
const HOSTS = ['shop.example.com'];
let originPort: number;
beforeAll(async () => {
  originPort = await origin.start();
});
beforeEach(() => origin.forget());
afterEach(stopProxies);
afterAll(async () => {
  await origin.stop();
  scratch.remove();
});

const PAGES = 40;

/** Every page several times, each time from the next replica. */
async function visit(replicas: readonly Proxy[], times = 6): Promise<Array<Answer | undefined>> {
  const rounds: Array<Answer | undefined> = [];
  for (let round = 0; round < times; round += 1)
    rounds.push(
      ...(await many(PAGES, 8, (page) => replicas[(page + round) % replicas.length].get(`/page/${page}`))),
    );
  return rounds;
}

/** Three shards, and routers before them. */
async function sharded(routers: number) {
  const objects = synthesize({
    hosts: HOSTS,
    // One that resolves the names of shards.
    nginxVersion: '1.27.3',
    topology: ProxyTopology.sharded({ shards: 3 }),
  });
  const shards = await Promise.all(
    [0, 1, 2].map(() => Proxy.start(objects, scratch, { originPort, workload: 'shop-edge-shard' })),
  );
  const origins = Object.fromEntries(
    shards.map(({ port }, index) => [
      `shop-edge-shard-${index}.shop-edge-shard.@NAMESPACE_DOMAIN@:8080 max_fails=1 fail_timeout=5s resolve`,
      `127.0.0.1:${port} max_fails=1 fail_timeout=5s`,
    ]),
  );
  const start = () => Proxy.start(objects, scratch, { workload: 'shop-edge', origins });
  return { shards, routers: await Promise.all(Array.from({ length: routers }, start)) };
}

test('independent caches: the origin sees every page once for each replica', async () => {
  const objects = synthesize({ hosts: HOSTS });
  const replicas = await Promise.all([1, 2, 3].map(() => Proxy.start(objects, scratch, { originPort })));
  await visit(replicas);
  expect(origin.hits('/page')).toBe(3 * PAGES);
});

test('shards: the origin sees every page once, whichever router is asked', async () => {
  const { shards, routers } = await sharded(3);
  const answers = await visit(routers);
  expect(new Set(answers.map((one) => one?.status))).toEqual(new Set([200]));
  expect(origin.hits('/page')).toBe(PAGES);
  const shares = await Promise.all(
    shards.map(async (shard) =>
      Number(/requests\s+\d+ \d+ (\d+)/.exec((await shard.status('/stub_status')).body.toString())?.[1]),
    ),
  );
  // A consistent hash is not even, but no shard is left out.
  for (const share of shares) expect(share).toBeGreaterThan(PAGES / 3);
});

test('shards: privacy and the client’s address hold through the router', async () => {
  const { routers } = await sharded(1);
  await routers[0].get('/own', { authorization: 'Bearer A', 'x-forwarded-host': 'evil.example' });
  const stranger = await routers[0].get('/own', { 'x-forwarded-for': '6.6.6.6' });
  expect(stranger.body.toString()).toContain('who=anonymous');
  expect(stranger.body.toString()).toContain('for=shop.example.com');
  expect(origin.seen.at(-1)?.['x-forwarded-for']).toBe('127.0.0.1');
  expect((await routers[0].get('/', { host: 'evil.example' })).status).toBe(421);
});

test('shards: one that goes takes its own pages with it, and no request', async () => {
  const { shards, routers } = await sharded(2);
  await visit(routers, 2);
  expect(origin.hits('/page')).toBe(PAGES);
  await shards[0].server.stop('SIGQUIT');
  const answers = await visit(routers, 2);
  expect(answers.map((one) => one?.status)).toEqual(answers.map(() => 200));
  const again = origin.hits('/page') - PAGES;
  expect(again).toBeGreaterThan(0);
  expect(again).toBeLessThan(0.7 * PAGES);
});

/** What a Service does: passes connections to one of the endpoints it knows of. */
class Service {
  endpoints: number[] = [];
  private next = 0;
  private readonly server = createServer((client: Socket) => {
    this.next += 1;
    const target = connect(this.endpoints[this.next % this.endpoints.length], '127.0.0.1');
    for (const [from, to] of [
      [client, target],
      [target, client],
    ]) {
      from.pipe(to);
      from.on('error', () => to.destroy());
    }
  });

  async start(): Promise<number> {
    const port = await freePort();
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return port;
  }

  stop(): void {
    this.server.close();
  }
}

/** Nodes hear of a change of endpoints that much later, in milliseconds. */
const PROPAGATION = 300;

/** Replaces every pod, while visitors come; says how many requests failed. */
async function rollout(
  startPod: () => Promise<Proxy>,
  preStop: number,
  visitors: (port: number) => Promise<Answer>,
) {
  const service = new Service();
  const port = await service.start();
  const pods = [await startPod(), await startPod()];
  service.endpoints = pods.map((pod) => pod.port);
  let isRunning = true;
  let failed = 0;
  let answered = 0;
  const load = Array.from({ length: 8 }, async () => {
    while (isRunning) {
      const answer = await visitors(port).catch(() => undefined);
      if (answer?.status === 200) answered += 1;
      else failed += 1;
    }
  });
  for (const old of pods) {
    const fresh = await startPod();
    // A new pod is an endpoint when it is ready; an old one is none as soon as it is deleted. Nodes hear of it later.
    setTimeout(() => {
      service.endpoints = [...service.endpoints.filter((one) => one !== old.port), fresh.port];
    }, PROPAGATION);
    if (preStop > 0) await sleep(2 * PROPAGATION);
    await old.server.stop('SIGQUIT');
    await sleep(PROPAGATION);
  }
  isRunning = false;
  await Promise.all(load);
  service.stop();
  return { failed, answered };
}

const slowPage = (port: number) =>
  fetchFrom(port, `/roll/${Math.floor(Math.random() * 1e9)}`, { host: 'shop.example.com' });

test('a rollout under load loses no request', async () => {
  origin.delay = 100;
  const objects = synthesize({ hosts: HOSTS });
  const { failed, answered } = await rollout(
    () => Proxy.start(objects, scratch, { originPort }),
    preStopSeconds(objects),
    slowPage,
  );
  expect(failed).toBe(0);
  expect(answered).toBeGreaterThan(50);
}, 30_000);

test('one of the guide’s configuration, which does not wait, does', async () => {
  origin.delay = 100;
  const { failed } = await rollout(() => Proxy.startGuide(scratch, originPort), 0, slowPage);
  expect(failed).toBeGreaterThan(0);
}, 30_000);
