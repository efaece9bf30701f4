import { FindingSeverity, placeOf } from '../finding/finding';
import { Inventory } from '../inventory/inventory';
import { evaluate, openFindings } from './evaluate';

/** Properties of a `ChecklistValidation`. */
export interface ChecklistValidationProps {
  /**
   * Least severity that fails the validation: `error`, `warning` or `info`.
   *
   * @default error
   */
  readonly failOn?: string;
}

/**
 * The checklist as a validation plugin of cdk8s-cli: `cdk8s synth` fails when the manifests hold an error, or what
 * `failOn` says. `cdk8s.yaml` names it:
 *
 * ```yaml
 * validations:
 *   - package: cdk8s-tuned
 *     version: 0.1.0
 *     class: ChecklistValidation
 * ```
 *
 * @example
 * // cdk8s-cli makes one for each `class: ChecklistValidation` of cdk8s.yaml;
 * // its `properties: { failOn: warning }` become
 * new ChecklistValidation({ failOn: FindingSeverity.WARNING });
 */
export class ChecklistValidation {
  private readonly failOn: FindingSeverity;

  /**
   * @param props what fails
   */
  constructor(props: ChecklistValidationProps = {}) {
    const failOn = props.failOn ?? FindingSeverity.ERROR;
    const severities: readonly string[] = Object.values(FindingSeverity);
    if (!severities.includes(failOn)) {
      throw new Error(
        `ChecklistValidation: failOn is ${JSON.stringify(failOn)}; allowed: ${severities.join(', ')}`,
      );
    }
    this.failOn = failOn as FindingSeverity;
  }

  /**
   * Looks at the manifests of a synth; called by cdk8s-cli.
   *
   * @param context the validation context of cdk8s-cli
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a type of cdk8s-cli, which is no dependency
  public async validate(context: any): Promise<void> {
    const { manifests, report } = context as ValidationContext;
    const documents = manifests.map((path) => ({
      path,
      objects: (context as ValidationContext).parseManifest(path),
    }));
    const inventory = Inventory.of(documents.flatMap(({ objects }) => objects));
    const files = new Map(
      documents.flatMap(({ path, objects }) =>
        Inventory.of(objects).objects.map((object) => [placeOf(object), path] as const),
      ),
    );
    const failing = openFindings(evaluate(inventory), this.failOn);
    for (const finding of failing) {
      report.addViolation({
        ruleName: finding.rule,
        recommendation: `${finding.measured}; expected: ${finding.expected}`,
        fix: `${finding.fix} (${finding.docs})`,
        violatingResources: [
          {
            resourceName: finding.name,
            manifestPath: files.get(placeOf(finding)) ?? manifests[0],
            locations: [finding.path],
          },
        ],
      });
    }
    report.submit(failing.length === 0 && inventory.objects.length > 0 ? 'success' : 'failure');
    return Promise.resolve();
  }
}

/** The part of cdk8s-cli's context that is used. */
interface ValidationContext {
  readonly manifests: readonly string[];
  parseManifest(path: string): unknown[];
  readonly report: {
    addViolation(violation: object): void;
    submit(status: 'success' | 'failure'): void;
  };
}
