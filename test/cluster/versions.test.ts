import { KubernetesVersion, TunedApp } from 'cdk8s-tuned';
import { parseAllDocuments } from 'yaml';
import { ENVIRONMENTS as CONFIGURED } from '../../apps/environments';
import { Shop } from '../../apps/shop/shop';
import { allFromDist, ENVIRONMENTS } from '../support/dist';
import type { Manifest } from '../support/synth';
import { customResourceValidator, isCustom, kubernetesValidator, MINORS } from './schemas';

/** The shop as it is synthesized for clusters of a version. */
function shopFor(minor: number): Manifest[] {
  const app = new TunedApp({ outdir: '/nowhere' });
  for (const environment of CONFIGURED)
    new Shop(app, environment.name, { ...environment, kubernetes: `1.${minor}` });
  return parseAllDocuments(app.synthYaml()).map((document) => document.toJS());
}

describe('the committed manifests', () => {
  test.each(MINORS)('are valid for Kubernetes 1.%i', (minor) => {
    const validate = kubernetesValidator(minor);
    const objects = ENVIRONMENTS.flatMap(allFromDist).filter((object) => !isCustom(object));
    expect(objects.length).toBeGreaterThan(100);
    expect(objects.flatMap(validate)).toEqual([]);
  });

  test('hold custom resources that are valid by their definitions', () => {
    const objects = ENVIRONMENTS.flatMap(allFromDist).filter(isCustom);
    expect(new Set(objects.map((object) => object.kind))).toEqual(
      new Set(['HTTPRoute', 'PodMonitor', 'PrometheusRule', 'ServiceMonitor', 'VerticalPodAutoscaler']),
    );
    expect(objects.flatMap(customResourceValidator())).toEqual([]);
  });
});

describe('the shop synthesized for a version', () => {
  test.each(MINORS)('is valid for it: Kubernetes 1.%i', (minor) => {
    const objects = shopFor(minor).filter((object) => !isCustom(object));
    expect(objects.flatMap(kubernetesValidator(minor))).toEqual([]);
  });

  test('would not be valid for an older one: the matrix can fail', () => {
    const sleeps = shopFor(30).filter((object) => object.kind === 'Deployment');
    expect(sleeps.flatMap(kubernetesValidator(27)).join('\n')).toContain(
      'lifecycle.preStop.sleep is no field',
    );
  });

  test('has no field of a version that is newer than its target', () => {
    expect(KubernetesVersion.V1_27.minor).toBe(Math.min(...MINORS));
    expect(JSON.stringify(shopFor(27))).not.toContain('"sleep":');
    expect(JSON.stringify(shopFor(30))).toContain('"sleep":');
  });
});

describe('the validators', () => {
  const deployment = () => shopFor(27).find((object) => object.kind === 'Deployment');

  test.each([
    ['an unknown field', (object: Manifest) => (object.spec.replica = 3), 'spec.replica is no field'],
    [
      'a wrong type',
      (object: Manifest) => (object.spec.replicas = 'three'),
      'spec.replicas is not a whole number',
    ],
    ['a missing field', (object: Manifest) => delete object.spec.selector, 'spec.selector is missing'],
    [
      'a kind that is not served',
      (object: Manifest) => (object.apiVersion = 'apps/v1beta1'),
      'does not serve apps/v1beta1 Deployment',
    ],
  ])('find %s', (_, breakIt, message) => {
    const object = deployment();
    breakIt(object);
    expect(kubernetesValidator(27)(object).join('\n')).toContain(message);
  });

  test('find an unknown field and a wrong value of a custom resource', () => {
    const validate = customResourceValidator();
    const vpa = shopFor(27).find((object) => object.kind === 'VerticalPodAutoscaler');
    vpa.spec.updatePolicy = { updateMode: 'Sometimes', mode: 'Off' };
    const problems = validate(vpa).join('\n');
    expect(problems).toContain('spec.updatePolicy.updateMode is none of Off, Initial, Recreate');
    expect(problems).toContain('spec.updatePolicy.mode is no field');
  });
});
