import { Exposure, ExternalTrafficPolicy, IpFamilies } from 'cdk8s-tuned';
import { find } from '../support/synth';
import { synth } from '../web/web-app';
import { expectSound } from './sound';

describe('exposure', () => {
  test('an Ingress has its host and lets its controller in', () => {
    const objects = synth({
      exposure: Exposure.ingress({
        hosts: ['shop.example.com'],
        className: 'nginx',
        tlsSecretName: 'shop-tls',
      }),
    });
    expect(find(objects, 'Ingress').spec).toMatchObject({
      ingressClassName: 'nginx',
      tls: [{ hosts: ['shop.example.com'], secretName: 'shop-tls' }],
      rules: [{ host: 'shop.example.com' }],
    });
    expect(find(objects, 'NetworkPolicy').spec.ingress).toEqual([
      {
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } }],
        ports: [{ port: 8080, protocol: 'TCP' }],
      },
    ]);
  });

  test('an HTTPRoute hangs on its Gateway and lets its data plane in', () => {
    const objects = synth({
      exposure: Exposure.httpRoute({
        gateway: 'public',
        gatewayNamespace: 'gateways',
        hosts: ['shop.example.com'],
      }),
    });
    expect(find(objects, 'HTTPRoute').spec).toMatchObject({
      parentRefs: [{ name: 'public', namespace: 'gateways' }],
      hostnames: ['shop.example.com'],
      rules: [{ backendRefs: [{ name: 'shop-web', port: 80 }] }],
    });
    expect(find(objects, 'NetworkPolicy').spec.ingress[0].from).toEqual([
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gateways' } } },
    ]);
  });
});

describe('the Service', () => {
  const service = (exposure: Exposure) => find(synth({ exposure }), 'Service').spec;

  test('leaves families and traffic policy to the cluster unless they are chosen', () => {
    for (const exposure of [Exposure.clusterIp(), Exposure.loadBalancer()])
      for (const field of ['ipFamilies', 'ipFamilyPolicy', 'externalTrafficPolicy'])
        expect(service(exposure)).not.toHaveProperty(field);
  });

  test.each([
    [IpFamilies.IPV4, { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'] }],
    [IpFamilies.IPV6, { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] }],
    [IpFamilies.PREFER_DUAL_STACK, { ipFamilyPolicy: 'PreferDualStack' }],
    [IpFamilies.REQUIRE_DUAL_STACK, { ipFamilyPolicy: 'RequireDualStack' }],
  ])('has the families %s, whatever is in front of it', (ipFamilies, expected) => {
    const hosts = ['shop.example.com'];
    for (const exposure of [
      Exposure.clusterIp({ ipFamilies }),
      Exposure.nodePort({ ipFamilies }),
      Exposure.loadBalancer({ ipFamilies }),
      Exposure.ingress({ hosts, ipFamilies }),
      Exposure.httpRoute({ gateway: 'public', hosts, ipFamilies }),
    ]) {
      const { ipFamilyPolicy, ipFamilies: families } = service(exposure);
      expect(JSON.parse(JSON.stringify({ ipFamilyPolicy, ipFamilies: families }))).toEqual(expected);
    }
  });

  test('keeps the address of the client where only nodes with a pod take connections', () => {
    const externalTrafficPolicy = ExternalTrafficPolicy.LOCAL;
    expect(service(Exposure.loadBalancer({ externalTrafficPolicy })).externalTrafficPolicy).toBe('Local');
    expect(service(Exposure.nodePort({ externalTrafficPolicy })).externalTrafficPolicy).toBe('Local');
  });

  test('has its class, no ports of nodes, and a port for health, where they are chosen', () => {
    const objects = synth({
      exposure: Exposure.loadBalancer({
        loadBalancerClass: 'service.k8s.aws/nlb',
        allocateLoadBalancerNodePorts: false,
        externalTrafficPolicy: ExternalTrafficPolicy.LOCAL,
        healthCheckNodePort: 30100,
      }),
    });
    expect(find(objects, 'Service').spec).toMatchObject({
      loadBalancerClass: 'service.k8s.aws/nlb',
      allocateLoadBalancerNodePorts: false,
      healthCheckNodePort: 30100,
    });
    expectSound(objects);
  });

  test('says what the application speaks', () => {
    const ports = (appProtocol?: string) => find(synth({ appProtocol }), 'Service').spec.ports;
    expect(ports()[0].appProtocol).toBe('http');
    expect(ports('kubernetes.io/h2c')[0].appProtocol).toBe('kubernetes.io/h2c');
  });
});

test.each<[string, Exposure, string]>([
  [
    'the PROXY protocol before an application',
    Exposure.loadBalancer({ proxyProtocol: { trustedSources: ['10.0.0.0/8'] } }),
    'exposure.proxyProtocol is ["10.0.0.0/8"]; an application takes the header for a broken request; expose a NginxCachingProxy',
  ],
  [
    'families that are none',
    Exposure.clusterIp({ ipFamilies: 'IPv5' as IpFamilies }),
    'exposure.ipFamilies is "IPv5"; allowed: IPv4, IPv6, PreferDualStack, RequireDualStack',
  ],
  [
    'a traffic policy that is none',
    Exposure.nodePort({ externalTrafficPolicy: 'Nearest' as ExternalTrafficPolicy }),
    'exposure.externalTrafficPolicy is "Nearest"; allowed: Cluster, Local',
  ],
  [
    'a range with an address that is none',
    Exposure.loadBalancer({ sourceRanges: ['999.0.0.0/8'] }),
    'exposure.sourceRanges[0] is "999.0.0.0/8"; allowed: an address range in CIDR notation',
  ],
  [
    'a class that is none',
    Exposure.loadBalancer({ loadBalancerClass: 'a b' }),
    'exposure.loadBalancerClass is "a b"; allowed: a label key',
  ],
  [
    'a port for the health of nodes that all pass connections on',
    Exposure.loadBalancer({ healthCheckNodePort: 30100 }),
    'exposure.healthCheckNodePort is 30100; nobody asks for the health of nodes that all pass connections on; set externalTrafficPolicy',
  ],
  [
    'a port for the health of nodes that nodes do not give out',
    Exposure.loadBalancer({
      externalTrafficPolicy: ExternalTrafficPolicy.LOCAL,
      healthCheckNodePort: 10256,
    }),
    'exposure.healthCheckNodePort is 10256; allowed: a whole number from 30000 to 32767',
  ],
])('%s is refused', (_, exposure, message) => {
  expect(() => synth({ exposure })).toThrow(message);
});
