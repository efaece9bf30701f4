/** Adoptions that are refused, each with the object and the field. */
import { ApiObject, Chart, JsonPatch, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AdoptedWorkload,
  type AdoptionOptions,
  ScalableWebApp,
  ScalingPolicy,
  TunedApp,
  TunedPostgres,
  VerticalScaling,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { IMAGE, newChart } from '../support/synth';
import { adopt, included, objectOf, type Shape } from './adoption';

const SCALING = ScalingPolicy.cpu({ min: 2, max: 12 });

test.each<[string, Shape, AdoptionOptions, RegExp]>([
  [
    'one of several that is not named',
    'many-services',
    {},
    /workload is "shop\/theirs, which has more than one workload"; say which by `kind` and `objectName`: Deployment storefront, Deployment cart, Deployment load/,
  ],
  [
    'a name that is not there',
    'many-services',
    { objectName: 'mail' },
    /workload is "shop\/theirs, which has no workload called mail"/,
  ],
  [
    'a container that is not there',
    'one-service',
    { container: 'web' },
    /container is "web"; Deployment greeter has no such container; allowed: greeterd/,
  ],
  [
    'written replicas beside an autoscaler',
    'database',
    { scaling: SCALING },
    /removeReplicas is undefined; spec\.replicas of StatefulSet shop-postgresql is 1, and each apply would reset/,
  ],
  [
    'a target of what no container requests',
    'rollout',
    { scaling: SCALING, removeReplicas: true },
    /scaling is "a target of cpu use"; Deployment demo: spec\.template\.spec\.containers\[\]\.resources\.requests\.cpu of demo is not set/,
  ],
  [
    'a fixed number',
    'rollout',
    { scaling: ScalingPolicy.replicas(3) },
    /scaling is "3 replicas"; a fixed number is/,
  ],
  [
    'a size where there is one',
    'one-service',
    { profile: WorkloadProfile.WEB_API },
    /profile is .*; container greeterd of Deployment greeter has resources/,
  ],
  [
    'labels that its pods lack',
    'one-service',
    { podLabels: { app: 'x' } },
    /podLabels is .*; the pods of Deployment greeter/,
  ],
  [
    'a label of a revision',
    'one-service',
    { podLabels: { 'pod-template-hash': 'x' } },
    /it changes with every revision/,
  ],
  [
    'a target that usage cannot reach',
    'one-service',
    { scaling: ScalingPolicy.cpu({ min: 2, max: 9, cpuPercent: 2000 }) },
    /scaling\.cpuPercent is 2000/,
  ],
])('%s', (_, shape, options, message) => {
  expect(() => adopt(shape, options)).toThrow(message);
});

test('what has no number of replicas, no template, or is no construct', () => {
  const chart = newChart();
  const make = (kind: string, spec: object) =>
    new ApiObject(chart, kind, { apiVersion: 'apps/v1', kind, metadata: { name: 'x' }, spec });
  expect(() => AdoptedWorkload.of(make('DaemonSet', {}))).toThrow(/DaemonSet x.*a DaemonSet has none/);
  expect(() => AdoptedWorkload.of(make('StatefulSet', {}))).toThrow(
    /spec\.template\.spec\.containers is empty/,
  );
  for (const [index, workload] of ([undefined, null, 'x', 5, {}] as never[]).entries())
    expect(() => new AdoptedWorkload(chart, `bad-${index}`, { workload })).toThrow(
      /workload is .*; allowed: an ApiObject/,
    );
});

test('a Rollout of a Deployment that is not in the app', () => {
  const chart = newChart();
  const rollout = objectOf(included('rollout'), 'Rollout').toJson() as never;
  expect(() => AdoptedWorkload.of(new ApiObject(chart, 'rollout', rollout))).toThrow(
    /Rollout demo"; spec\.workloadRef names Deployment demo, which is not in the app/,
  );
});

test('a Deployment whose pods a Rollout runs: it has none, and a budget would count none', () => {
  const theirs = included('rollout');
  const refusal =
    /Deployment demo"; Rollout demo \(shop\/theirs\/1\) runs its pods, and this one none; adopt that/;
  expect(() => AdoptedWorkload.of(objectOf(theirs, 'Deployment'))).toThrow(refusal);
  expect(() => AdoptedWorkload.of(theirs, { kind: 'Deployment' })).toThrow(refusal);
  expect(AdoptedWorkload.of(included('rollout')).maxReplicas).toBe(5);
});

test('what a construct of ours makes', () => {
  const chart = newChart();
  const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(20) });
  expect(() => AdoptedWorkload.of(db.statefulSet as ApiObject)).toThrow(
    /shop\/db makes it and has all of this/,
  );
  const web = new ScalableWebApp(chart, 'web', { image: IMAGE });
  const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: web.name };
  const rollout = new ApiObject(chart, 'rollout', {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'x' },
    spec: { workloadRef },
  });
  expect(() => AdoptedWorkload.of(rollout)).toThrow(/its pods are those of shop\/web.*call handOverTo/);
});

test('a second adoption, and one from another namespace', () => {
  const { chart, theirs } = adopt('one-service');
  expect(() => new AdoptedWorkload(chart, 'again', { workload: theirs })).toThrow(/it is adopted already/);
  const other = new Chart(new TunedApp(), 'other', { namespace: 'other' });
  expect(() => new AdoptedWorkload(other, 'x', { workload: included('one-service') })).toThrow(
    /Deployment greeter of the namespace shop"; what is added would go to other/,
  );
});

test('a selector with expressions, until the labels are said', () => {
  const chart = newChart();
  const object = objectOf(included('many-services', chart), 'Deployment', 'cart');
  object.addJsonPatch(
    JsonPatch.add('/spec/selector/matchExpressions', [{ key: 'app', operator: 'In', values: ['cart'] }]),
  );
  expect(() => AdoptedWorkload.of(object)).toThrow(
    /podLabels is undefined; spec\.selector\.matchExpressions of Deployment cart is no label/,
  );
  const adopted = new AdoptedWorkload(chart, 'adopted', { workload: object, podLabels: { app: 'cart' } });
  expect(adopted.networkIdentity.podLabels).toEqual({ app: 'cart' });
});

describe('only with all objects of the app', () => {
  const problemsOf = (construct: AdoptedWorkload) => construct.node.validate().join('\n');

  test('a second autoscaler', () => {
    const { adopted } = adopt('one-service', { scaling: SCALING, name: 'ours' });
    expect(problemsOf(adopted)).toMatch(
      /scaling is "set"; HorizontalPodAutoscaler greeter \(shop\/theirs\/2\) scales Deployment greeter already/,
    );
  });

  test('a second disruption budget, unless it is not wanted', () => {
    const budget = (chart: Chart) =>
      new ApiObject(chart, 'budget', {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'theirs' },
        spec: { minAvailable: 1, selector: { matchLabels: { app: 'greeter' } } },
      });
    const { chart, adopted } = adopt('one-service');
    expect(problemsOf(adopted)).toBe('');
    budget(chart);
    expect(problemsOf(adopted)).toMatch(/PodDisruptionBudget theirs \(shop\/budget\) selects the same pods/);
    const other = adopt('one-service', { disruptionBudget: false });
    budget(other.chart);
    expect(problemsOf(other.adopted)).toBe('');
  });

  test('a VerticalPodAutoscaler that acts beside an autoscaler', () => {
    const { adopted } = adopt('one-service', { verticalScaling: VerticalScaling.recreate() });
    expect(problemsOf(adopted)).toMatch(/verticalScaling is "Recreate"; HorizontalPodAutoscaler greeter/);
    expect(problemsOf(adopt('one-service', { verticalScaling: VerticalScaling.recommend() }).adopted)).toBe(
      '',
    );
  });

  test('replicas that are written later', () => {
    const chart = newChart();
    const deployment = new kplus.Deployment(chart, 'd', { containers: [{ image: IMAGE, portNumber: 8080 }] });
    const adopted = AdoptedWorkload.of(deployment, { scaling: SCALING, removeReplicas: true });
    expect(problemsOf(adopted)).toBe('');
    const theirs = objectOf(included('many-services', newChart()), 'Deployment', 'cart');
    const late = AdoptedWorkload.of(theirs, { scaling: SCALING });
    theirs.addJsonPatch(JsonPatch.add('/spec/replicas', 4));
    expect(problemsOf(late)).toMatch(/spec\.replicas of Deployment cart is 4/);
  });
});

test('Services that are none, several, or lead nowhere', () => {
  const { theirs, adopted } = adopt('many-services', { objectName: 'load' });
  expect(() => adopted.httpEndpoint).toThrow(
    /serviceName is undefined; no Service of the app with an address selects/,
  );
  const two = adopt('one-service');
  new ApiObject(two.chart, 'canary', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'greeter-canary' },
    spec: { selector: { app: 'greeter' }, ports: [{ port: 80 }] },
  });
  expect(() => two.adopted.httpEndpoint).toThrow(
    /name one of the Services that select the pods: greeter, greeter-canary/,
  );
  const named = adopt('one-service', { serviceName: 'greeter', servicePort: 81 });
  expect(() => named.adopted.httpEndpoint).toThrow(
    /servicePort is 81; name one of the ports of Service greeter: 80, 9999/,
  );
  expect(theirs).toBeDefined();
});
