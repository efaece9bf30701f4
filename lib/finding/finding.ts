/** How bad a finding is. */
export enum FindingSeverity {
  /** It will fail: the synth stops. */
  ERROR = 'error',
  /** It is likely to fail, or costs without need. */
  WARNING = 'warning',
  /** Worth knowing. */
  INFO = 'info',
}

/** A rule that does not hold for an object. */
export interface Finding {
  /** Id of the rule, such as `REL-001`. */
  readonly rule: string;
  /** How bad it is. */
  readonly severity: FindingSeverity;
  /** Kind of the object. */
  readonly kind: string;
  /** Name of the object. */
  readonly name: string;
  /**
   * Namespace of the object.
   *
   * @default - it names none
   */
  readonly namespace?: string;
  /**
   * File that holds the object.
   *
   * @default - it was not read from a file
   */
  readonly file?: string;
  /**
   * Line of the file, the first is 1: that of the path, or of the nearest field above it that is there.
   *
   * @default - it was not read from a file
   */
  readonly line?: number;
  /** JSON path in the object, such as `spec.template.spec.containers[0].resources`. */
  readonly path: string;
  /** What was found there. */
  readonly measured: string;
  /** What should be there. */
  readonly expected: string;
  /** What to do. */
  readonly fix: string;
  /** Page that explains the rule. */
  readonly docs: string;
  /**
   * Why the object may break the rule, as its annotation says.
   *
   * @default - it is not suppressed
   */
  readonly suppressed?: string;
}

/** `Kind namespace/name` of what a finding is about. */
export function placeOf({ kind, namespace, name }: Pick<Finding, 'kind' | 'namespace' | 'name'>): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** What a finding says, in one line. */
export function sentence({ measured, expected, fix }: Finding): string {
  return `${measured}; expected: ${expected}; ${fix}`;
}
