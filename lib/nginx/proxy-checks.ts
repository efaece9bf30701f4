/** What is allowed in the props of a caching proxy. */
import type { Duration, Size } from 'cdk8s';
import type { Exposure } from '../connection/exposure';
import type { Checks } from '../finding/checks';
import { EXPORTER_RESOURCES } from '../pod/exporter';
import { checkScheduling } from '../pod/scheduling';
import type { ScalingPolicy } from '../scaling/scaling-policy';
import type { WorkloadProfile } from '../sizing/workload-profile';
import type { KubernetesVersion } from '../target/kubernetes-version';
import { BYTES, SECONDS, secondsOf } from '../units/amounts';
import { dnsSubdomainRule, hostRule, imageRule } from '../units/names';
import { formatBytes, MIB } from '../units/quantity';
import { COMPANIONS, CREDENTIALS, isListed, OVERRIDES } from './configuration/client-headers';
import {
  type NginxCachingProxyProps,
  PathProtocol,
  type ProxyCacheKey,
  type ProxyCacheValidity,
  type ProxyPath,
} from './nginx-caching-proxy-props';
import { type NginxFeatures, parseNginxVersion } from './tuning/nginx-version';

const YEAR = 31_536_000;
const MAX_PATHS = 50;
const MAX_KEY_PARTS = 20;

export interface Chosen {
  readonly profile: WorkloadProfile;
  readonly scaling: ScalingPolicy;
  readonly exposure: Exposure;
  readonly features: NginxFeatures;
  readonly version: KubernetesVersion;
}

export function checkProxy(checks: Checks, props: NginxCachingProxyProps, chosen: Chosen): void {
  checkUpstream(checks, props);
  checkClients(checks, props, chosen.exposure);
  checkCache(checks, props);
  checkKey(checks.at('key'), props.key ?? {});
  checkClientHeaders(checks, props.clientHeaders ?? []);
  checkPaths(checks, props.paths ?? [], chosen.features);
  checkRoutes(checks, props, chosen.exposure);
  checkTopology(checks, props, chosen);
  seconds(checks, 'connectTimeout', props.connectTimeout, 1, 75);
  seconds(checks, 'responseTimeout', props.responseTimeout, 1, 3600);
  seconds(checks, 'backendIdleTimeout', props.backendIdleTimeout, 2, 86_400);
  seconds(checks, 'preStopDelay', props.preStopDelay, 0, 600);
  seconds(checks, 'serveStale', props.serveStale, 0, YEAR);
  checks.integer('visitors', props.visitors, 1, 100_000);
  seconds(checks, 'drainTime', props.drainTime, 1, 3600);
  checks.text('image', props.image, imageRule);
  checks.text('nginxVersion', props.nginxVersion, (text) =>
    parseNginxVersion(text) ? undefined : 'a version such as 1.30.4',
  );
  checks.text('exporterImage', props.exporterImage, imageRule);
  checks.text('cacheExporterImage', props.cacheExporterImage, imageRule);
  checkScheduling(checks, props);
  const before = checks.passed;
  chosen.profile._check(checks.at('profile'));
  const resources = before && checks.passed ? chosen.profile._resources() : undefined;
  const exporters =
    props.metrics === false
      ? []
      : ['exporter', 'cache-exporter'].map((name) => ({ name, resources: EXPORTER_RESOURCES }));
  chosen.scaling._check(checks.at('scaling'), {
    containers: [{ name: 'proxy', resources }, ...exporters],
    version: chosen.version,
  });
}

function checkUpstream(checks: Checks, { backend, upstream }: NginxCachingProxyProps): void {
  if ((backend === undefined) === (upstream === undefined)) {
    checks.fail(
      'backend',
      backend === undefined ? undefined : backend.node.path,
      `${backend === undefined ? 'nothing is' : 'this and `upstream` are'} behind the proxy; allowed: either \`backend\` or \`upstream\``,
    );
  }
  upstream?._check(checks.at('upstream'));
}

function checkClients(checks: Checks, props: NginxCachingProxyProps, exposure: Exposure): void {
  if (props.hosts?.length === 0)
    checks.fail('hosts', props.hosts, 'allowed: at least one host name, or leave it out');
  props.hosts?.forEach((host, index) => checks.text(`hosts[${index}]`, host, hostRule));
  exposure._check(checks.at('exposure'));
  checks.port('servicePort', props.servicePort);
  checks.text('tlsSecret', props.tlsSecret?.name, dnsSubdomainRule);
  const { kind } = exposure._what;
  if (props.tlsSecret && (kind === 'Ingress' || kind === 'HTTPRoute')) {
    checks.fail(
      'tlsSecret',
      props.tlsSecret.name,
      `${kind === 'Ingress' ? 'the Ingress ends TLS: give its `tlsSecretName` instead' : 'the Gateway ends TLS, with the certificate of its listener'}`,
    );
  }
  if (props.tlsSecret && props.servicePort === 443)
    checks.fail('servicePort', 443, 'that is the port of TLS; allowed: another one for plain requests');
}

function checkCache(checks: Checks, props: NginxCachingProxyProps): void {
  const size = (prop: string, value: Size | undefined, least: number) => {
    const bytes = checks.amount(prop, value, BYTES);
    if (bytes !== undefined && !(Number.isSafeInteger(bytes) && bytes >= least)) {
      checks.fail(prop, value?.asString(), `allowed: at least ${formatBytes(least)}, in whole bytes`);
    }
  };
  size('cacheSize', props.cacheSize, MIB);
  size('meanObjectSize', props.meanObjectSize, 1);
  size('keysZoneSize', props.keysZoneSize, MIB);
  size('fillRate', props.fillRate, 1);
  checkBody(checks, props.maxRequestBody);
  seconds(checks, 'inactive', props.inactive, 1, YEAR);
  checkValidity(checks, props.validity);
  checkCookies(checks, props.ignoreCookies);
  checks.text('cacheVersion', props.cacheVersion, cacheVersionRule);
  checks.integer('minUses', props.minUses, 1, 100);
  props.cacheStorage?._check(checks.at('cacheStorage'));
}

function checkValidity(checks: Checks, validity: readonly ProxyCacheValidity[] | undefined): void {
  validity?.forEach(({ statuses, duration }, index) => {
    const at = checks.at(`validity[${index}]`);
    if (statuses.length === 0) at.fail('statuses', statuses, 'allowed: at least one status');
    statuses.forEach((status) => at.integer('statuses', status, 200, 599));
    at.integer('duration', at.requiredAmount('duration', duration, SECONDS), 1, YEAR);
  });
}

function checkCookies(checks: Checks, names: readonly string[] | undefined): void {
  names?.forEach((name, index) => checks.text(`ignoreCookies[${index}]`, name, cookieRule));
}

/** Headers that are set for the origin, or that say who the client is. */
const NO_KEY_HEADERS =
  /^(host|connection|cookie|authorization|accept-encoding|range|proxy|forwarded|x-forwarded-.*|x-real-ip|content-length|transfer-encoding|upgrade)$/i;

function checkKey(checks: Checks, key: ProxyCacheKey): void {
  const names = (prop: keyof ProxyCacheKey, rule: (text: string) => string | undefined) => {
    const given = key[prop] ?? [];
    if (given.length > MAX_KEY_PARTS)
      checks.fail(prop, given.length, `allowed: at most ${MAX_KEY_PARTS} names`);
    given.forEach((name, index) => checks.text(`${prop}[${index}]`, name, rule));
    repeated(given.map((name) => `${name}`.toLowerCase())).forEach((name) =>
      checks.fail(prop, name, 'it is there twice; remove one'),
    );
  };
  const plain = (text: string) =>
    /^[A-Za-z0-9_]{1,64}$/.test(text) ? undefined : 'a name of at most 64 letters, digits and "_"';
  names('queryParameters', plain);
  names('cookies', plain);
  names('headers', (text) => {
    if (!/^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(text)) return 'a header name of letters, digits and "-"';
    return NO_KEY_HEADERS.test(text)
      ? 'a header that the proxy does not set itself, such as Accept-Language'
      : undefined;
  });
}

/** Headers by which nginx itself is told who asks, or that hop by hop mean something. */
function checkClientHeaders(checks: Checks, names: readonly string[]): void {
  if (names.length > MAX_KEY_PARTS)
    checks.fail('clientHeaders', names.length, `allowed: at most ${MAX_KEY_PARTS} names`);
  names.forEach((name, index) =>
    checks.text(`clientHeaders[${index}]`, name, (text) =>
      isListed([...CREDENTIALS, ...COMPANIONS, ...OVERRIDES], text)
        ? undefined
        : 'a header that is removed otherwise, or makes a request private, such as Next-Url; others reach the origin anyway',
    ),
  );
  repeated(names.map((name) => `${name}`.toLowerCase())).forEach((name) =>
    checks.fail('clientHeaders', name, 'it is there twice; remove one'),
  );
}

function checkPaths(checks: Checks, paths: readonly ProxyPath[], features: NginxFeatures): void {
  if (paths.length > MAX_PATHS) checks.fail('paths', paths.length, `allowed: at most ${MAX_PATHS} paths`);
  paths.forEach((path, index) => {
    const at = checks.at(`paths[${index}]`);
    at.text('path', path.path, cachePathRule);
    checkValidity(at, path.validity);
    checkCookies(
      at,
      path.ignoreCookies?.length === 1 && path.ignoreCookies[0] === '*' ? [] : path.ignoreCookies,
    );
    checkPathProtocol(at, path, features);
    checkBody(at, path.maxRequestBody);
    at.integer('responseTimeout', at.amount('responseTimeout', path.responseTimeout, SECONDS), 1, 3600);
    if (path.largeObjects === true && path.cache === false)
      at.fail('largeObjects', true, 'nothing is cached here; remove `cache: false`, or this');
    if (path.largeObjects === true && !features.hasSafeCaptures) {
      at.fail(
        'largeObjects',
        true,
        'an nginx before 1.30.4 discloses memory with it (CVE-2026-60005); use an image with a newer one, and say `nginxVersion` if its tag does not',
      );
    }
  });
  repeated(paths.map(({ path }) => `${path}`.replace(/\/$/, ''))).forEach((path) =>
    checks.fail('paths', path, 'it is there twice; remove one'),
  );
}

function checkBody(checks: Checks, size: Size | undefined): void {
  const bytes = checks.amount('maxRequestBody', size, BYTES);
  if (bytes !== undefined && !(Number.isSafeInteger(bytes) && bytes >= 1))
    checks.fail('maxRequestBody', size?.asString(), 'allowed: at least 1, in whole bytes');
}

/** Upgraded connections know neither a cache nor the end of an answer. */
function checkPathProtocol(at: Checks, path: ProxyPath, features: NginxFeatures): void {
  at.oneOf('protocol', path.protocol, Object.values(PathProtocol));
  at.integer('idleTimeout', at.amount('idleTimeout', path.idleTimeout, SECONDS), 1, 86_400);
  if ((path.protocol ?? PathProtocol.HTTP) === PathProtocol.HTTP) {
    if (path.idleTimeout)
      at.fail(
        'idleTimeout',
        `${secondsOf(path.idleTimeout)} s`,
        'HTTP has answers; give `responseTimeout`, or `protocol`',
      );
    return;
  }
  if (path.protocol === PathProtocol.GRPC && !features.limitsHeaders) {
    at.fail(
      'protocol',
      path.protocol,
      'an nginx before 1.29.8 cannot bound what requests of HTTP/2 hold; use an image with a newer one, and say `nginxVersion` if its tag does not',
    );
  }
  if (path.cache === true) at.fail('cache', true, `nothing of ${path.protocol} is cached; remove it`);
  for (const prop of ['validity', 'ignoreCookies', 'largeObjects'] as const) {
    if (path[prop] !== undefined && path[prop] !== false)
      at.fail(prop, path[prop] === true ? true : 'given', `nothing of ${path.protocol} is cached; remove it`);
  }
  if (path.responseTimeout)
    at.fail(
      'responseTimeout',
      `${secondsOf(path.responseTimeout)} s`,
      'a connection has no answer to wait for; give `idleTimeout`',
    );
}

/** What is in front of the Service speaks one protocol to it. */
function checkRoutes(checks: Checks, { paths = [] }: NginxCachingProxyProps, exposure: Exposure): void {
  const speaks = (one: PathProtocol) => paths.findIndex(({ protocol }) => protocol === one);
  const webSocket = speaks(PathProtocol.WEBSOCKET);
  if (exposure._what.kind === 'HTTPRoute' && webSocket >= 0 && speaks(PathProtocol.GRPC) >= 0) {
    checks.fail(
      `paths[${webSocket}].protocol`,
      PathProtocol.WEBSOCKET,
      'a Gateway that speaks HTTP/2 to the Service, as gRPC needs, upgrades no connection; give one of both a NginxCachingProxy of its own',
    );
  }
}

function checkTopology(checks: Checks, props: NginxCachingProxyProps, { exposure, features }: Chosen): void {
  const { topology } = props;
  if (!topology) return;
  topology._check(checks.at('topology'));
  const { kind } = exposure._what;
  if (topology._what.kind === 'sticky' && (kind === 'Ingress' || kind === 'HTTPRoute')) {
    checks.fail(
      'topology',
      'sticky',
      `an ${kind} sends requests to pods itself, so the Service cannot keep clients apart; use sharded, or the affinity of your ${kind === 'Ingress' ? 'controller' : 'Gateway'}`,
    );
  }
  if (topology._what.kind === 'sticky' && exposure._proxyProtocol) {
    checks.fail(
      'topology',
      'sticky',
      'with the PROXY protocol the Service sees the addresses of the load balancer, so all clients would go to the same replica; use sharded',
    );
  }
  const upgraded = props.paths?.findIndex(
    ({ protocol = PathProtocol.HTTP }) => protocol !== PathProtocol.HTTP,
  );
  if (topology._what.kind === 'sharded' && upgraded !== undefined && upgraded >= 0) {
    checks.fail(
      `paths[${upgraded}].protocol`,
      props.paths?.[upgraded].protocol,
      'the routers before shards pass pages on, not connections; give the path a NginxCachingProxy of its own, or expose the backend',
    );
  }
  if (topology._what.kind === 'sharded' && !features.resolvesUpstreams) {
    checks.fail(
      'topology',
      'sharded',
      'an nginx before 1.27.3 does not follow the addresses of shards; use an image with a newer one, and say `nginxVersion` if its tag does not',
    );
  }
}

function seconds(
  checks: Checks,
  prop: string,
  value: Duration | undefined,
  least: number,
  most: number,
): void {
  checks.integer(prop, checks.amount(prop, value, SECONDS), least, most);
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function cookieRule(text: string): string | undefined {
  if (/^[A-Za-z0-9_.-]{1,64}\*?$/.test(text)) return undefined;
  return 'a cookie name of letters, digits, "_", "-" and ".", with "*" at the end for any ending';
}

function cacheVersionRule(text: string): string | undefined {
  return /^[A-Za-z0-9_.-]{1,63}$/.test(text)
    ? undefined
    : 'at most 63 letters, digits, "_", "-" and ".", such as a release number';
}

/** nginx compares the path after it has taken dots, double slashes and escapes out of it. */
function cachePathRule(text: string): string | undefined {
  const good =
    /^\/[A-Za-z0-9\-._~/]{1,255}$/.test(text) && !/\/\.{0,2}\//.test(text) && !/\/\.{1,2}$/.test(text);
  return good ? undefined : 'a path below "/" of letters, digits and -._~/, without "//", "/./" and "/../"';
}
