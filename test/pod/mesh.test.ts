import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  BackgroundWorker,
  KubernetesVersion,
  Mesh,
  NetworkPeer,
  ScalableWebApp,
  type ScalableWebAppProps,
  ScalingMetric,
  ScalingPolicy,
  VerticalScaling,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { evaluate } from '../../lib/checklist/evaluate';
import { Inventory } from '../../lib/inventory/inventory';
import { find, IMAGE, type Manifest, manifests, newChart } from '../support/synth';
import { synth, templateOf } from './web-app';

const metadataOf = (...args: Parameters<typeof templateOf>): Manifest => templateOf(...args).metadata;

/** Findings of a rule, and of any about a container that no manifest has. */
const heard = (objects: Manifest[], rule: RegExp) =>
  evaluate(Inventory.of(objects)).findings.filter((one) => rule.test(one.rule));

const SMALL = WorkloadProfile.fromQuantities({
  cpuRequest: '50m',
  memoryRequest: '64Mi',
  memoryLimit: '128Mi',
});

describe('what the pods say', () => {
  test('Istio: a label, its chart’s size, and a native sidecar where the cluster has them', () => {
    const { labels, annotations } = metadataOf({ mesh: Mesh.istio() });
    expect(labels).toMatchObject({ 'sidecar.istio.io/inject': 'true', 'app.kubernetes.io/name': 'shop-web' });
    expect(annotations).toEqual({
      'sidecar.istio.io/nativeSidecar': 'true',
      'sidecar.istio.io/proxyCPU': '100m',
      'sidecar.istio.io/proxyCPULimit': '2',
      'sidecar.istio.io/proxyMemory': '128Mi',
      'sidecar.istio.io/proxyMemoryLimit': '1Gi',
    });
  });

  test('Linkerd: an annotation, its chart’s size, and a native sidecar where the cluster has them', () => {
    const { labels, annotations } = metadataOf({ mesh: Mesh.linkerd() });
    expect(Object.keys(labels).filter((key) => /linkerd|istio/.test(key))).toEqual([]);
    expect(annotations).toEqual({
      'config.beta.linkerd.io/proxy-enable-native-sidecar': 'true',
      'config.linkerd.io/proxy-await': 'enabled',
      'config.linkerd.io/proxy-cpu-request': '100m',
      'config.linkerd.io/proxy-memory-limit': '250Mi',
      'config.linkerd.io/proxy-memory-request': '20Mi',
      'linkerd.io/inject': 'enabled',
    });
  });

  test('a profile in the words of each mesh, without a limit where it has none', () => {
    const istio = metadataOf({ mesh: Mesh.istio({ profile: SMALL }) }).annotations;
    expect(istio).toMatchObject({
      'sidecar.istio.io/proxyCPU': '50m',
      'sidecar.istio.io/proxyMemory': '64Mi',
      'sidecar.istio.io/proxyMemoryLimit': '128Mi',
    });
    expect(istio).not.toHaveProperty(['sidecar.istio.io/proxyCPULimit']);
    const linkerd = metadataOf({
      mesh: Mesh.linkerd({ profile: SMALL.withCpu(kplus.Cpu.millis(50), kplus.Cpu.units(1)) }),
    }).annotations;
    expect(linkerd).toMatchObject({
      'config.linkerd.io/proxy-cpu-request': '50m',
      'config.linkerd.io/proxy-cpu-limit': '1',
    });
  });

  test.each<[string, Partial<ScalableWebAppProps>, KubernetesVersion, number]>([
    ['the cluster has no native sidecars', {}, KubernetesVersion.V1_28, 10 + 30],
    ['the mesh is older', { drainTime: Duration.seconds(90) }, KubernetesVersion.V1_31, 10 + 90],
    ['the pod waits longer', { preStopDelay: Duration.seconds(60) }, KubernetesVersion.V1_31, 60 + 30],
  ])('where %s the proxy stays as long as the application', (_, props, version, seconds) => {
    const nativeSidecar = version === KubernetesVersion.V1_28 ? undefined : false;
    const istio = synth({ ...props, mesh: Mesh.istio({ nativeSidecar }) }, version);
    const { metadata, spec } = find(istio, 'Deployment').spec.template;
    expect(metadata.annotations['sidecar.istio.io/nativeSidecar']).toBe('false');
    expect(JSON.parse(metadata.annotations['proxy.istio.io/config'])).toEqual({
      holdApplicationUntilProxyStarts: true,
      terminationDrainDuration: `${seconds}s`,
    });
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(seconds);
    expect(
      metadataOf({ ...props, mesh: Mesh.linkerd({ nativeSidecar }) }, version).annotations,
    ).toMatchObject({
      'config.alpha.linkerd.io/proxy-wait-before-exit-seconds': `${seconds}`,
      'config.beta.linkerd.io/proxy-enable-native-sidecar': 'false',
    });
  });

  test('a worker is meshed as well, and its jobs may call until they are done', () => {
    const chart = newChart(KubernetesVersion.V1_28);
    new BackgroundWorker(chart, 'mail', { image: IMAGE, mesh: Mesh.linkerd() });
    const { annotations } = find(manifests(chart), 'Deployment').spec.template.metadata;
    expect(annotations['config.alpha.linkerd.io/proxy-wait-before-exit-seconds']).toBe('60');
  });

  test('own annotations and labels stay, and a revision is one', () => {
    const { labels, annotations } = metadataOf({
      mesh: Mesh.istio(),
      podLabels: { 'istio.io/rev': 'canary' },
      podAnnotations: { 'traffic.sidecar.istio.io/excludeOutboundPorts': '9000' },
    });
    expect(labels['istio.io/rev']).toBe('canary');
    expect(annotations['traffic.sidecar.istio.io/excludeOutboundPorts']).toBe('9000');
  });

  test('the configuration of a native proxy of Istio is the user’s', () => {
    const podAnnotations = { 'proxy.istio.io/config': '{"concurrency":2}' };
    expect(metadataOf({ mesh: Mesh.istio(), podAnnotations }).annotations).toMatchObject(podAnnotations);
    expect(() => synth({ mesh: Mesh.istio({ nativeSidecar: false }), podAnnotations })).toThrow(
      /podAnnotations\.proxy\.istio\.io\/config is .*; the mesh sets it/,
    );
  });

  test('no pod template has the container', () => {
    const { spec } = find(synth({ mesh: Mesh.istio() }), 'Deployment').spec.template;
    expect(spec.containers).toHaveLength(1);
    expect(spec.initContainers).toBeUndefined();
  });
});

describe.each([
  ['istio-proxy', Mesh.istio()],
  ['linkerd-proxy', Mesh.linkerd()],
])('autoscalers beside %s', (container, mesh) => {
  test('measure the container that serves', () => {
    const [metric] = find(synth({ mesh }), 'HorizontalPodAutoscaler').spec.metrics;
    expect(metric.containerResource).toMatchObject({ name: 'cpu', container: 'web' });
    const chosen = ScalingPolicy.custom({ metrics: [ScalingMetric.containerCpu(container, 60)] });
    expect(
      find(synth({ mesh, scaling: chosen }), 'HorizontalPodAutoscaler').spec.metrics[0].containerResource,
    ).toMatchObject({ container });
  });

  test('leave its requests alone', () => {
    const objects = synth({ mesh, verticalScaling: VerticalScaling.recreate() });
    const { containerPolicies } = find(objects, 'VerticalPodAutoscaler').spec.resourcePolicy;
    expect(containerPolicies).toHaveLength(2);
    expect(containerPolicies[0]).toEqual({ containerName: container, mode: 'Off' });
    expect(containerPolicies[1].containerName).toBe('*');
  });

  test('satisfy the checklist as the same app without a mesh does', () => {
    const active = (objects: Manifest[]) =>
      heard(objects, /./)
        .filter(({ suppressed }) => suppressed === undefined)
        .map(({ rule }) => rule)
        .sort();
    expect(active(synth({ mesh }))).toEqual(active(synth({})));
  });

  test('what was asked for by hand is counted alike, and heard', () => {
    const { labels, annotations } = metadataOf({ mesh });
    const asked = { ...labels, ...annotations };
    const byHand = Object.fromEntries(
      Object.entries(asked).filter(([key]) => !key.startsWith('app.kubernetes.io/')),
    ) as Record<string, string>;
    const strangers = synth({ podAnnotations: byHand });
    const request = (objects: Manifest[]) => Inventory.of(objects).workloads[0].request;
    expect(request(strangers)).toEqual(request(synth({ mesh })));
    expect(request(strangers).cpuMillis).toBe(request(synth({})).cpuMillis + 100);
    expect(heard(strangers, /HPA-012/)).toHaveLength(1);
    expect(heard(synth({ mesh }), /HPA-012/)).toEqual([]);
  });
});

describe('the network', () => {
  const rulesOf = (make: (web: ScalableWebApp) => void, mesh?: Mesh): Manifest => {
    const chart = newChart(KubernetesVersion.V1_31);
    make(new ScalableWebApp(chart, 'web', { image: IMAGE, mesh }));
    return find(manifests(chart), 'NetworkPolicy').spec;
  };
  const ports = (rule: Manifest) => rule.ports.map(({ port }: Manifest) => port);
  const connected = (web: ScalableWebApp) => {
    web.allowFrom(NetworkPeer.pods({ podLabels: { app: 'a' } }), [8080]);
    web.allowFrom(NetworkPeer.cidr('10.0.0.0/8'), [8080]);
    web.allowTo(NetworkPeer.namespace('other'), [80]);
    web.allowTo(NetworkPeer.cidr('203.0.113.0/24'), [443]);
  };
  const namespaceOf = (rule: Manifest) =>
    rule.to?.[0].namespaceSelector?.matchLabels['kubernetes.io/metadata.name'];

  test('Istio: to its control plane; peers see the ports of the application', () => {
    const { ingress, egress } = rulesOf(connected, Mesh.istio());
    const control = egress.find((rule: Manifest) => namespaceOf(rule) === 'istio-system');
    expect(ports(control)).toEqual([15012]);
    const without = rulesOf(connected);
    expect(ingress).toEqual(without.ingress);
    expect(egress.filter((rule: Manifest) => rule !== control)).toEqual(without.egress);
  });

  test('Linkerd: to its control plane, and peers in the cluster by the proxies’ port', () => {
    const { ingress, egress } = rulesOf(connected, Mesh.linkerd({ controlPlaneNamespace: 'mesh' }));
    const control = egress.find((rule: Manifest) => namespaceOf(rule) === 'mesh');
    expect(ports(control)).toEqual([8080, 8086, 8090, 4143]);
    expect(ingress.map(ports)).toEqual([[8080, 4143], [8080]]);
    expect(egress.map(ports)).toEqual([[53, 53], [8080, 8086, 8090, 4143], [80, 4143], [443]]);
  });

  test('a port of the proxies that is named is not named twice', () => {
    const { ingress } = rulesOf(
      (web) => web.allowFrom(NetworkPeer.namespace('other'), [4143]),
      Mesh.linkerd(),
    );
    expect(ingress.map(ports)).toEqual([[4143]]);
  });
});

describe('refused is', () => {
  const container = { image: 'registry.example.com/a:1', profile: SMALL };
  test.each<[string, Partial<ScalableWebAppProps>, RegExp]>([
    [
      'a sidecar of the same name',
      { mesh: Mesh.istio(), sidecars: [{ ...container, name: 'istio-proxy' }] },
      /shop\/web: sidecars\[0\]\.name is "istio-proxy"; Istio adds a container of this name; give it another/,
    ],
    [
      'an init container of the same name',
      { mesh: Mesh.linkerd(), initContainers: [{ ...container, name: 'linkerd-proxy' }] },
      /initContainers\[0\]\.name is "linkerd-proxy"; Linkerd adds/,
    ],
    [
      'an annotation that says otherwise',
      { mesh: Mesh.istio(), podAnnotations: { 'sidecar.istio.io/inject': 'false' } },
      /podAnnotations\.sidecar\.istio\.io\/inject is "false"; the mesh sets it; leave it out/,
    ],
    [
      'a label that says otherwise',
      { mesh: Mesh.istio(), podLabels: { 'sidecar.istio.io/inject': 'false' } },
      /podLabels\.sidecar\.istio\.io\/inject is "false"; the mesh sets it/,
    ],
    [
      'a size beside the profile',
      { mesh: Mesh.linkerd(), podAnnotations: { 'config.linkerd.io/proxy-cpu-limit': '1' } },
      /podAnnotations\.config\.linkerd\.io\/proxy-cpu-limit is "1"; the mesh sets it; leave it out, and give Mesh\.linkerd\(\) a profile/,
    ],
    [
      'a wait beside a native sidecar',
      {
        mesh: Mesh.linkerd(),
        podAnnotations: { 'config.alpha.linkerd.io/proxy-wait-before-exit-seconds': '40' },
      },
      /podAnnotations\.config\.alpha\.linkerd\.io\/proxy-wait-before-exit-seconds is "40"; the mesh sets it/,
    ],
    [
      'a second mesh',
      { mesh: Mesh.istio(), podAnnotations: { 'linkerd.io/inject': 'enabled' } },
      /podAnnotations\.linkerd\.io\/inject is "enabled"; the pod is in Istio, and in one mesh only/,
    ],
    [
      'the user of the proxy',
      { mesh: Mesh.istio(), runAsUser: 1337 },
      /runAsUser is 1337; it is the user of the proxy of Istio, whose traffic stays out of the mesh/,
    ],
    [
      'the user of the proxy for a sidecar',
      { mesh: Mesh.linkerd(), sidecars: [{ ...container, name: 'logs', runAsUser: 2102 }] },
      /sidecars\[0\]\.runAsUser is 2102; it is the user of the proxy of Linkerd/,
    ],
    [
      'a port of the proxy',
      { mesh: Mesh.istio(), port: 15006 },
      /port http is 15006; the proxy of Istio listens there; allowed: any port but 15000,/,
    ],
    [
      'a port of the proxy for a sidecar',
      {
        mesh: Mesh.linkerd(),
        sidecars: [{ ...container, name: 'logs', ports: [{ name: 'in', port: 4143 }] }],
      },
      /sidecars\[0\]\.ports\[0\]\.port is 4143; the proxy of Linkerd listens there/,
    ],
    [
      'a namespace that is none',
      { mesh: Mesh.istio({ controlPlaneNamespace: 'a b' }) },
      /mesh\.controlPlaneNamespace is "a b"/,
    ],
    [
      'a profile that cannot stand',
      {
        mesh: Mesh.istio({
          profile: WorkloadProfile.fromQuantities({
            cpuRequest: 'much',
            memoryRequest: '1Gi',
            memoryLimit: '1Mi',
          }),
        }),
      },
      /mesh\.profile\.cpuRequest is "much"[^]*mesh\.profile\.memoryRequest is "1Gi"/,
    ],
    [
      'a recommendation for the proxy',
      {
        mesh: Mesh.istio(),
        verticalScaling: VerticalScaling.recreate({ containers: { 'istio-proxy': { enabled: true } } }),
      },
      /verticalScaling\.containers\.istio-proxy is .*; annotations set its requests/,
    ],
    [
      'a metric of a container that the mesh does not add',
      {
        mesh: Mesh.istio(),
        scaling: ScalingPolicy.custom({ metrics: [ScalingMetric.containerCpu('linkerd-proxy', 70)] }),
      },
      /the pod has no such container; allowed: web, istio-proxy/,
    ],
  ])('%s', (_, props, message) => expect(() => synth(props)).toThrow(message));
});
