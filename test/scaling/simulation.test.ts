import { Chart, Duration, JsonPatch } from 'cdk8s';
import {
  BackgroundWorker,
  ScalableWebApp,
  type ScalableWebAppProps,
  ScalingPolicy,
  type ScalingThresholds,
  Simulation,
  type SimulationOptions,
  Traffic,
  TunedApp,
} from 'cdk8s-tuned';
import { find, IMAGE, manifests, newChart } from '../support/synth';

const ANNOTATION = 'cdk8s-tuned/scaling-tested';
const makeWeb = (chart: Chart, props: Partial<ScalableWebAppProps> = {}) =>
  new ScalableWebApp(chart, 'web', { image: IMAGE, ...props });
const SPIKE = Traffic.spike({ base: 10, peak: 100 });
const MEASURED: SimulationOptions = { capacityPerPod: 20 };

describe('web.simulate', () => {
  test('tells what a load comes to, in words that read well in a test', () => {
    const run = makeWeb(newChart()).simulate(SPIKE, MEASURED);
    expect(run.workloadName).toBe('shop-web');
    expect(run.unmetLoad).toBeLessThan(6000);
    expect(run.secondsToCapacity).toBeLessThanOrEqual(90);
    expect(run.overshoot).toBe(0);
    expect(run.flaps).toBe(0);
    expect(run.podHours).toBeGreaterThan(1);
    expect(run.peakReplicas).toBe(8);
    expect(run.reachesMax).toBe(true);
    expect(run.secondsToDrain).toBe(360);
    expect(run.notes).toEqual([]);
    expect(run.series.at(-1)).toMatchObject({ seconds: 1860, replicas: 2, reason: 'TooFewReplicas' });
  });

  test('sees what a patch did', () => {
    const web = makeWeb(newChart());
    web.autoscaler?.addJsonPatch(JsonPatch.replace('/spec/maxReplicas', 3));
    expect(web.simulate(SPIKE, MEASURED).peakReplicas).toBe(3);
    web.deployment.addJsonPatch(JsonPatch.remove('/spec/template/spec/containers/0/resources'));
    expect(web.simulate(SPIKE, MEASURED).notes).toEqual([
      'the autoscaler cannot compute cpu: missing request for cpu in container web of Pod',
    ]);
  });

  test('works for a worker, and for a fixed number of replicas', () => {
    const worker = new BackgroundWorker(newChart(), 'worker', { image: IMAGE });
    expect(worker.simulate(Traffic.constant(5)).peakReplicas).toBeGreaterThan(1);
    const fixed = makeWeb(newChart(), { scaling: ScalingPolicy.replicas(3) }).simulate(SPIKE, MEASURED);
    expect(fixed).toMatchObject({
      peakReplicas: 3,
      unmetLoad: 600 * 40,
      reachesMax: true,
      secondsToDrain: 0,
    });
  });

  test('changes nothing', () => {
    const chart = newChart();
    const web = makeWeb(chart);
    const before = JSON.stringify(manifests(chart));
    web.simulate(SPIKE);
    expect(JSON.stringify(manifests(chart))).toBe(before);
  });

  test('refuses what cannot be simulated, all of it at once', () => {
    const web = makeWeb(newChart());
    expect(() =>
      web.simulate(Traffic.spike({ base: -1, peak: 100, length: Duration.seconds(5) }), {
        capacityPerPod: 0,
        podStartTime: Duration.millis(1500),
        metricWindow: Duration.seconds(0),
        nodes: { sparePods: 0, podsPerNode: 0, provisionTime: Duration.minutes(2) },
      }),
    ).toThrow(
      [
        'shop/web: traffic.base is -1; allowed: a number of requests per second from 0 to 1000000000',
        'shop/web: traffic.length is 5; allowed: a number of seconds from 15 to 604800',
        'shop/web: capacityPerPod is 0; allowed: a number from 0.001 to 1000000000',
        'shop/web: podStartTime is 1.5; allowed: a whole number from 0 to 3600',
        'shop/web: metricWindow is 0; allowed: a whole number from 1 to 600',
        'shop/web: nodes.podsPerNode is 0; allowed: a whole number from 1 to 10000',
      ].join('\n'),
    );
    web.autoscaler?.addJsonPatch(JsonPatch.replace('/spec/maxReplicas', 'lots'));
    expect(() => web.simulate(SPIKE)).toThrow(
      'shop/web: shop-web is "no workload that can be simulated"; spec.maxReplicas is "lots"; allowed: a whole number',
    );
  });
});

describe('traffic', () => {
  test.each([
    [Traffic.constant(5, Duration.minutes(1)), 'constant:rate=5,length=60'],
    [Traffic.ramp({ from: 1, to: 5 }), 'ramp:from=1,to=5,start=60,rise=600,length=1860'],
    [
      Traffic.spike({ base: 1, peak: 5, every: Duration.hours(1) }),
      'spike:base=1,peak=5,start=60,rise=0,hold=600,every=3600,length=5460',
    ],
    [Traffic.diurnal({ low: 1, high: 5 }), 'diurnal:low=1,high=5,period=86400,length=86400'],
    [Traffic.sawtooth({ low: 1, high: 5 }), 'sawtooth:low=1,high=5,period=900,length=3600'],
    [
      Traffic.points([
        { at: Duration.seconds(0), requestsPerSecond: 1 },
        { at: Duration.minutes(1), requestsPerSecond: 2.5 },
      ]),
      'points:0=1,60=2.5',
    ],
    [Traffic.csv('0,1\n60,2.5\n'), 'points:0=1,60=2.5'],
    [Traffic.fromText('constant:rate=5'), 'constant:rate=5,length=1800'],
  ])('%s', (traffic, text) => {
    expect(traffic.toString()).toBe(text);
    expect(makeWeb(newChart()).simulate(traffic).series.length).toBeGreaterThan(3);
  });

  test('that cannot be read is refused where it is used', () => {
    const web = makeWeb(newChart());
    expect(() => web.simulate(Traffic.csv('0,1\nlater,2\n'))).toThrow(
      'shop/web: traffic is "not readable"; line 2 is "later,2"; allowed: two numbers from 0',
    );
  });
});

describe('Simulation.ofManifests', () => {
  const chart = newChart();
  makeWeb(chart);
  new BackgroundWorker(chart, 'worker', { image: IMAGE });
  const objects = manifests(chart);

  test('runs every autoscaler of any manifests, or the one that is meant', () => {
    const names = (options?: object) =>
      Simulation.ofManifests(objects, SPIKE, options).map(({ workloadName }) => workloadName);
    expect(names()).toEqual(['shop-web', 'shop-worker']);
    expect(names({ workloadName: 'shop-worker' })).toEqual(['shop-worker']);
  });

  test('agrees with the construct', () => {
    const [run] = Simulation.ofManifests(objects, SPIKE, { ...MEASURED, workloadName: 'shop-web' });
    expect(run.series).toEqual(makeWeb(newChart()).simulate(SPIKE, MEASURED).series);
  });

  test.each([
    [[], 'Simulation.ofManifests: manifests is "without a workload to simulate"'],
    [[find(objects, 'HorizontalPodAutoscaler', 'shop-web')], 'the workload that it scales is not there'],
  ])('refuses manifests in which there is nothing to simulate', (given, message) => {
    expect(() => Simulation.ofManifests(given, SPIKE)).toThrow(message);
  });
});

describe('web.requireScaling', () => {
  const required = (thresholds: ScalingThresholds, props: Partial<ScalableWebAppProps> = {}) => {
    const app = new TunedApp({ outdir: '/nowhere' });
    const web = makeWeb(new Chart(app, 'shop', { namespace: 'shop' }), props);
    web.requireScaling(SPIKE, thresholds, MEASURED);
    return { app, web };
  };

  test('lets an autoscaler pass that keeps the thresholds, and leaves what was tested on it', () => {
    const { app, web } = required({ timeToCapacity: Duration.seconds(90), flaps: 0 });
    expect(() => app.synthYaml()).not.toThrow();
    expect(web.autoscaler?.toJson().metadata.annotations).toEqual({
      [ANNOTATION]:
        'spike:base=10,peak=100,start=60,rise=0,hold=600,every=0,length=1860; capacityPerPod=20; secondsToCapacity<=90,flaps<=0',
    });
  });

  test('fails the synth with what was measured when a threshold is broken', () => {
    const { app } = required({ timeToCapacity: Duration.seconds(30), drainTime: Duration.minutes(5) });
    expect(() => app.synthYaml()).toThrow(
      [
        'the app cannot be synthesized:',
        'shop/web: requireScaling: secondsToCapacity is 75 s under spike:base=10,peak=100,start=60,rise=0,hold=600,every=0,length=1860 with capacityPerPod=20; allowed: at most 30 s; scale up faster or from more replicas, or allow more replicas, or change the threshold',
        'shop/web: requireScaling: secondsToDrain is 360 s under',
      ].join('\n'),
    );
  });

  test('sees a patch that comes later', () => {
    const { app, web } = required({ timeToCapacity: Duration.seconds(90) });
    web.autoscaler?.addJsonPatch(JsonPatch.replace('/spec/maxReplicas', 3));
    expect(() => app.synthYaml()).toThrow('secondsToCapacity is 600 s');
    web.autoscaler?.addJsonPatch(JsonPatch.remove('/spec/maxReplicas'));
    expect(() => app.synthYaml()).toThrow(
      'requireScaling: it cannot be simulated: spec.maxReplicas is undefined',
    );
  });

  test('can be called for each load', () => {
    const { app, web } = required({ flaps: 0 });
    web.requireScaling(Traffic.diurnal({ low: 5, high: 90 }), { unmetLoad: 0 }, MEASURED);
    expect(() => app.synthYaml()).not.toThrow();
    expect(web.autoscaler?.toJson().metadata.annotations[ANNOTATION].split(' | ')).toHaveLength(2);
  });

  test('refuses to test nothing', () => {
    expect(() => required({})).toThrow(
      'shop/web: requireScaling.thresholds.(any) is "not set"; allowed: at least one of unmetLoad, timeToCapacity',
    );
    expect(() => required({ flaps: -1 })).toThrow(
      'shop/web: requireScaling.thresholds.flaps is -1; allowed: a number from 0',
    );
    expect(() => required({ flaps: 0 }, { scaling: ScalingPolicy.replicas(3) })).toThrow(
      'shop/web: requireScaling is "for a fixed number of replicas"; nothing scales',
    );
  });
});
