/** What a workload is made of besides its own props: sizes, health checks, exposure, peers, variables. */
import type { Chart } from 'cdk8s';
import { EnvValue } from 'cdk8s-plus-27';
import * as tuned from 'cdk8s-tuned';
import { IMAGE } from '../support/synth';
import { type Attack, damages, numbers, sizes, texts, times } from './attack';
import { web } from './constructs';

const QUANTITIES = { cpuRequest: '1', memoryRequest: '1Gi', memoryLimit: '1Gi' };

const route = (chart: Chart, options: Partial<tuned.HttpRouteExposureOptions>) =>
  web(chart, {
    exposure: tuned.Exposure.httpRoute({ gateway: 'g', hosts: ['a.example.com'], ...options }),
  });

const FACTORIES: Record<string, readonly Attack[]> = {
  'construct id': texts(
    (chart, id) => new tuned.ScalableWebApp(chart, `x${id}`.replaceAll('/', ''), { image: IMAGE }),
  ),
  'KubernetesVersion.fromString': texts((chart, text) =>
    tuned.KubernetesVersion.fromString(text).applyTo(chart),
  ),
  'WorkloadProfile.fromQuantities': Object.keys({
    ...QUANTITIES,
    cpuLimit: '',
    ephemeralStorageRequest: '',
    ephemeralStorageLimit: '',
  }).flatMap((key) =>
    texts((chart, text) =>
      web(chart, { profile: tuned.WorkloadProfile.fromQuantities({ ...QUANTITIES, [key]: text }) }),
    ),
  ),
  'WorkloadProfile.withMemory': sizes().map((size) => ({
    what: 'size',
    run: (chart) => void web(chart, { profile: tuned.WorkloadProfile.WEB_API.withMemory(size) }),
  })),
  'PodDensity.custom': numbers((chart, replicas) =>
    web(chart, {
      density: tuned.PodDensity.custom({
        replicas,
        profile: tuned.WorkloadProfile.WEB_API,
        nodeSelector: {},
      }),
    }),
  ),
  'Mesh.istio': texts((chart, text) =>
    web(chart, { mesh: tuned.Mesh.istio({ controlPlaneNamespace: text }) }),
  ),
  'Mesh.linkerd': texts((chart, text) =>
    web(chart, { mesh: tuned.Mesh.linkerd({ controlPlaneNamespace: text }) }),
  ),
  'Runtime.jvm': [
    ...numbers((chart, heapPercent) => web(chart, { runtime: tuned.Runtime.jvm({ heapPercent }) })),
    ...texts((chart, text) => web(chart, { runtime: tuned.Runtime.jvm({ options: [text] }) })),
    ...texts((chart, text) =>
      web(chart, { runtime: tuned.Runtime.jvm({ garbageCollector: text as tuned.JvmGarbageCollector }) }),
    ),
  ],
  'Runtime.node': [
    ...numbers((chart, heapPercent) => web(chart, { runtime: tuned.Runtime.node({ heapPercent }) })),
    ...numbers((chart, threadPoolSize) => web(chart, { runtime: tuned.Runtime.node({ threadPoolSize }) })),
    ...texts((chart, text) => web(chart, { runtime: tuned.Runtime.node({ options: [text] }) })),
  ],
  'Runtime.python': [
    ...numbers((chart, workers) => web(chart, { runtime: tuned.Runtime.python({ workers }) })),
    ...numbers((chart, threads) => web(chart, { runtime: tuned.Runtime.python({ threads }) })),
    ...sizes().map((processMemory) => ({
      what: 'processMemory',
      run: (chart: Chart) => void web(chart, { runtime: tuned.Runtime.python({ processMemory }) }),
    })),
    ...texts((chart, text) =>
      web(chart, { runtime: tuned.Runtime.python({ server: text as tuned.PythonServer }) }),
    ),
  ],
  'Runtime.ruby': [
    ...numbers((chart, workers) => web(chart, { runtime: tuned.Runtime.ruby({ workers }) })),
    ...numbers((chart, threads) => web(chart, { runtime: tuned.Runtime.ruby({ threads }) })),
    ...sizes().map((processMemory) => ({
      what: 'processMemory',
      run: (chart: Chart) => void web(chart, { runtime: tuned.Runtime.ruby({ processMemory }) }),
    })),
  ],
  'LifecycleHook.command': (['postStart', 'preStop'] as const).flatMap((prop) =>
    texts((chart, text) => web(chart, { [prop]: tuned.LifecycleHook.command([text]) })),
  ),
  'ScalableWebApp.connection': (['url', 'host', 'port'] as const).flatMap((what) =>
    texts((chart, text) =>
      new tuned.BackgroundWorker(chart, 'caller', { image: IMAGE }).connectTo(
        new tuned.ScalableWebApp(chart, 'called', { image: IMAGE }).connection({
          variables: { [what]: text },
        }),
      ),
    ),
  ),
  'LifecycleHook.http': [
    ...texts((chart, text) => web(chart, { postStart: tuned.LifecycleHook.http(text, { port: 8080 }) })),
    ...numbers((chart, port) => web(chart, { postStart: tuned.LifecycleHook.http('/warm', { port }) })),
  ],
  'HealthCheck.http': texts((chart, text) => web(chart, { readiness: tuned.HealthCheck.http(text) })),
  'HealthCheck.command': texts((chart, text) => web(chart, { readiness: tuned.HealthCheck.command([text]) })),
  'HealthCheck timing': [
    ...times((chart, period) => web(chart, { readiness: tuned.HealthCheck.http('/r', { period }) })),
    ...times((chart, timeout) => web(chart, { readiness: tuned.HealthCheck.http('/r', { timeout }) })),
    ...times((chart, initialDelay) =>
      web(chart, { readiness: tuned.HealthCheck.http('/r', { initialDelay }) }),
    ),
    ...numbers((chart, failureThreshold) =>
      web(chart, { readiness: tuned.HealthCheck.http('/r', { failureThreshold }) }),
    ),
  ],
  'Exposure.nodePort': numbers((chart, nodePort) =>
    web(chart, { exposure: tuned.Exposure.nodePort({ nodePort }) }),
  ),
  'Exposure.loadBalancer': [
    ...(['ipFamilies', 'externalTrafficPolicy'] as const).flatMap((key) =>
      texts((chart, text) => web(chart, { exposure: tuned.Exposure.loadBalancer({ [key]: text }) })),
    ),
    ...texts((chart, text) =>
      web(chart, { exposure: tuned.Exposure.loadBalancer({ sourceRanges: [text] }) }),
    ),
    ...texts((chart, text) =>
      web(chart, { exposure: tuned.Exposure.loadBalancer({ annotations: { 'example.com/a': text } }) }),
    ),
    ...texts((chart, text) =>
      web(chart, { exposure: tuned.Exposure.loadBalancer({ annotations: { [text]: 'a' } }) }),
    ),
    ...texts((chart, text) =>
      web(chart, { exposure: tuned.Exposure.loadBalancer({ loadBalancerClass: text }) }),
    ),
    ...numbers((chart, healthCheckNodePort) =>
      web(chart, {
        exposure: tuned.Exposure.loadBalancer({
          externalTrafficPolicy: tuned.ExternalTrafficPolicy.LOCAL,
          healthCheckNodePort,
        }),
      }),
    ),
  ],
  'Exposure.ingress': (
    ['hosts', 'path', 'className', 'tlsSecretName', 'controllerNamespace'] as const
  ).flatMap((key) =>
    texts((chart, text) =>
      web(chart, {
        exposure: tuned.Exposure.ingress({
          hosts: ['a.example.com'],
          [key]: key === 'hosts' ? [text] : text,
        }),
      }),
    ),
  ),
  'Exposure.httpRoute': (
    ['hosts', 'path', 'gateway', 'gatewayNamespace', 'sectionName', 'dataPlaneNamespace'] as const
  ).flatMap((key) =>
    texts((chart, text) =>
      web(chart, {
        exposure: tuned.Exposure.httpRoute({
          gateway: 'g',
          hosts: ['a.example.com'],
          [key]: key === 'hosts' ? [text] : text,
        }),
      }),
    ),
  ),
  'certificates and paths of Exposure.ingress': [
    ...(['hosts', 'secretName'] as const).flatMap((key) =>
      texts((chart, text) =>
        web(chart, {
          exposure: tuned.Exposure.ingress({
            hosts: [key === 'hosts' ? text : 'a.example.com'],
            certificates: [
              { hosts: ['a.example.com'], secretName: 'a', [key]: key === 'hosts' ? [text] : text },
            ],
          }),
        }),
      ),
    ),
    ...(['path', 'pathType', 'portName'] as const).flatMap((key) =>
      texts((chart, text) =>
        web(chart, {
          exposure: tuned.Exposure.ingress({ hosts: ['a.example.com'], paths: [{ path: '/', [key]: text }] }),
        }),
      ),
    ),
  ],
  'rules and Gateways of Exposure.httpRoute': [
    ...(['path', 'pathType', 'portName', 'rewritePrefix'] as const).flatMap((key) =>
      texts((chart, text) => route(chart, { paths: [{ path: '/', [key]: text }] })),
    ),
    ...(
      ['gateway', 'gatewayNamespace', 'sectionName', 'redirectSectionName', 'dataPlaneNamespace'] as const
    ).flatMap((key) =>
      texts((chart, text) =>
        route(chart, { moreGateways: [{ gateway: 'h', sectionName: 'https', [key]: text }] }),
      ),
    ),
    ...numbers((chart, gatewayPort) => route(chart, { gatewayPort })),
    ...(['set', 'add'] as const).flatMap((key) => [
      ...texts((chart, text) => route(chart, { requestHeaders: { [key]: { 'X-A': text } } })),
      ...texts((chart, text) => route(chart, { requestHeaders: { [key]: { [text]: 'a' } } })),
    ]),
    ...texts((chart, text) => route(chart, { requestHeaders: { remove: [text] } })),
    ...times((chart, request) => route(chart, { timeouts: { request } })),
    ...times((chart, backendRequest) => route(chart, { timeouts: { backendRequest } })),
  ],
  'NetworkPeer.namespace': texts((chart, text) =>
    web(chart, {}).allowHttpFrom(tuned.NetworkPeer.namespace(text)),
  ),
  'NetworkPeer.cidr': texts((chart, text) => web(chart, {}).allowTo(tuned.NetworkPeer.cidr(text), [443])),
  'NetworkPeer.dnsName': [
    ...texts((chart, text) => web(chart, {}).allowTo(tuned.NetworkPeer.dnsName(text), [443])),
    ...texts((chart, text) => web(chart, {}).allowTo(tuned.NetworkPeer.dnsName(`a.${text}`), [443])),
  ],
  'NetworkPeer.dnsPattern': [
    ...texts((chart, text) => web(chart, {}).allowTo(tuned.NetworkPeer.dnsPattern(text), [443])),
    ...texts((chart, text) => web(chart, {}).allowTo(tuned.NetworkPeer.dnsPattern(`*.${text}.com`), [443])),
  ],
  'allowTo ports': numbers((chart, port) => web(chart, {}).allowTo(tuned.NetworkPeer.anywhere(), [port])),
  addEnv: texts((chart, text) => web(chart, {}).addEnv(text, EnvValue.fromValue('a'))),
  'addEnv value': texts((chart, text) => web(chart, {}).addEnv('KEY', EnvValue.fromValue(text))),
};

test.each(Object.entries(FACTORIES))('%s', (_, attacks) => {
  expect(attacks.length).toBeGreaterThan(5);
  expect(damages(attacks)).toEqual([]);
});
