/** Workloads of others: whatever their manifests hold, there is a clear error, or nothing is lost. */
import type { Chart } from 'cdk8s';
import * as tuned from 'cdk8s-tuned';
import { type Attack, damages, numbers, texts } from './attack';
import { adopt } from './constructs';
import { NASTY_NUMBERS, NASTY_STRINGS } from './corpus';

/** But for `0o17`, which cdk8s prints without quotes: their text is not ours to mend. */
const TEXTS = NASTY_STRINGS.slice(0, 40).filter((text) => text !== '0o17');
const JUNK: readonly unknown[] = [
  null,
  true,
  [],
  {},
  [null],
  [[]],
  ['x'],
  { a: { b: [] } },
  ...NASTY_NUMBERS,
  ...TEXTS,
];

const labels = { app: 'theirs' };
const container = { name: 'theirs', image: 'registry.example.com/theirs:1.0.0' };
const podOf = (pod: unknown, of: unknown = labels) => ({ template: { metadata: { labels: of }, spec: pod } });

/** Everything that is asked of an adopted workload. */
function use(chart: Chart, spec: object, props: object = {}): void {
  const adopted = adopt(chart, spec, props);
  adopted.connectTo(
    new tuned.ExternalPostgres(chart, 'db', {
      host: 'db.example.com',
      peer: tuned.NetworkPeer.cidr('10.20.0.0/16'),
      maxConnections: 100_000,
    }),
  );
  new tuned.PerformanceMonitoring(chart, 'performance', { watch: [adopted] });
  adopted.allowHttpFrom(tuned.NetworkPeer.namespace('tools'));
}

const junk = (specOf: (value: unknown) => object): Attack[] =>
  JUNK.map((value) => ({ what: String(JSON.stringify(value)), run: (chart) => use(chart, specOf(value)) }));

const ATTACKS: Record<string, readonly Attack[]> = {
  replicas: junk((replicas) => ({ replicas })),
  strategy: junk((strategy) => ({ strategy })),
  'what a rollout adds': junk((maxSurge) => ({ strategy: { rollingUpdate: { maxSurge } } })),
  selector: junk((selector) => ({ selector })),
  'labels of the selector': junk((matchLabels) => ({ selector: { matchLabels } })),
  'a label of the selector': junk((app) => ({ selector: { matchLabels: { app } } })),
  template: junk((template) => ({ template })),
  pod: junk((pod) => podOf(pod)),
  labels: junk((of) => podOf({ containers: [container] }, of)),
  containers: junk((containers) => podOf({ containers })),
  'a container': junk((one) => podOf({ containers: [one] })),
  'the name of a container': junk((name) => podOf({ containers: [{ ...container, name }] })),
  ports: junk((ports) => podOf({ containers: [{ ...container, ports }] })),
  variables: junk((env) => podOf({ containers: [{ ...container, env }] })),
  resources: junk((resources) => podOf({ containers: [{ ...container, resources }] })),
  requests: junk((cpu) => podOf({ containers: [{ ...container, resources: { requests: { cpu } } }] })),
  'the port of metrics': numbers((chart, port) => use(chart, {}, { metrics: { port } })),
  'the path of metrics': texts((chart, path) => use(chart, {}, { metrics: { port: 8080, path } })),
};

test.each(Object.entries(ATTACKS))('%s', (_, attacks) => {
  expect(attacks.length).toBeGreaterThan(5);
  expect(damages(attacks)).toEqual([]);
});
