import { Exposure } from 'cdk8s-tuned';
import { find } from '../support/synth';
import { synth } from '../web/web-app';

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
