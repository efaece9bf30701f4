import { ApiObject, type App } from 'cdk8s';
import { Checks } from '../finding/checks';
import { type Finding, FindingSeverity, placeOf } from '../finding/finding';
import { reasonRule, SUPPRESSION_ANNOTATION, withSuppression } from '../finding/suppression';
import { Inventory } from '../inventory/inventory';
import { textsAt } from '../inventory/json';
import { environmentOf } from '../pod/naming';
import { CATALOGUE } from './catalogue';
import { evaluate, openFindings } from './evaluate';

/**
 * Rules that manifests must hold together, whoever wrote them: they read the final JSON, so they also see what a patch
 * did.
 *
 * @example
 * Checklist.validate(app); // errors fail the synth, all of them at once
 * const preview = new ScalableWebApp(chart, 'preview', {
 *   image: 'registry.example.com/shop:1.9.0-rc.2',
 *   scaling: ScalingPolicy.replicas(1),
 * });
 * Checklist.ignore(preview.deployment, 'HPA-001', 'two colleagues look at it: it need not scale');
 */
export class Checklist {
  /**
   * Makes errors of the checklist fail the synth of an app, all of them at once. Each environment is looked at on its
   * own.
   *
   * @param app the app; call it once, at any time before the synth
   */
  public static validate(app: App): void {
    app.node.addValidation({ validate: () => errorsOf(app) });
  }

  /**
   * Looks at parsed manifests.
   *
   * @param manifests Kubernetes objects; what is none is left out, and `List` objects are opened
   * @returns what is wrong, in the order of the objects; suppressed findings carry their reason
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- parsed YAML; jsii knows no `unknown`
  public static check(manifests: any[]): Finding[] {
    return [...evaluate(Inventory.of(manifests)).findings];
  }

  /**
   * Excuses an object from a rule, by an annotation that says why.
   *
   * @param object the object that the finding names, such as `web.autoscaler`
   * @param rule id of the rule, such as `HPA-003`
   * @param reason why, in at least ten characters on one line
   */
  public static ignore(object: ApiObject, rule: string, reason: string): void {
    const checks = Checks.of(object);
    checks.oneOf(
      'ignore',
      rule,
      CATALOGUE.map(({ id }) => id),
    );
    checks.text('reason', reason, reasonRule);
    checks.throwIfAny();
    const annotation = textsAt(object.metadata.toJson(), 'annotations')[SUPPRESSION_ANNOTATION];
    object.metadata.addAnnotation(SUPPRESSION_ANNOTATION, withSuppression(annotation, rule, reason));
  }
}

function errorsOf(app: App): string[] {
  const environments = new Map<string, Array<{ path: string; manifest: unknown }>>();
  for (const construct of app.node.findAll()) {
    if (!ApiObject.isApiObject(construct)) continue;
    const environment = environmentOf(construct);
    const list = environments.get(environment) ?? [];
    list.push({ path: construct.node.path, manifest: construct.toJson() as unknown });
    environments.set(environment, list);
  }
  return [...environments.values()].flatMap((list) => {
    const inventory = Inventory.of(list.map(({ manifest }) => manifest));
    const paths = new Map(inventory.objects.map((object, index) => [placeOf(object), list[index].path]));
    return openFindings(evaluate(inventory), FindingSeverity.ERROR).map(
      (finding) =>
        `${paths.get(placeOf(finding)) ?? placeOf(finding)}: ${finding.rule} ${finding.kind} ${finding.path}: ${finding.measured}; expected: ${finding.expected}; ${finding.fix}`,
    );
  });
}
