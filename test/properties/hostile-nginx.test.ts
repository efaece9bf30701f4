/** Caching proxies: what is stored under which key, where, and from which origin. */
import * as tuned from 'cdk8s-tuned';
import { type Attack, damages, numbers, texts, times } from './attack';
import { CONSTRUCTS, MINUTE } from './constructs';

const FACTORIES: Record<string, readonly Attack[]> = {
  ProxyCacheValidity: [
    ...numbers((chart, status) =>
      CONSTRUCTS.NginxCachingProxy(chart, { validity: [{ statuses: [status], duration: MINUTE }] }),
    ),
    ...times((chart, duration) =>
      CONSTRUCTS.NginxCachingProxy(chart, { validity: [{ statuses: [200], duration }] }),
    ),
  ],
  ProxyCacheKey: (['queryParameters', 'headers', 'cookies'] as const).flatMap((key) =>
    texts((chart, text) => CONSTRUCTS.NginxCachingProxy(chart, { key: { [key]: [text] } })),
  ),
  ProxyPath: [
    ...texts((chart, text) => CONSTRUCTS.NginxCachingProxy(chart, { paths: [{ path: text }] })),
    ...texts((chart, text) => CONSTRUCTS.NginxCachingProxy(chart, { paths: [{ path: `/${text}` }] })),
    ...texts((chart, text) =>
      CONSTRUCTS.NginxCachingProxy(chart, { paths: [{ path: '/a', ignoreCookies: [text] }] }),
    ),
    ...times((chart, responseTimeout) =>
      CONSTRUCTS.NginxCachingProxy(chart, { paths: [{ path: '/a', responseTimeout }] }),
    ),
    ...texts((chart, text) =>
      CONSTRUCTS.NginxCachingProxy(chart, {
        paths: [{ path: '/a', protocol: text as tuned.PathProtocol }],
      }),
    ),
    ...times((chart, idleTimeout) =>
      CONSTRUCTS.NginxCachingProxy(chart, {
        paths: [{ path: '/a', protocol: tuned.PathProtocol.WEBSOCKET, idleTimeout }],
      }),
    ),
  ],
  'HttpUpstream.service': (['name', 'namespace', 'podLabels'] as const).flatMap((key) =>
    texts((chart, text) =>
      CONSTRUCTS.NginxCachingProxy(chart, {
        backend: undefined,
        upstream: tuned.HttpUpstream.service({
          name: 'a',
          [key]: key === 'podLabels' ? { [text]: text } : text,
        }),
      }),
    ),
  ),
  'HttpUpstream.externalHost': [
    ...texts((chart, host) =>
      CONSTRUCTS.NginxCachingProxy(chart, {
        backend: undefined,
        upstream: tuned.HttpUpstream.externalHost({ host }),
      }),
    ),
    ...texts((chart, serverName) =>
      CONSTRUCTS.NginxCachingProxy(chart, {
        backend: undefined,
        upstream: tuned.HttpUpstream.externalHost({ host: 'a.example.com', tls: { serverName } }),
      }),
    ),
    ...numbers((chart, port) =>
      CONSTRUCTS.NginxCachingProxy(chart, {
        backend: undefined,
        upstream: tuned.HttpUpstream.externalHost({ host: 'a.example.com', port }),
      }),
    ),
  ],
  'Exposure.proxyProtocol': texts((chart, text) =>
    CONSTRUCTS.NginxCachingProxy(chart, {
      exposure: tuned.Exposure.loadBalancer({ proxyProtocol: { trustedSources: [text] } }),
    }),
  ),
  'ProxyCacheStorage.ephemeralVolume': texts((chart, storageClassName) =>
    CONSTRUCTS.NginxCachingProxy(chart, {
      storage: tuned.ProxyCacheStorage.ephemeralVolume({ storageClassName }),
    }),
  ),
  'ProxyTopology.sharded': numbers((chart, shards) =>
    CONSTRUCTS.NginxCachingProxy(chart, { topology: tuned.ProxyTopology.sharded({ shards }) }),
  ),
  'ProxyTopology.sticky': times((chart, timeout) =>
    CONSTRUCTS.NginxCachingProxy(chart, { topology: tuned.ProxyTopology.sticky({ timeout }) }),
  ),
};

test.each(Object.entries(FACTORIES))('%s', (_, attacks) => {
  expect(attacks.length).toBeGreaterThan(5);
  expect(damages(attacks)).toEqual([]);
});
