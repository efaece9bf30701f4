/**
 * A baseline: findings that are known, so that a repository with a thousand of them fails on new ones only. A finding is
 * known by its rule, object and path, not by its file or line: what moves stays known.
 */
import { createHash } from 'crypto';
import { type Finding, placeOf } from '../finding/finding';
import { isRecord } from '../inventory/json';

/** How often each known finding is there, by its fingerprint. */
export type Baseline = ReadonlyMap<string, number>;

/** What a finding is known by. */
export function fingerprintOf(
  finding: Pick<Finding, 'rule' | 'kind' | 'name' | 'namespace' | 'path'>,
): string {
  return createHash('sha256')
    .update([finding.rule, placeOf(finding), finding.path].join('\n'))
    .digest('hex')
    .slice(0, 16);
}

/** A file with the findings that nothing suppresses, a line for each, in the order of their rules. */
export function printBaseline(findings: readonly Finding[]): string {
  const rows = new Map<string, { count: number; text: string }>();
  for (const finding of findings.filter(({ suppressed }) => suppressed === undefined)) {
    const key = fingerprintOf(finding);
    const count = (rows.get(key)?.count ?? 0) + 1;
    rows.set(key, { count, text: `${finding.rule} ${placeOf(finding)} ${finding.path}` });
  }
  const known = [...rows]
    .sort(([, a], [, b]) => (a.text < b.text ? -1 : 1))
    .map(([fingerprint, { count, text }]) => ({ fingerprint, count, finding: text }));
  return `${JSON.stringify({ version: 1, known }, undefined, 2)}\n`;
}

/** Reads such a file; undefined when it is none. */
export function parseBaseline(text: string): Baseline | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value.version !== 1 || !Array.isArray(value.known)) return undefined;
  const rows = value.known.filter(isRecord);
  return new Map(rows.map(({ fingerprint, count }) => [String(fingerprint), Number(count)]));
}

/** Says of each finding in turn whether it is known; of several that are alike, so many as were. */
export function knownBy(baseline: Baseline): (finding: Finding) => boolean {
  const left = new Map(baseline);
  return (finding) => {
    const key = fingerprintOf(finding);
    const count = left.get(key) ?? 0;
    if (count > 0) left.set(key, count - 1);
    return count > 0;
  };
}
