/** Moving a Deployment that exists to a construct, and handing its pods over to a Rollout of Argo. */
import { ApiObject, type Chart, JsonPatch, Size } from 'cdk8s';
import {
  BackgroundWorker,
  CacheRedis,
  Exposure,
  PerformanceMonitoring,
  PostgresTopology,
  ScalableWebApp,
  type ScalableWebAppProps,
  ScalingPolicy,
  Traffic,
  TunedPostgres,
  VerticalScaling,
} from 'cdk8s-tuned';
import { evaluate } from '../../lib/checklist/evaluate';
import { Inventory } from '../../lib/inventory/inventory';
import { find, IMAGE, type Manifest, manifests, newChart } from '../support/synth';

const PINNED = { app: 'web' };

const findingsOf = (chart: Chart, rules: RegExp) =>
  evaluate(Inventory.of(manifests(chart)), { profile: 'default' })
    .findings.filter(({ rule }) => rules.test(rule))
    .map(({ rule, kind, name, measured }) => `${rule} ${kind} ${name}: ${measured}`);

describe('labels that a Deployment is selected by', () => {
  const chart = newChart();
  const web = new ScalableWebApp(chart, 'web', {
    image: IMAGE,
    name: 'web',
    selectorLabels: PINNED,
    exposure: Exposure.ingress({ hosts: ['shop.example.com'], tlsSecretName: 'shop-tls' }),
  });
  const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(20) });
  web.connectTo(db);
  new PerformanceMonitoring(chart, 'performance', { watch: [web] });
  const objects = manifests(chart);
  const spec = (kind: string, name = 'web'): Manifest => find(objects, kind, name).spec;

  test('stand wherever its pods are meant', () => {
    const { selector, template } = spec('Deployment');
    expect(selector.matchLabels).toEqual(PINNED);
    expect(template.metadata.labels).toMatchObject({ ...PINNED, 'app.kubernetes.io/name': 'web' });
    expect(spec('Service').selector).toEqual(PINNED);
    expect(spec('PodDisruptionBudget').selector.matchLabels).toEqual(PINNED);
    expect(spec('NetworkPolicy').podSelector.matchLabels).toEqual(PINNED);
    for (const { labelSelector } of template.spec.topologySpreadConstraints)
      expect(labelSelector.matchLabels).toEqual(PINNED);
    const [{ podAffinityTerm }] =
      template.spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution;
    expect(podAffinityTerm.labelSelector.matchLabels).toEqual(PINNED);
    expect(spec('NetworkPolicy', 'shop-db').ingress[0].from[0].podSelector.matchLabels).toEqual(PINNED);
  });

  test('and the monitor finds the Service', () => {
    expect(find(objects, 'Service', 'web').metadata.labels).toMatchObject(
      find(objects, 'ServiceMonitor', 'web').spec.selector.matchLabels,
    );
  });

  test('and the checklist agrees', () => {
    expect(findingsOf(chart, /^(REL|HPA|COR|NET|MON)-/).filter((one) => one.includes(' web:'))).toEqual([]);
  });

  test('of a worker too', () => {
    const own = newChart();
    new BackgroundWorker(own, 'worker', { image: IMAGE, selectorLabels: { app: 'jobs', tier: 'back' } });
    expect(find(manifests(own), 'Deployment').spec.selector.matchLabels).toEqual({
      app: 'jobs',
      tier: 'back',
    });
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['none', {}, /selectorLabels is "without a label"; allowed: at least one/],
    ['a key that is none', { 'a b': 'x' }, /selectorLabels\.key is "a b"/],
    ['a value that is none', { app: 'x y' }, /selectorLabels\.app is "x y"/],
    [
      'one of a revision',
      { 'pod-template-hash': '5d4' },
      /pod-template-hash is "5d4"; it changes with every revision/,
    ],
  ])('refused: %s', (_, selectorLabels, message) => {
    expect(() => new ScalableWebApp(newChart(), 'web', { image: IMAGE, selectorLabels })).toThrow(message);
  });
});

describe('what cannot change of a StatefulSet', () => {
  test.each<[string, (chart: Chart) => unknown]>([
    [
      'TunedPostgres',
      (chart) =>
        new TunedPostgres(chart, 'x', {
          storage: Size.gibibytes(20),
          selectorLabels: PINNED,
          headlessServiceName: 'x-hl',
        }),
    ],
    [
      'CacheRedis',
      (chart) => new CacheRedis(chart, 'x', { selectorLabels: PINNED, headlessServiceName: 'x-hl' }),
    ],
  ])('stays in a %s', (_, make) => {
    const chart = newChart();
    make(chart);
    const objects = manifests(chart);
    const { selector, serviceName, template } = find(objects, 'StatefulSet').spec;
    expect([selector.matchLabels, serviceName]).toEqual([PINNED, 'x-hl']);
    expect(template.metadata.labels).toMatchObject(PINNED);
    for (const { spec } of objects.filter(({ kind }) => kind === 'Service'))
      expect(spec.selector).toEqual(PINNED);
    expect(find(objects, 'PodDisruptionBudget').spec.selector.matchLabels).toEqual(PINNED);
    expect(find(objects, 'NetworkPolicy').spec.podSelector.matchLabels).toEqual(PINNED);
    expect(findingsOf(chart, /^(REL|COR)-/)).toEqual([]);
  });

  test('is nothing of an operator’s', () => {
    expect(
      () =>
        new TunedPostgres(newChart(), 'x', {
          storage: Size.gibibytes(20),
          topology: PostgresTopology.cloudNativePg({ instances: 3 }),
          selectorLabels: PINNED,
          headlessServiceName: 'x-hl',
        }),
    ).toThrow(
      /selectorLabels is .*the operator names its own[^]*headlessServiceName is "x-hl"; the operator/,
    );
  });
});

describe('a Rollout of Argo', () => {
  const rolloutOf = (chart: Chart, web: ScalableWebApp, spec: object = {}, scaleDown?: string) =>
    new ApiObject(chart, 'rollout', {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: { name: web.name },
      spec: {
        workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: web.name, scaleDown },
        strategy: { canary: { steps: [{ setWeight: 20 }, { pause: {} }] } },
        ...spec,
      },
    });
  const handedOver = (props: Partial<ScalableWebAppProps> = {}, spec: object = {}, scaleDown?: string) => {
    const chart = newChart();
    const web = new ScalableWebApp(chart, 'web', { image: IMAGE, ...props });
    web.handOverTo(rolloutOf(chart, web, spec, scaleDown));
    return { chart, web };
  };

  test('is what the autoscalers scale, and the Deployment has no pods', () => {
    const { chart, web } = handedOver({ verticalScaling: VerticalScaling.recommend() });
    const objects = manifests(chart);
    const target = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'shop-web' };
    expect(find(objects, 'HorizontalPodAutoscaler').spec.scaleTargetRef).toEqual(target);
    expect(find(objects, 'VerticalPodAutoscaler').spec.targetRef).toEqual(target);
    expect(find(objects, 'Deployment').spec.replicas).toBe(0);
    expect(web.simulate(Traffic.spike({ base: 10, peak: 100 }), { capacityPerPod: 20 }).flaps).toBe(0);
    expect([web.maxReplicas, web.maxSurgePercent]).toEqual([10, 25]);
  });

  test('passes the rules that look at autoscalers, budgets and numbers', () => {
    expect(findingsOf(handedOver().chart, /^(HPA|REL|COR)-/)).toEqual([]);
    expect(findingsOf(handedOver({ selectorLabels: PINNED }).chart, /^(HPA|REL|COR)-/)).toEqual([]);
  });

  test('that takes the pods away itself is left to do so', () => {
    const { chart } = handedOver({}, {}, 'onsuccess');
    expect(find(manifests(chart), 'Deployment').spec.replicas).toBeUndefined();
  });

  test('counts with its own replicas and strategy', () => {
    const { web } = handedOver(
      { scaling: ScalingPolicy.replicas(3) },
      { replicas: 6, strategy: { blueGreen: { activeService: 'shop-web' } } },
    );
    expect([web.maxReplicas, web.maxSurgePercent]).toEqual([6, 100]);
  });

  test('is refused when it is none, or of another Deployment', () => {
    const chart = newChart();
    const web = new ScalableWebApp(chart, 'web', { image: IMAGE });
    expect(() => web.handOverTo(web.deployment)).toThrow(
      /handOverTo is "Deployment"; allowed: an ApiObject of kind Rollout/,
    );
    expect(() => web.handOverTo(undefined as never)).toThrow(/handOverTo is "undefined"/);
    const other = rolloutOf(chart, web, { workloadRef: { kind: 'Deployment', name: 'other' } });
    expect(() => web.handOverTo(other)).toThrow(
      /Rollout shop-web of Deployment other"; allowed: one whose spec\.workloadRef is \{ apiVersion: 'apps\/v1', kind: 'Deployment', name: 'shop-web' \}/,
    );
  });

  test('the rules tell of an autoscaler that scales the Deployment', () => {
    const { chart, web } = handedOver();
    web.autoscaler?.addJsonPatch(
      JsonPatch.replace('/spec/scaleTargetRef', {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        name: 'shop-web',
      }),
    );
    expect(findingsOf(chart, /^HPA-002/)).toEqual([
      'HPA-002 HorizontalPodAutoscaler shop-web: Deployment shop-web, whose pods Rollout shop-web runs',
    ]);
  });
});
