import { Duration } from 'cdk8s';
import {
  Exposure,
  type HttpRouteExposureOptions,
  NginxCachingProxy,
  PathType,
  type RequestHeaderChanges,
  ScalableWebApp,
  type ScalableWebAppProps,
} from 'cdk8s-tuned';
import { find, IMAGE, newChart } from '../support/synth';
import { synth } from '../web/web-app';
import { expectSound } from './sound';

const GRPC = { name: 'grpc', port: 9090, servicePort: 90, appProtocol: 'kubernetes.io/h2c' };

const withRoute = (options: Partial<HttpRouteExposureOptions>, props: Partial<ScalableWebAppProps> = {}) =>
  synth({
    exposure: Exposure.httpRoute({
      gateway: 'public',
      gatewayNamespace: 'gateways',
      hosts: ['a.example.com', 'b.example.org'],
      ...options,
    }),
    ...props,
  });
const route = (options: Partial<HttpRouteExposureOptions>, props?: Partial<ScalableWebAppProps>) =>
  find(withRoute(options, props), 'HTTPRoute', 'shop-web').spec;

test('each path has a rule, with the port that it leads to', () => {
  const objects = withRoute(
    {
      paths: [
        { path: '/' },
        { path: '/healthz', pathType: PathType.EXACT },
        { path: '/api', rewritePrefix: '/', timeouts: { request: Duration.seconds(60) } },
        { path: '/shop.v1.Orders', portName: 'grpc', requestHeaders: { remove: ['Cookie'] } },
      ],
      requestHeaders: { set: { 'X-Zone': 'public' } },
      timeouts: { request: Duration.seconds(10) },
    },
    { ports: [GRPC] },
  );
  const { rules } = find(objects, 'HTTPRoute').spec;
  const set = {
    type: 'RequestHeaderModifier',
    requestHeaderModifier: { set: [{ name: 'X-Zone', value: 'public' }] },
  };
  const http = [{ name: 'shop-web', port: 80 }];
  expect(rules).toEqual([
    {
      matches: [{ path: { type: 'PathPrefix', value: '/' } }],
      filters: [set],
      timeouts: { request: '10s' },
      backendRefs: http,
    },
    {
      matches: [{ path: { type: 'Exact', value: '/healthz' } }],
      filters: [set],
      timeouts: { request: '10s' },
      backendRefs: http,
    },
    {
      matches: [{ path: { type: 'PathPrefix', value: '/api' } }],
      filters: [
        set,
        {
          type: 'URLRewrite',
          urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } },
        },
      ],
      timeouts: { request: '60s' },
      backendRefs: http,
    },
    {
      matches: [{ path: { type: 'PathPrefix', value: '/shop.v1.Orders' } }],
      filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { remove: ['Cookie'] } }],
      timeouts: { request: '10s' },
      backendRefs: [{ name: 'shop-web', port: 90 }],
    },
  ]);
  expectSound(objects);
  const ports = find(objects, 'NetworkPolicy').spec.ingress[0].ports;
  expect(ports.map(({ port }: { port: number }) => port)).toEqual([8080, 9090]);
});

test('without paths there is one rule, with what the exposure says', () => {
  const objects = withRoute({
    path: '/shop',
    rewritePrefix: '/',
    requestHeaders: { add: { Via: 'gateway' } },
    timeouts: { request: Duration.seconds(10), backendRequest: Duration.millis(2500) },
  });
  const { rules, hostnames } = find(objects, 'HTTPRoute').spec;
  expect(hostnames).toEqual(['a.example.com', 'b.example.org']);
  expect(rules).toMatchObject([
    {
      matches: [{ path: { value: '/shop' } }],
      filters: [
        { requestHeaderModifier: { add: [{ name: 'Via', value: 'gateway' }] } },
        { urlRewrite: { path: { replacePrefixMatch: '/' } } },
      ],
      timeouts: { request: '10s', backendRequest: '2s500ms' },
    },
  ]);
  expectSound(objects);
});

test.each([
  [Duration.seconds(0), '0s'],
  [Duration.millis(1), '1ms'],
  [Duration.millis(1001), '1s1ms'],
  [Duration.minutes(2), '120s'],
  [Duration.days(1), '86400s'],
])('a timeout of %p is written as the Gateway API reads it', (request, expected) => {
  expect(expected).toMatch(/^([0-9]{1,5}(h|m|s|ms)){1,4}$/);
  expect(route({ timeouts: { request } }).rules[0].timeouts).toEqual({ request: expected });
});

test('it hangs on every Gateway, and lets all their data planes in', () => {
  const objects = withRoute({
    sectionName: 'https-a',
    gatewayPort: 443,
    moreGateways: [
      { gateway: 'public', gatewayNamespace: 'gateways', sectionName: 'https-b' },
      { gateway: 'internal', dataPlaneNamespace: 'envoy' },
    ],
  });
  expect(find(objects, 'HTTPRoute').spec.parentRefs).toEqual([
    { name: 'public', namespace: 'gateways', sectionName: 'https-a', port: 443 },
    { name: 'public', namespace: 'gateways', sectionName: 'https-b' },
    { name: 'internal' },
  ]);
  const peers = find(objects, 'NetworkPolicy').spec.ingress.flatMap(({ from }: { from: object[] }) => from);
  const namespace = (name: string) => ({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
  });
  expect(peers).toEqual([namespace('gateways'), namespace('envoy')]);
  expectSound(objects);
});

test('requests of plain HTTP are redirected at a listener of their own', () => {
  const objects = withRoute({ sectionName: 'https', redirectSectionName: 'http' });
  expect(find(objects, 'HTTPRoute', 'shop-web').spec.parentRefs).toEqual([
    { name: 'public', namespace: 'gateways', sectionName: 'https' },
  ]);
  expect(find(objects, 'HTTPRoute', 'shop-web-https-redirect').spec).toEqual({
    hostnames: ['a.example.com', 'b.example.org'],
    parentRefs: [{ name: 'public', namespace: 'gateways', sectionName: 'http' }],
    rules: [
      { filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }] },
    ],
  });
  expectSound(objects);
});

test('both HTTPRoutes are parts of what they lead to', () => {
  const chart = newChart();
  const redirected = Exposure.httpRoute({
    gateway: 'public',
    sectionName: 'https',
    redirectSectionName: 'http',
    hosts: ['a.example.com'],
  });
  const web = new ScalableWebApp(chart, 'web', { image: IMAGE, exposure: redirected });
  const edge = new NginxCachingProxy(chart, 'edge', { backend: web, exposure: redirected });
  for (const { name, route: main, redirectRoute } of [web, edge])
    expect([main?.name, redirectRoute?.name]).toEqual([name, `${name}-https-redirect`]);
  expect(new ScalableWebApp(chart, 'inside', { image: IMAGE }).redirectRoute).toBeUndefined();
});

test('a path of a proxy leads to its port for HTTP, and to no other', () => {
  const chart = newChart();
  const backend = new ScalableWebApp(chart, 'web', { image: IMAGE, ports: [GRPC] });
  const exposure = Exposure.httpRoute({
    gateway: 'public',
    hosts: ['a.example.com'],
    paths: [{ path: '/', portName: 'grpc' }],
  });
  expect(() => new NginxCachingProxy(chart, 'edge', { backend, exposure })).toThrow(
    'exposure.paths[0].portName is "grpc"; allowed: http',
  );
});

const many = (length: number) => Array.from({ length }, (_, index) => `x${index}`);
const headers = (requestHeaders: RequestHeaderChanges) => ({ requestHeaders });
const again = { gateway: 'public', gatewayNamespace: 'gateways' };

test.each<[string, Partial<HttpRouteExposureOptions>, string]>([
  [
    'more hosts than an HTTPRoute has',
    { hosts: many(17) },
    'exposure.hosts is "17 entries"; allowed: at most 16',
  ],
  [
    'more paths than an HTTPRoute has rules',
    { paths: many(17).map((name) => ({ path: `/${name}` })) },
    'exposure.paths is "17 entries"; allowed: at most 16',
  ],
  [
    'more Gateways than an HTTPRoute has parents',
    { moreGateways: many(32).map((gateway) => ({ gateway })) },
    'exposure.moreGateways is "32 entries"; allowed: at most 31',
  ],
  [
    'a Gateway twice',
    { moreGateways: [{ ...again, sectionName: 'https' }] },
    'exposure.moreGateways[0].sectionName is "https"; Gateway public is named before; allowed: listeners of its own for each',
  ],
  [
    'a Gateway twice, once with all its listeners',
    { sectionName: 'https', moreGateways: [again] },
    'exposure.moreGateways[0].sectionName is undefined; Gateway public is named before',
  ],
  [
    'a listener twice',
    { sectionName: 'https', moreGateways: [{ ...again, sectionName: 'https' }] },
    'exposure.moreGateways[0].sectionName is "https"; Gateway public is named before',
  ],
  [
    'a redirect at every listener',
    { redirectSectionName: 'http' },
    'exposure.redirectSectionName is "http"; the route would answer at that listener too; set sectionName',
  ],
  [
    'a redirect at the listener of the route',
    { sectionName: 'http', redirectSectionName: 'http' },
    'exposure.redirectSectionName is "http"; Gateway public is named before',
  ],
  ['a port that is none', { gatewayPort: 0 }, 'exposure.gatewayPort is 0; allowed: a whole number from 1'],
  [
    'a rewrite beside paths',
    { rewritePrefix: '/', paths: [{ path: '/a' }] },
    'exposure.rewritePrefix is "/"; `paths` is there too; give it to those of `paths` that are meant',
  ],
  [
    'a rewrite of an exact path',
    { paths: [{ path: '/a', pathType: PathType.EXACT, rewritePrefix: '/' }] },
    'exposure.paths[0].rewritePrefix is "/"; an exact path has no prefix; use PathType.PREFIX, or leave it out',
  ],
  [
    'a header that is changed twice',
    headers({ set: { 'X-A': '1' }, remove: ['x-a'] }),
    'exposure.requestHeaders.remove[0] is "x-a"; the header is there already, in whatever case; name it once',
  ],
  [
    'another host',
    headers({ set: { Host: 'b.example.com' } }),
    'exposure.requestHeaders.set.name is "Host"; Gateways do not change the host; remove it',
  ],
  [
    'a header of two lines',
    headers({ add: { 'X-A': '1\r\nX-B: 2' } }),
    'exposure.requestHeaders.add.X-A is "1\\r\\nX-B: 2"; allowed: printable characters of ASCII',
  ],
  [
    'a header that is none',
    headers({ remove: ['a b'] }),
    'exposure.requestHeaders.remove[0] is "a b"; allowed: letters, digits and',
  ],
  [
    'more headers than a filter has',
    headers({ remove: many(17) }),
    'exposure.requestHeaders.remove is "17 entries"; allowed: at most 16',
  ],
  [
    'headers of which none is changed',
    headers({}),
    'exposure.requestHeaders.set is undefined; nothing is changed; set, add or remove a header, or leave it out',
  ],
  [
    'a timeout of two days',
    { timeouts: { request: Duration.days(2) } },
    'exposure.timeouts.request is "172800000 ms"; allowed: whole milliseconds, at most a day',
  ],
  [
    'a try that takes longer than all of them may',
    { timeouts: { request: Duration.seconds(1), backendRequest: Duration.seconds(2) } },
    'exposure.timeouts.backendRequest is "2 seconds"; it is longer than request (1 second); lower it, or raise request',
  ],
])('%s is refused', (_, options, message) => {
  expect(() => withRoute(options)).toThrow(message);
});

test('a try may take as long as it likes where the answer may', () => {
  const timeouts = { request: Duration.seconds(0), backendRequest: Duration.seconds(2) };
  expect(route({ timeouts }).rules[0].timeouts).toEqual({ request: '0s', backendRequest: '2s' });
});
