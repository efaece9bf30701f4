/** Workloads that were there: what they get, and that nothing of what they have is touched. */
import { ApiObject, type Chart, Include, JsonPatch, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AdoptedWorkload,
  ExternalPostgres,
  NetworkPeer,
  NginxCachingProxy,
  PerformanceMonitoring,
  ScalingPolicy,
  ScalingTrigger,
  Traffic,
  TunedPostgres,
  VerticalScaling,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { envOf, find, IMAGE, type Manifest, manifests, newChart } from '../support/synth';
import { adopt, fileOf, included, objectOf } from './adoption';

const SCALING = ScalingPolicy.cpu({ min: 2, max: 12 });

function kplusDeployment(chart: Chart): kplus.Deployment {
  return new kplus.Deployment(chart, 'orders', {
    containers: [
      {
        image: IMAGE,
        portNumber: 8080,
        resources: { cpu: { request: kplus.Cpu.millis(200) }, memory: { request: Size.mebibytes(256) } },
      },
    ],
  });
}

describe('what is there stays', () => {
  test.each(['one-service', 'rollout', 'database'] as const)('all objects of %s', (shape) => {
    const before = newChart();
    included(shape, before);
    const { chart } = adopt(shape);
    const after = manifests(chart);
    for (const object of manifests(before)) expect(after).toContainEqual(object);
    expect(after.map(({ kind }) => kind)).toContain('PodDisruptionBudget');
    expect(after).toHaveLength(manifests(before).length + 1);
  });

  test('a budget goes by the selector of the workload, not by its other labels', () => {
    const { chart } = adopt('database');
    const [theirs, budget] = [
      find(manifests(chart), 'StatefulSet'),
      find(manifests(chart), 'PodDisruptionBudget'),
    ];
    expect(budget.spec).toEqual({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: theirs.spec.selector,
    });
    expect(budget.metadata.name).toBe('shop-postgresql');
  });

  test('a second synth writes the same', () => {
    const { chart, adopted } = adopt('many-services', { objectName: 'cart', scaling: SCALING });
    adopted.connectTo(new TunedPostgres(chart, 'db', { storage: Size.gibibytes(20) }));
    expect(manifests(chart)).toEqual(manifests(chart));
  });
});

describe('an autoscaler', () => {
  test('scales the kind that is there', () => {
    const { chart } = adopt('rollout', {
      scaling: SCALING,
      removeReplicas: true,
      profile: WorkloadProfile.WEB_API,
    });
    const objects = manifests(chart);
    expect(find(objects, 'HorizontalPodAutoscaler').spec.scaleTargetRef).toEqual({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      name: 'demo',
    });
    expect(find(objects, 'Rollout').spec.replicas).toBeUndefined();
    expect(find(objects, 'Deployment').spec.replicas).toBe(0);
    expect(find(objects, 'Deployment').spec.template.spec.containers[0].resources.requests.cpu).toBe('100m');
  });

  test('scales a kind of one’s own that has the fields of a Deployment', () => {
    const chart = newChart();
    const template = objectOf(included('many-services'), 'Deployment', 'cart').toJson().spec.template;
    const set = new ApiObject(chart, 'set', {
      apiVersion: 'apps.kruise.io/v1alpha1',
      kind: 'CloneSet',
      metadata: { name: 'cart' },
      spec: { replicas: 3, selector: { matchLabels: { app: 'cart' } }, template },
    });
    const adopted = AdoptedWorkload.of(set, { scaling: SCALING, removeReplicas: true });
    expect(adopted.maxReplicas).toBe(12);
    expect(adopted.simulate(Traffic.spike({ base: 10, peak: 100 }), { capacityPerPod: 20 }).flaps).toBe(0);
    expect(find(manifests(chart), 'HorizontalPodAutoscaler').spec.scaleTargetRef).toEqual({
      apiVersion: 'apps.kruise.io/v1alpha1',
      kind: 'CloneSet',
      name: 'cart',
    });
    expect(find(manifests(chart), 'CloneSet').spec.replicas).toBeUndefined();
  });

  test('measures the container that is connected where there are several', () => {
    const chart = newChart();
    const theirs = included('many-services', chart);
    const object = objectOf(theirs, 'Deployment', 'storefront');
    object.addJsonPatch(
      JsonPatch.add('/spec/template/spec/containers/-', {
        name: 'shipper',
        image: 'registry.example.com/shipper:1.0.0',
        resources: { requests: { cpu: '10m' } },
      }),
    );
    AdoptedWorkload.of(object, { scaling: SCALING });
    expect(find(manifests(chart), 'HorizontalPodAutoscaler').spec.metrics).toEqual([
      {
        type: 'ContainerResource',
        containerResource: {
          name: 'cpu',
          container: 'server',
          target: { type: 'Utilization', averageUtilization: 70 },
        },
      },
    ]);
  });

  test('of KEDA names the kind too', () => {
    const office = ScalingTrigger.schedule({
      timeZone: 'Europe/Berlin',
      start: '0 6 * * MON-FRI',
      end: '0 20 * * MON-FRI',
      replicas: 5,
    });
    const { chart, adopted } = adopt('database', {
      scaling: ScalingPolicy.events({ min: 1, max: 9, triggers: [office] }),
      removeReplicas: true,
    });
    expect(find(manifests(chart), 'ScaledObject').spec.scaleTargetRef).toEqual({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      name: 'shop-postgresql',
    });
    expect([adopted.autoscalerName, adopted.maxReplicas]).toEqual(['keda-hpa-shop-postgresql', 9]);
  });

  test('of the app is known where none is added', () => {
    const { chart, theirs, adopted } = adopt('one-service');
    expect(adopted.autoscaler).toBe(objectOf(theirs, 'HorizontalPodAutoscaler'));
    expect([adopted.maxReplicas, adopted.autoscalerName]).toEqual([7, 'greeter']);
    objectOf(theirs, 'HorizontalPodAutoscaler').addJsonPatch(JsonPatch.replace('/spec/maxReplicas', 11));
    expect(adopted.maxReplicas).toBe(11);
    const spike = Traffic.spike({ base: 10, peak: 100 });
    expect(adopted.simulate(spike, { capacityPerPod: 20 }).peakReplicas).toBeLessThanOrEqual(11);
    adopted.requireScaling(spike, { peakReplicas: 1 }, { capacityPerPod: 20 });
    expect(chart.node.findAll().flatMap((one) => one.node.validate())).toContainEqual(
      expect.stringMatching(/requireScaling: peakReplicas is \d+/),
    );
  });

  test('and a VerticalPodAutoscaler name the workload', () => {
    const { chart } = adopt('rollout', {
      scaling: SCALING,
      removeReplicas: true,
      profile: WorkloadProfile.WEB_API,
      verticalScaling: VerticalScaling.recreate(),
    });
    const { targetRef, resourcePolicy } = find(manifests(chart), 'VerticalPodAutoscaler').spec;
    expect(targetRef).toEqual({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'demo' });
    expect(resourcePolicy.containerPolicies[0].controlledResources).toEqual(['memory']);
  });
});

describe('a Deployment of cdk8s-plus', () => {
  const chart = newChart();
  const deployment = kplusDeployment(chart);
  const adopted = AdoptedWorkload.of(deployment, { scaling: SCALING, removeReplicas: true, spread: true });
  const [container] = deployment.containers;
  adopted.addEnv('FIRST', kplus.EnvValue.fromValue('1'));
  container.env.addVariable('LATER', kplus.EnvValue.fromValue('2'));

  test('keeps what is said to it later', () => {
    expect(envOf(find(manifests(chart), 'Deployment'))).toEqual({ LATER: '2', FIRST: '1' });
  });

  test('is named by its own selector', () => {
    const { spec } = find(manifests(chart), 'Deployment');
    expect(adopted.networkIdentity.podLabels).toEqual(spec.selector.matchLabels);
    expect(spec.replicas).toBeUndefined();
    expect(spec.template.spec.topologySpreadConstraints[0].labelSelector.matchLabels).toEqual(
      spec.selector.matchLabels,
    );
  });

  test('tells of a variable that both set', () => {
    container.env.addVariable('FIRST', kplus.EnvValue.fromValue('3'));
    expect(adopted.node.validate()).toEqual([
      expect.stringMatching(/^FIRST is "set here"; container main of Deployment .* sets it too/),
    ]);
  });
});

describe('an Include', () => {
  test('holds the workload', () => {
    const chart = newChart();
    const theirs = new Include(chart, 'theirs', { url: fileOf('many-services') });
    const adopted = new AdoptedWorkload(chart, 'cart', {
      workload: theirs,
      objectName: 'cart',
      scaling: SCALING,
    });
    expect(adopted.workload.name).toBe('cart');
    expect(find(manifests(chart), 'HorizontalPodAutoscaler', 'cart').spec.maxReplicas).toBe(12);
  });
});

describe('connections', () => {
  const postgres = (chart: Chart) =>
    new ExternalPostgres(chart, 'db', {
      host: 'db.example.com',
      peer: NetworkPeer.cidr('10.20.0.0/16'),
      maxConnections: 200,
    });

  test('append the variables, and count all pods of the largest size', () => {
    const { chart, adopted } = adopt('many-services', { objectName: 'cart', scaling: SCALING });
    adopted.connectTo(postgres(chart));
    const env = envOf(find(manifests(chart), 'Deployment', 'cart'));
    expect(Object.keys(env)[0]).toBe('DB_HOST');
    // 189 connections for 12 replicas and 3 of the rollout.
    expect(Number(env.DB_POOL_SIZE) + Number(env.DB_MAX_OVERFLOW)).toBe(12);
    expect(env.DB_PASSWORD).toEqual({ secretKeyRef: { key: 'password', name: 'shop-db-credentials' } });
  });

  test('follow patches that come later', () => {
    const { chart, theirs, adopted } = adopt('rollout', { processesPerPod: 2 });
    adopted.connectTo(postgres(chart));
    const share = () => {
      const env = envOf(find(manifests(chart), 'Deployment', 'demo'));
      return Number(env.DB_POOL_SIZE) + Number(env.DB_MAX_OVERFLOW);
    };
    // 5 replicas and 2 of a canary, with two processes each.
    expect(share()).toBe(Math.floor(189 / 14));
    const rollout = objectOf(theirs, 'Rollout');
    rollout.addJsonPatch(JsonPatch.replace('/spec/replicas', 9));
    expect(share()).toBe(Math.floor(189 / 24));
    rollout.addJsonPatch(JsonPatch.replace('/spec/strategy', { blueGreen: { activeService: 'demo' } }));
    expect(share()).toBe(Math.floor(189 / 36));
    rollout.addJsonPatch(JsonPatch.replace('/spec/strategy', { canary: { maxSurge: 1 } }));
    expect([share(), adopted.maxSurgePods, adopted.maxSurgePercent]).toEqual([Math.floor(189 / 20), 1, 0]);
  });

  test('are refused for variables that the manifest sets', () => {
    const { adopted } = adopt('many-services', { objectName: 'storefront' });
    expect(() => adopted.addEnv('PORT', kplus.EnvValue.fromValue('1'))).toThrow(
      'PORT is "set by addEnv"; container server of Deployment storefront sets it too',
    );
  });

  test('open both policies where there is one of the pods', () => {
    const { chart, adopted } = adopt('many-services', { objectName: 'cart', networkPolicy: true });
    const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(20) });
    adopted.connectTo(db);
    adopted.allowFrom(NetworkPeer.pods({ podLabels: { app: 'storefront' } }), [7070]);
    const [own, theirs] = ['cart', 'shop-db'].map(
      (name) => find(manifests(chart), 'NetworkPolicy', name).spec,
    );
    expect(own.podSelector).toEqual({ matchLabels: { app: 'cart' } });
    expect(own.egress).toContainEqual({
      to: [{ podSelector: { matchLabels: db.networkIdentity.podLabels } }],
      ports: [{ port: 5432, protocol: 'TCP' }],
    });
    expect(own.ingress).toHaveLength(1);
    expect(theirs.ingress[0].from).toEqual([{ podSelector: { matchLabels: { app: 'cart' } } }]);
  });

  test('without a policy close nothing', () => {
    const { chart, adopted } = adopt('many-services', { objectName: 'cart' });
    adopted.allowTo(NetworkPeer.anywhere(), [443]);
    expect(manifests(chart).map(({ kind }: Manifest) => kind)).not.toContain('NetworkPolicy');
  });
});

describe('what others ask of it', () => {
  test('a proxy finds the Service', () => {
    const { chart, adopted } = adopt('many-services', { objectName: 'storefront', networkPolicy: true });
    expect(adopted.httpEndpoint).toEqual({
      serviceName: 'storefront',
      namespace: 'shop',
      servicePort: 80,
      podPort: 8080,
      identity: { namespace: 'shop', podLabels: { app: 'storefront' } },
    });
    new NginxCachingProxy(chart, 'edge', { backend: adopted, hosts: ['shop.example.com'] });
    const { ingress } = find(manifests(chart), 'NetworkPolicy', 'storefront').spec;
    expect(ingress[0].ports).toEqual([{ port: 8080, protocol: 'TCP' }]);
    expect(find(manifests(chart), 'ConfigMap').data['nginx.conf']).toContain('storefront');
  });

  test('named ports of containers are found by their names', () => {
    const { adopted } = adopt('one-service');
    expect(adopted.httpEndpoint).toMatchObject({ serviceName: 'greeter', servicePort: 80, podPort: 9898 });
  });

  test('monitoring scrapes a named port of the pods', () => {
    const { chart, adopted } = adopt('one-service', { metrics: { port: 9797 } });
    new PerformanceMonitoring(chart, 'performance', { watch: [adopted] });
    expect(find(manifests(chart), 'PodMonitor').spec).toMatchObject({
      podMetricsEndpoints: [{ port: 'http-metrics', path: '/metrics' }],
      selector: { matchLabels: { app: 'greeter' } },
    });
    expect(adopted.hasCpuLimit).toBe(true);
  });

  test('or a labelled Service, where ports have no names', () => {
    const { theirs, adopted } = adopt('many-services', { objectName: 'storefront', metrics: { port: 8080 } });
    expect(() => adopted.metricsEndpoint).toThrow(
      /metrics\.port is 8080; no container port has this number and a name/,
    );
    objectOf(theirs, 'Service', 'storefront').addJsonPatch(
      JsonPatch.add('/metadata/labels', { app: 'storefront' }),
    );
    expect(adopted.metricsEndpoint).toMatchObject({ portName: 'http', serviceLabels: { app: 'storefront' } });
  });
});
