import { Exposure, type IngressExposureOptions, PathType, type ScalableWebAppProps } from 'cdk8s-tuned';
import { find } from '../support/synth';
import { synth } from '../web/web-app';
import { expectSound } from './sound';

const HOSTS = ['a.example.com', 'b.example.org'];
const GRPC = { name: 'grpc', port: 9090, appProtocol: 'kubernetes.io/h2c' };

const withIngress = (options: Partial<IngressExposureOptions>, props: Partial<ScalableWebAppProps> = {}) =>
  synth({ exposure: Exposure.ingress({ hosts: HOSTS, ...options }), ...props });
const ingress = (options: Partial<IngressExposureOptions>) => find(withIngress(options), 'Ingress').spec;

describe('certificates', () => {
  test('each host has its own', () => {
    const objects = withIngress({
      className: 'nginx',
      annotations: { 'cert-manager.io/cluster-issuer': 'letsencrypt' },
      certificates: [
        { hosts: ['a.example.com'], secretName: 'a-tls' },
        { hosts: ['b.example.org'], secretName: 'b-tls' },
      ],
    });
    expect(find(objects, 'Ingress').spec.tls).toEqual([
      { hosts: ['a.example.com'], secretName: 'a-tls' },
      { hosts: ['b.example.org'], secretName: 'b-tls' },
    ]);
    expectSound(objects);
  });

  test('one for the hosts that no other is for', () => {
    const certificates = [{ hosts: ['b.example.org'], secretName: 'b-tls' }];
    expect(ingress({ certificates, tlsSecretName: 'rest-tls' }).tls).toEqual([
      { hosts: ['b.example.org'], secretName: 'b-tls' },
      { hosts: ['a.example.com'], secretName: 'rest-tls' },
    ]);
  });

  test('a wildcard is for the hosts one label below', () => {
    const wildcard = (host: string) => () =>
      ingress({ hosts: [host], certificates: [{ hosts: ['*.example.com'], secretName: 'all-tls' }] }).tls;
    expect(wildcard('a.example.com')()).toEqual([{ hosts: ['*.example.com'], secretName: 'all-tls' }]);
    expect(wildcard('*.example.com')).not.toThrow();
    expect(wildcard('a.b.example.com')).toThrow('the exposure has no such host');
    expect(wildcard('example.com')).toThrow('the exposure has no such host');
  });
});

describe('paths', () => {
  const paths = [
    { path: '/' },
    { path: '/healthz', pathType: PathType.EXACT },
    { path: '/shop.v1.Orders', portName: 'grpc' },
  ];

  test('each has its type and the port that it leads to', () => {
    const objects = withIngress({ paths }, { ports: [GRPC] });
    const backend = (name: string) => ({ service: { name: 'shop-web', port: { name } } });
    for (const { http } of find(objects, 'Ingress').spec.rules)
      expect(http.paths).toEqual([
        { path: '/', pathType: 'Prefix', backend: backend('http') },
        { path: '/healthz', pathType: 'Exact', backend: backend('http') },
        { path: '/shop.v1.Orders', pathType: 'Prefix', backend: backend('grpc') },
      ]);
    expectSound(objects);
  });

  test.each([
    [paths, [8080, 9090]],
    [[{ path: '/', portName: 'grpc' }], [9090]],
    [undefined, [8080]],
  ])('the controller reaches the ports that they lead to, and no others', (given, expected) => {
    const { ingress: rules } = find(withIngress({ paths: given }, { ports: [GRPC] }), 'NetworkPolicy').spec;
    expect(rules).toHaveLength(1);
    expect(rules[0].ports.map(({ port }: { port: number }) => port)).toEqual(expected);
  });
});

const certificate = (hosts: string[], secretName = 'a-tls') => ({ hosts, secretName });

test.each<[string, Partial<IngressExposureOptions>, string]>([
  [
    'a host in two certificates',
    { certificates: [certificate(['a.example.com']), certificate(['a.example.com'], 'b-tls')] },
    'exposure.certificates[1].hosts[0] is "a.example.com"; a certificate is for it already; remove it from one',
  ],
  [
    'two certificates in one Secret',
    { certificates: [certificate(['a.example.com']), certificate(['b.example.org'])] },
    'exposure.certificates[1].secretName is "a-tls"; another certificate is in that Secret; name the hosts of both in one',
  ],
  [
    'a certificate for a host that is not exposed',
    { certificates: [certificate(['c.example.com'])] },
    'exposure.certificates[0].hosts[0] is "c.example.com"; the exposure has no such host; add it to `hosts`, or remove it here',
  ],
  [
    'a certificate for nobody',
    { certificates: [certificate([])] },
    'exposure.certificates[0].hosts is []; allowed: at least one host of the exposure',
  ],
  [
    'no certificates',
    { certificates: [] },
    'exposure.certificates is []; allowed: at least one certificate, or leave it out',
  ],
  [
    'a Secret for the rest of hosts where there is none',
    { certificates: [certificate(HOSTS)], tlsSecretName: 'rest-tls' },
    'exposure.tlsSecretName is "rest-tls"; each host has a certificate of `certificates`; leave it out, or take hosts',
  ],
  [
    'a host twice',
    { hosts: ['a.example.com', 'a.example.com'] },
    'exposure.hosts[1] is "a.example.com"; it is there already; remove one',
  ],
  [
    'a path beside paths',
    { path: '/a', paths: [{ path: '/b' }] },
    'exposure.path is "/a"; `paths` is there too; move it into `paths`',
  ],
  ['no paths', { paths: [] }, 'exposure.paths is []; allowed: at least one path, or leave it out'],
  [
    'a path that a server may read as another',
    { paths: [{ path: '/a/../b' }] },
    'exposure.paths[0].path is "/a/../b"; allowed: a path that starts with "/"',
  ],
  [
    'the same prefix twice',
    { paths: [{ path: '/a' }, { path: '/a/' }] },
    'exposure.paths[1].path is "/a/"; another path takes the same requests; remove one',
  ],
  [
    'a type that is none',
    { paths: [{ path: '/a', pathType: 'Regex' as PathType }] },
    'exposure.paths[0].pathType is "Regex"; allowed: Prefix, Exact',
  ],
  [
    'a port that the application has not, or that speaks no TCP',
    { paths: [{ path: '/a', portName: 'stats' }] },
    'exposure.paths[0].portName is "stats"; allowed: http, grpc',
  ],
])('%s is refused', (_, options, message) => {
  const ports = [GRPC, { name: 'stats', port: 9125, protocol: 'UDP' }];
  expect(() => withIngress(options, { ports })).toThrow(message);
});
