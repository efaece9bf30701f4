import { evaluate } from '../../lib/checklist/evaluate';
import { injectedSidecars } from '../../lib/inventory/injected-sidecars';
import { Inventory } from '../../lib/inventory/inventory';
import { measuredResources } from '../../lib/inventory/pod-resources';

const ISTIO = { 'sidecar.istio.io/inject': 'true' };
const LINKERD = { 'linkerd.io/inject': 'enabled' };
const container = (name: string, requests?: object, limits?: object) => ({
  name,
  image: 'registry.example.com/shop',
  resources: { requests, limits },
});

interface Template {
  readonly metadata?: object;
  readonly spec: Readonly<Record<string, unknown>> & { readonly containers: readonly object[] };
}
const template = (metadata: object, spec: object = {}): Template => ({
  metadata,
  spec: { containers: [container('web', { cpu: '200m', memory: '64Mi' }, { cpu: '1' })], ...spec },
});
const deployment = ({ metadata, spec }: Template) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' }, ...metadata }, spec },
  },
});
const workloadOf = (one: Template, ...others: object[]) =>
  Inventory.of([deployment(one), ...others]).workloads[0];

describe('who gets a container', () => {
  test.each<[string, object, object, readonly string[]]>([
    ['who has the label of Istio', { labels: ISTIO }, {}, ['istio-proxy']],
    ['who has its old annotation', { annotations: ISTIO }, {}, ['istio-proxy']],
    [
      'not who has a label against it, whatever the annotation says',
      { labels: { 'sidecar.istio.io/inject': 'false' }, annotations: ISTIO },
      {},
      [],
    ],
    ['who has the annotation of Linkerd', { annotations: LINKERD }, {}, ['linkerd-proxy']],
    [
      'and its mode for ingresses',
      { annotations: { 'linkerd.io/inject': 'ingress' } },
      {},
      ['linkerd-proxy'],
    ],
    ['not who is left out', { annotations: { 'linkerd.io/inject': 'disabled' } }, {}, []],
    ['not who has it as a label, which Linkerd does not read', { labels: LINKERD }, {}, []],
    ['not who says nothing', {}, {}, []],
    [
      'not who sets a size only',
      { annotations: { 'sidecar.istio.io/proxyCPU': '1', 'config.linkerd.io/proxy-cpu-request': '1' } },
      {},
      [],
    ],
    [
      'not who is in the network of the node',
      { labels: ISTIO, annotations: LINKERD },
      { hostNetwork: true },
      [],
    ],
    [
      'not who has it already',
      { labels: ISTIO },
      { containers: [container('web'), container('istio-proxy')] },
      [],
    ],
    [
      'not who has it already as a native sidecar',
      { annotations: LINKERD },
      { initContainers: [container('linkerd-proxy')] },
      [],
    ],
  ])('%s', (_, metadata, spec, names) =>
    expect(injectedSidecars(template(metadata, spec)).map((one) => one.container.name)).toEqual(names),
  );

  test.each([undefined, null, 'x', [], {}, { metadata: 1 }, { metadata: { labels: [], annotations: 'x' } }])(
    'nothing comes of %j',
    (junk) => expect(injectedSidecars(junk)).toEqual([]),
  );
});

describe('what it requests', () => {
  test.each<[string, object, object]>([
    [
      'what the charts have where nothing is said',
      { labels: ISTIO },
      { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '2', memory: '1Gi' } },
    ],
    [
      'no more than what is said to Istio, once something is',
      { labels: ISTIO, annotations: { 'sidecar.istio.io/proxyCPU': '50m' } },
      { requests: { cpu: '50m' }, limits: {} },
    ],
    [
      'a limit for a request',
      { labels: ISTIO, annotations: { 'sidecar.istio.io/proxyMemoryLimit': '1Gi' } },
      { requests: { memory: '1Gi' }, limits: { memory: '1Gi' } },
    ],
    [
      'each amount that is said to Linkerd, and its chart’s for the others',
      { annotations: { ...LINKERD, 'config.linkerd.io/proxy-cpu-request': '10m' } },
      { requests: { cpu: '10m', memory: '20Mi' }, limits: { memory: '250Mi' } },
    ],
  ])('%s', (_, metadata, expected) =>
    expect(workloadOf(template(metadata)).resources.containers[1]).toEqual({
      name: expect.stringMatching(/-proxy$/) as string,
      role: 'sidecar',
      isInjected: true,
      ...expected,
    }),
  );

  test('a LimitRange fills in what it lacks, as for any container', () => {
    const range = {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'defaults', namespace: 'shop' },
      spec: { limits: [{ type: 'Container', defaultRequest: { memory: '96Mi' } }] },
    };
    const metadata = { labels: ISTIO, annotations: { 'sidecar.istio.io/proxyCPU': '50m' } };
    expect(workloadOf(template(metadata), range).resources.containers[1].requests).toEqual({
      cpu: '50m',
      memory: '96Mi',
    });
  });
});

describe('a container that is injected counts as one that is written', () => {
  const sized = {
    'sidecar.istio.io/proxyCPU': '150m',
    'sidecar.istio.io/proxyCPULimit': '700m',
    'sidecar.istio.io/proxyMemory': '100Mi',
    'sidecar.istio.io/proxyMemoryLimit': '300Mi',
  };
  const proxy = container('istio-proxy', { cpu: '150m', memory: '100Mi' }, { cpu: '700m', memory: '300Mi' });
  const init = container('migrate', { cpu: '900m', memory: '2Gi' });
  const { containers } = template({}).spec;
  test.each<[string, boolean, object, object]>([
    ['beside the others', false, {}, { containers: [...containers, proxy] }],
    [
      'beside the others, after a large init container',
      false,
      { initContainers: [init] },
      { containers: [...containers, proxy], initContainers: [init] },
    ],
    ['as a native sidecar', true, {}, { initContainers: [{ ...proxy, restartPolicy: 'Always' }] }],
    [
      'as a native sidecar beside a large init container',
      true,
      { initContainers: [init] },
      { initContainers: [{ ...proxy, restartPolicy: 'Always' }, init] },
    ],
  ])('%s', (_, isNative, spec, writtenSpec) => {
    const annotations = { ...sized, 'sidecar.istio.io/nativeSidecar': `${isNative}` };
    const injected = workloadOf(template({ labels: ISTIO, annotations }, spec));
    const written = workloadOf(template({}, writtenSpec));
    expect(injected.request).toEqual(written.request);
    for (const resource of ['cpu', 'memory'])
      for (const name of [undefined, 'web', 'istio-proxy', 'gone'])
        expect(measuredResources(injected.resources, resource, name)).toEqual(
          measuredResources(written.resources, resource, name),
        );
    // What is read of each container that is written is its own, whatever is added between them.
    for (const one of injected.containers) expect(one.resources.name).toBe(one.name);
  });
});

describe('the checklist', () => {
  const scaler = (metric: object) => ({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 2,
      maxReplicas: 8,
      metrics: [metric],
    },
  });
  const resource = (name: string) =>
    scaler({ type: 'Resource', resource: { name, target: { type: 'Utilization', averageUtilization: 70 } } });
  const ofContainer = (name: string) =>
    scaler({
      type: 'ContainerResource',
      containerResource: {
        name: 'cpu',
        container: name,
        target: { type: 'Utilization', averageUtilization: 70 },
      },
    });
  const heard = (one: Template, ...others: object[]) =>
    evaluate(Inventory.of([deployment(one), ...others])).findings;
  const rules = (findings: ReturnType<typeof heard>) => findings.map(({ rule }) => rule);
  const injected = template({
    labels: { app: 'web', ...ISTIO },
    annotations: { 'sidecar.istio.io/proxyCPU': '50m' },
  });
  const plain = template({ labels: { app: 'web' } });

  test.each<[string, Template, object, readonly string[]]>([
    ['CPU of all containers hides the one that serves', injected, resource('cpu'), ['HPA-012']],
    ['CPU of the container that serves does not', injected, ofContainer('web'), []],
    ['CPU of the proxy can be measured', injected, ofContainer('istio-proxy'), []],
    ['and without injection it cannot', plain, ofContainer('istio-proxy'), ['HPA-004']],
    ['memory that the proxy does not request is a dead metric', injected, resource('memory'), ['HPA-004']],
    ['without injection all is well', plain, resource('cpu'), []],
    ['and so it is for memory', plain, resource('memory'), []],
  ])('%s', (_, one, object, expected) => {
    const found = rules(heard(one, object)).filter((id) => /HPA-0(04|12)/.test(id));
    expect(found).toEqual(expected);
  });

  test('a VerticalPodAutoscaler that sizes the proxy fights with what measures all containers', () => {
    const vertical = (containerPolicies: readonly object[]) => ({
      apiVersion: 'autoscaling.k8s.io/v1',
      kind: 'VerticalPodAutoscaler',
      metadata: { name: 'web', namespace: 'shop' },
      spec: {
        targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        updatePolicy: { updateMode: 'Recreate' },
        resourcePolicy: { containerPolicies },
      },
    });
    const web = { containerName: 'web', mode: 'Off' };
    const off = { containerName: 'istio-proxy', mode: 'Off' };
    const fights = (one: Template, policies: readonly object[]) =>
      rules(heard(one, resource('cpu'), vertical(policies))).includes('HPA-006');
    expect(fights(injected, [web])).toBe(true);
    expect(fights(injected, [web, off])).toBe(false);
    expect(fights(plain, [web])).toBe(false);
  });

  test('a quota has to hold the proxies', () => {
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'shop', namespace: 'shop' },
      spec: { hard: { 'requests.cpu': '2' } },
    };
    const at = (one: Template) =>
      rules(heard(one, ofContainer('web'), quota)).filter((id) => id === 'RES-007');
    // Eight pods of 200m and their surge fit into 2 CPUs, and no longer with 50m more each.
    expect([plain, injected].map((one) => at(one).length)).toEqual([0, 1]);
  });

  test('nothing is said about a container that is in no manifest', () => {
    // An image without a tag, no probes, no security context: everything that can be said about a container is.
    const all = (one: Template) =>
      heard(one, ofContainer('web')).map(({ rule, path, measured, fix }) => ({ rule, path, measured, fix }));
    expect(all(injected).length).toBeGreaterThan(10);
    expect(all(injected)).toEqual(all(plain));
    expect(JSON.stringify(all(injected))).not.toContain('istio-proxy');
  });
});
