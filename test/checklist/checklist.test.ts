import { ApiObject, Chart, JsonPatch, Testing } from 'cdk8s';
import { Checklist, FindingSeverity, ScalableWebApp, TunedApp } from 'cdk8s-tuned';
import { Construct } from 'constructs';
import { evaluate } from '../../lib/checklist/evaluate';
import { Inventory } from '../../lib/inventory/inventory';
import { find, IMAGE, type Manifest } from '../support/synth';
import { harmfulJunk } from './junk';
import { passingStack } from './stack';

const bare = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'bare' } };

describe('Checklist.validate', () => {
  test('lets a good app pass, and fails one with errors: all of them, by construct', () => {
    const app = new TunedApp({ outdir: '/nowhere' });
    Checklist.validate(app);
    const chart = new Chart(app, 'shop', { namespace: 'shop' });
    new ScalableWebApp(chart, 'web', { image: IMAGE });
    expect(() => app.synthYaml()).not.toThrow();
    new ApiObject(chart, 'bare', bare);
    new ApiObject(chart, 'budget', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'all' },
      spec: { maxUnavailable: 1, selector: {} },
    });
    expect(() => app.synthYaml()).toThrow(
      /^the app cannot be synthesized:\nshop\/bare: COR-010 Deployment spec\.template\.spec\.containers: none; expected: at least one container; add it\nshop\/web\/deployment: REL-001 .*: shop-web, all select the same pods.*$/,
    );
  });

  test('sees what a patch did', () => {
    const app = new TunedApp({ outdir: '/nowhere' });
    Checklist.validate(app);
    const web = new ScalableWebApp(new Chart(app, 'shop', { namespace: 'shop' }), 'web', { image: IMAGE });
    web.disruptionBudget.addJsonPatch(JsonPatch.replace('/spec/maxUnavailable', 0));
    expect(() => app.synthYaml()).toThrow('REL-001');
  });

  test('looks at each environment on its own', () => {
    const app = new TunedApp({ outdir: '/nowhere' });
    Checklist.validate(app);
    for (const environment of ['dev', 'prod']) {
      const chart = new Chart(new Construct(app, environment), 'shop', { namespace: 'shop' });
      new ScalableWebApp(chart, 'web', { image: IMAGE });
    }
    expect(() => app.synthYaml()).not.toThrow();
  });

  test('works in a plain cdk8s app', () => {
    const app = Testing.app();
    Checklist.validate(app);
    new ApiObject(new Chart(app, 'shop'), 'bare', bare);
    expect(() => app.synth()).toThrow('COR-010');
  });
});

describe('Checklist.check', () => {
  test('tells rule, severity, object, path, what was measured and expected, the fix and the page', () => {
    const [finding] = Checklist.check([bare]);
    expect(finding).toEqual({
      rule: 'COR-010',
      severity: FindingSeverity.ERROR,
      kind: 'Deployment',
      name: 'bare',
      namespace: undefined,
      path: 'spec.template.spec.containers',
      measured: 'none',
      expected: 'at least one container',
      fix: 'add it',
      docs: 'https://github.com/cdk8s-tuned/cdk8s-tuned/blob/main/docs/rules/COR-010.md',
      suppressed: undefined,
    });
  });

  test.each([
    [[]],
    [[null]],
    [['text', 3, [], {}]],
    [[{ apiVersion: 'v1', kind: 'Pod' }]],
    [[{ apiVersion: 'x/v1', kind: 'Strange', spec: 7 }]],
  ])('survives %j', (documents) => expect(() => Checklist.check(documents)).not.toThrow());

  /** `junk.exhaustive.ts` does it with every field. */
  test('survives some of the fields being something else', () => {
    expect(harmfulJunk((_, index) => index % 40 === 0)).toEqual([]);
  });
});

describe('scaling counts as tested (SCALE-001)', () => {
  const untested = (change: (objects: Manifest[]) => void) => {
    const objects = passingStack();
    delete find(objects, 'HorizontalPodAutoscaler', 'shop-web').metadata.annotations;
    change(objects);
    return evaluate(Inventory.of(objects)).findings.filter(({ rule }) => rule === 'SCALE-001');
  };

  test('by a load test that says what it forces to scale up, if it runs regularly', () => {
    const claim = (objects: Manifest[]) =>
      (find(objects, 'CronJob', 'load-test').metadata.annotations = {
        'cdk8s-tuned/forces-scale-up': 'shop-api, shop-web',
      });
    expect(untested(() => undefined)).toHaveLength(1);
    expect(untested(claim)).toEqual([]);
    const once = (objects: Manifest[]) => {
      claim(objects);
      const cron = find(objects, 'CronJob', 'load-test');
      Object.assign(cron, { kind: 'Job', spec: cron.spec.jobTemplate.spec });
    };
    expect(untested(once)).toHaveLength(1);
  });

  test('by a simulation that anybody has declared, which is run on what is there', () => {
    const declare = (test: string) => (objects: Manifest[]) =>
      (find(objects, 'HorizontalPodAutoscaler', 'shop-web').metadata.annotations = {
        'cdk8s-tuned/scaling-tested': test,
      });
    expect(untested(declare('constant:rate=50; capacityPerPod=20; unmetLoad<=0'))).toEqual([]);
    expect(untested(declare('spike:base=30,peak=240; capacityPerPod=20; secondsToCapacity<=15'))).toEqual([
      expect.objectContaining({
        path: 'metadata.annotations["cdk8s-tuned/scaling-tested"]',
        measured: 'secondsToCapacity is 60 s',
        expected: 'at most 15 s, as it declares',
      }),
    ]);
  });
});

describe('suppression', () => {
  const suppressed = (annotation: string) => {
    const objects = passingStack();
    const scaler = find(objects, 'HorizontalPodAutoscaler', 'shop-web');
    scaler.spec.minReplicas = 1;
    scaler.metadata.annotations['cdk8s-tuned/ignore'] = annotation;
    return evaluate(Inventory.of(objects)).findings.filter((finding) => finding.name === 'shop-web');
  };

  test('with a reason excuses the object from the rule, and stays in the report', () => {
    expect(suppressed('HPA-003=nobody waits for this one')).toMatchObject([
      { rule: 'HPA-003', suppressed: 'nobody waits for this one' },
    ]);
  });

  test('several are joined by semicolons', () => {
    expect(suppressed('RES-001=a reason that is one; HPA-003=nobody waits for this one')).toMatchObject([
      { rule: 'HPA-003', suppressed: 'nobody waits for this one' },
    ]);
  });

  test.each(['HPA-003', 'HPA-003=', 'HPA-003=because', 'HPA-999=a reason that is one', 'all'])(
    '%j excuses nothing, and is an error',
    (annotation) => {
      expect(suppressed(annotation).map(({ rule, suppressed: reason }) => [rule, reason])).toEqual([
        ['HPA-003', undefined],
        ['SUP-001', undefined],
      ]);
    },
  );

  test('Checklist.ignore writes the annotation, and refuses a rule that there is not and a reason that is none', () => {
    const chart = Testing.chart();
    const object = new ApiObject(chart, 'bare', bare);
    Checklist.ignore(object, 'COR-010', 'made by an admission webhook');
    Checklist.ignore(object, 'RES-003', 'spare CPU may be used');
    const [json] = Testing.synth(chart);
    expect(json.metadata.annotations).toEqual({
      'cdk8s-tuned/ignore': 'COR-010=made by an admission webhook; RES-003=spare CPU may be used',
    });
    expect(() => Checklist.ignore(object, 'HPA-999', 'a reason that is one')).toThrow(
      'ignore is "HPA-999"; allowed: CAC-001',
    );
    expect(() => Checklist.ignore(object, 'HPA-003', 'because')).toThrow(
      'reason is "because"; allowed: at least 10 characters',
    );
    expect(() => Checklist.ignore(object, 'HPA-003', 'a reason; RES-001=another')).toThrow('without ";"');
  });
});

test('a rule with nothing to look at is no pass, and unknown kinds are noted', () => {
  const report = evaluate(
    Inventory.of([{ apiVersion: 'example.com/v1', kind: 'Strange', metadata: { name: 'a' } }, { a: 1 }]),
  );
  expect(report.rules.filter(({ examined }) => examined > 0).map(({ rule }) => rule)).toEqual([
    'COR-001',
    'COR-008',
    'COR-011',
    'COR-014',
    'COR-015',
  ]);
  expect(new Set(report.guide.map(({ verdict }) => verdict))).toEqual(new Set(['nothing to look at']));
  expect(report.notes).toEqual([
    '1 documents without apiVersion or kind were not looked at',
    '1 Strange: no rule reads this kind',
  ]);
});
