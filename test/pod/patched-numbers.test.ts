/** A law: what a patch changes of an object is what simulations, budgets and the checklist read. */
import { type Chart, JsonPatch, Size } from 'cdk8s';
import {
  BackgroundWorker,
  CacheRedis,
  ExternalPostgres,
  NetworkPeer,
  ScalableWebApp,
  ScalingPolicy,
  ScheduledJob,
  Traffic,
  TunedPostgres,
} from 'cdk8s-tuned';
import { evaluate } from '../../lib/checklist/evaluate';
import { Inventory } from '../../lib/inventory/inventory';
import { envOf, find, IMAGE, type Manifest, manifests, newChart } from '../support/synth';

const MOST = 400;
const CONTAINER = '/spec/template/spec/containers/0';

const external = (chart: Chart) =>
  new ExternalPostgres(chart, 'db', {
    host: 'db.example.com',
    peer: NetworkPeer.cidr('10.20.0.0/16'),
    maxConnections: MOST,
  });

/** Connections of one process of a workload. */
function shareOf(objects: readonly Manifest[], name: string): number {
  const { DB_POOL_SIZE, DB_MAX_OVERFLOW } = envOf(find(objects, 'Deployment', name));
  return Number(DB_POOL_SIZE) + Number(DB_MAX_OVERFLOW);
}
const shareAmong = (pods: number) => Math.min(30, Math.floor((MOST - 11) / pods));

const findingsOf = (chart: Chart, rule: string) =>
  evaluate(Inventory.of(manifests(chart)), { profile: 'default' }).findings.filter(
    (one) => one.rule === rule,
  );

describe('replicas', () => {
  const webWith = (scaling: ScalingPolicy) => {
    const chart = newChart();
    const web = new ScalableWebApp(chart, 'web', { image: IMAGE, scaling });
    web.connectTo(external(chart));
    return { chart, web };
  };

  test.each([13, 20, 40])('of an autoscaler, %i', (maxReplicas) => {
    const { chart, web } = webWith(ScalingPolicy.cpu({ min: 2, max: 10 }));
    web.autoscaler?.addJsonPatch(JsonPatch.replace('/spec/maxReplicas', maxReplicas));
    expect(web.maxReplicas).toBe(maxReplicas);
    expect(shareOf(manifests(chart), 'shop-web')).toBe(shareAmong(maxReplicas + Math.ceil(maxReplicas / 4)));
    const run = web.simulate(Traffic.spike({ base: 10, peak: 4000 }), { capacityPerPod: 20 });
    expect(run.peakReplicas).toBe(maxReplicas);
  });

  test.each([3, 17])('that are fixed, %i', (replicas) => {
    const { chart, web } = webWith(ScalingPolicy.replicas(2));
    web.deployment.addJsonPatch(JsonPatch.replace('/spec/replicas', replicas));
    expect(web.maxReplicas).toBe(replicas);
    expect(shareOf(manifests(chart), 'shop-web')).toBe(shareAmong(replicas + Math.ceil(replicas / 4)));
  });

  test('and the surge of a rollout', () => {
    const { chart, web } = webWith(ScalingPolicy.cpu({ min: 2, max: 20 }));
    web.deployment.addJsonPatch(JsonPatch.replace('/spec/strategy/rollingUpdate/maxSurge', 2));
    expect([web.maxSurgePods, web.maxSurgePercent]).toEqual([2, 0]);
    expect(shareOf(manifests(chart), 'shop-web')).toBe(shareAmong(22));
    web.deployment.addJsonPatch(JsonPatch.replace('/spec/strategy/rollingUpdate/maxSurge', '50%'));
    expect([web.maxSurgePods, web.maxSurgePercent]).toEqual([undefined, 50]);
    expect(shareOf(manifests(chart), 'shop-web')).toBe(shareAmong(30));
  });

  test('that are too many fail the synth', () => {
    const { chart, web } = webWith(ScalingPolicy.cpu({ min: 2, max: 10 }));
    web.autoscaler?.addJsonPatch(JsonPatch.replace('/spec/maxReplicas', 500));
    const problems = chart.node.findAll().flatMap((one) => one.node.validate());
    expect(problems.join()).toMatch(/DB-002.*\n.*shop\/web: 625 pods \(500 replicas and a surge of 125\)/);
  });

  test('of a job', () => {
    const chart = newChart();
    const job = new ScheduledJob(chart, 'report', { image: IMAGE, schedule: '@daily' });
    expect(job.maxReplicas).toBe(1);
    job.cronJob.addJsonPatch(JsonPatch.replace('/spec/jobTemplate/spec/parallelism', 4));
    expect(job.maxReplicas).toBe(4);
  });

  test('of a pooler', () => {
    const chart = newChart();
    const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(20) });
    const web = new ScalableWebApp(chart, 'web', { image: IMAGE });
    web.connectTo(db);
    const pooler = db.addPooler();
    const poolOf = () =>
      /default_pool_size = (\d+)/.exec(
        find(manifests(chart), 'ConfigMap', pooler.name).data['pgbouncer.ini'],
      )?.[1];
    const before = Number(poolOf());
    pooler.deployment?.addJsonPatch(JsonPatch.replace('/spec/replicas', 4));
    expect(Number(poolOf())).toBeLessThan(before);
  });

  test('against the clients that a cache was declared with', () => {
    const chart = newChart();
    const cache = new CacheRedis(chart, 'cache', { clients: 30 });
    const worker = new BackgroundWorker(chart, 'worker', { image: IMAGE });
    worker.connectTo(cache);
    expect(cache.node.validate()).toEqual([]);
    worker.autoscaler?.addJsonPatch(JsonPatch.replace('/spec/maxReplicas', 60));
    expect(cache.node.validate()).toEqual([
      expect.stringMatching(/^clients is 30; shop\/worker can run 75 pods/),
    ]);
  });
});

describe('containers', () => {
  test('a sidecar: the autoscaler measures the main container alone', () => {
    const chart = newChart();
    const web = new ScalableWebApp(chart, 'web', { image: IMAGE });
    const metric = () => find(manifests(chart), 'HorizontalPodAutoscaler').spec.metrics[0].type;
    expect(metric()).toBe('Resource');
    const before = web.simulate(Traffic.spike({ base: 50, peak: 60 }), { capacityPerPod: 20 }).series;
    web.deployment.addJsonPatch(
      JsonPatch.add('/spec/template/spec/containers/-', {
        name: 'shipper',
        image: 'registry.example.com/shipper:1.0.0',
        resources: { requests: { cpu: '2', memory: '1Gi' }, limits: { memory: '1Gi' } },
      }),
    );
    expect(metric()).toBe('ContainerResource');
    expect(web.simulate(Traffic.spike({ base: 50, peak: 60 }), { capacityPerPod: 20 }).series).toEqual(
      before,
    );
    const [workload] = Inventory.of(manifests(chart)).workloads;
    expect(workload.request.cpuMillis).toBeGreaterThanOrEqual(2000);
  });

  test('a request: what a pod serves follows from it', () => {
    const chart = newChart();
    const web = new ScalableWebApp(chart, 'web', { image: IMAGE });
    const peak = () => web.simulate(Traffic.spike({ base: 30, peak: 33 })).peakReplicas;
    const before = peak();
    web.deployment.addJsonPatch(JsonPatch.replace(`${CONTAINER}/resources/requests/cpu`, '50m'));
    expect(peak()).toBeGreaterThan(before);
  });

  test('a limit: the alert on it, and the rules', () => {
    const chart = newChart();
    const web = new ScalableWebApp(chart, 'web', { image: IMAGE });
    expect(web.hasCpuLimit).toBe(true);
    web.deployment.addJsonPatch(JsonPatch.remove(`${CONTAINER}/resources/limits/cpu`));
    expect(web.hasCpuLimit).toBe(false);
    expect(findingsOf(chart, 'OOM-001')).toEqual([]);
    web.deployment.addJsonPatch(JsonPatch.remove(`${CONTAINER}/resources/limits/memory`));
    expect(findingsOf(chart, 'RES-003').length + findingsOf(chart, 'RES-004').length).toBeGreaterThan(0);
  });
});
