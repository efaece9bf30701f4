/** Annotation that suppresses rules for an object: `ID=reason; ID=reason`. */
export const SUPPRESSION_ANNOTATION = 'cdk8s-tuned/ignore';

/** Shorter than this, a reason says nothing. */
const MIN_REASON = 10;

export interface Suppressions {
  readonly reasons: ReadonlyMap<string, string>;
  /** Parts that name no rule, or no reason. */
  readonly malformed: readonly string[];
}

/** Reads the annotation. */
export function parseSuppressions(text: string, known: ReadonlySet<string>): Suppressions {
  const reasons = new Map<string, string>();
  const malformed: string[] = [];
  for (const part of text.split(';').map((one) => one.trim())) {
    if (part === '') continue;
    const [, id, reason] = /^([A-Z]+-\d{3})\s*=\s*(.*)$/.exec(part) ?? [];
    if (id !== undefined && known.has(id) && reasonRule(reason) === undefined) reasons.set(id, reason);
    else malformed.push(part);
  }
  return { reasons, malformed };
}

/** Adds a rule to what an annotation says already. */
export function withSuppression(annotation: string | undefined, rule: string, reason: string): string {
  return [...(annotation === undefined ? [] : [annotation]), `${rule}=${reason}`].join('; ');
}

/** What is allowed as a reason, when this one is not. */
export function reasonRule(reason: string): string | undefined {
  return reason.length >= MIN_REASON && !/[;\n\r]/.test(reason)
    ? undefined
    : `at least ${MIN_REASON} characters that say why, on one line and without ";"`;
}
