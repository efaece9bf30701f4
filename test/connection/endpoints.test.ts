/** What a target of somebody's own has its consumers reach. */
import { EnvValue } from 'cdk8s-plus-27';
import { type ConnectionBinding, type IConnectionTarget, NetworkPeer, ScalableWebApp } from 'cdk8s-tuned';
import { Construct } from 'constructs';
import { find, IMAGE, type Manifest, manifests, newChart } from '../support/synth';

function egressTo(binding: Omit<ConnectionBinding, 'env'>): Manifest {
  const chart = newChart();
  class Target extends Construct implements IConnectionTarget {
    acceptConnection(): ConnectionBinding {
      return { env: { SEARCH_HOST: EnvValue.fromValue('search.example.com') }, ...binding };
    }
  }
  const web = new ScalableWebApp(chart, 'web', { image: IMAGE });
  web.connectTo(new Target(chart, 'search'));
  return find(manifests(chart), 'NetworkPolicy').spec.egress.slice(1);
}

const port = (number: number) => [{ port: number, protocol: 'TCP' }];
const to = (podLabels: object) => [{ podSelector: { matchLabels: podLabels } }];

test('an address, and no pod', () => {
  const peer = NetworkPeer.cidr('203.0.113.0/24');
  expect(egressTo({ endpoints: [{ peer, ports: [9200] }] })).toEqual([
    { to: [{ ipBlock: { cidr: '203.0.113.0/24' } }], ports: port(9200) },
  ]);
});

test('pods, more pods, and an address', () => {
  const peer = NetworkPeer.cidr('203.0.113.0/24');
  const binding = {
    identity: { podLabels: { app: 'search' } },
    ports: [9200],
    alsoTo: [{ identity: { podLabels: { app: 'index' } }, ports: [9300] }],
    endpoints: [{ peer, ports: [443] }],
  };
  expect(egressTo(binding)).toEqual([
    { to: to({ app: 'search' }), ports: port(9200) },
    { to: to({ app: 'index' }), ports: port(9300) },
    { to: [{ ipBlock: { cidr: '203.0.113.0/24' } }], ports: port(443) },
  ]);
});

test('nothing, where it is reached without the network', () => {
  expect(egressTo({})).toEqual([]);
});
