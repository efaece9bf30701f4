/** References that lead nowhere, and objects that contradict each other. */
import { find } from '../../../support/synth';
import { type Breakage, containersOf, spec, web } from '../breakage';

export const CORRECTNESS_BREAKAGES: readonly Breakage[] = [
  {
    what: 'a request above its limit',
    breakIt: (all) => (web(all).resources.requests.memory = '1Gi'),
    rules: ['COR-007', 'HPA-004'],
  },
  {
    what: 'an object twice',
    breakIt: (all) => all.push(structuredClone(find(all, 'Namespace', 'shop-prod'))),
    rules: ['COR-001'],
  },
  {
    what: 'a selector of other pods',
    breakIt: (all) => (spec(all, 'Deployment', 'shop-web').selector.matchLabels = { app: 'web' }),
    rules: ['COR-002'],
  },
  {
    what: 'a Service to a port that is not there',
    breakIt: (all) => (spec(all, 'Service', 'shop-web').ports[0].targetPort = 'htpp'),
    rules: ['COR-003'],
  },
  {
    what: 'a mount without a volume',
    breakIt: (all) => web(all).volumeMounts.push({ name: 'nowhere', mountPath: '/x' }),
    rules: ['COR-004'],
  },
  {
    what: 'a command with a file that is not there',
    breakIt: (all) =>
      (containersOf(all, 'Deployment', 'edge-proxy')[0].command[2] = '/etc/caching-proxy/ngnix.conf'),
    rules: ['COR-004'],
  },
  {
    what: 'a variable twice',
    breakIt: (all) => web(all).env.push({ ...web(all).env[0] }),
    rules: ['COR-005'],
  },
  {
    what: 'a route to a port that is not there',
    breakIt: (all) => (find(all, 'HTTPRoute').spec.rules[0].backendRefs[0].port = 81),
    rules: ['COR-006'],
  },
  {
    what: 'a container port twice',
    breakIt: (all) =>
      containersOf(all, 'Deployment', 'shop-web')[0].ports.push({ name: 'again', containerPort: 8080 }),
    rules: ['COR-005'],
  },
];
