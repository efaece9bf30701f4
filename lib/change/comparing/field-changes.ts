/** Differences of two manifests, field by field. */
import { isRecord, type Json } from '../../inventory/json';
import { quantityMilli } from '../../units/quantity';
import { isUnordered, keyedItems } from './merge-keys';

/** A field that is not the same before and after. */
export interface FieldChange {
  /** Where it is: `spec.template.spec.containers[name="web"].image`. */
  readonly path: string;
  /** The same for every item of a list: `spec.template.spec.containers[].image`. */
  readonly pattern: string;
  /** Undefined: it was not there. */
  readonly before: unknown;
  /** Undefined: it is gone. */
  readonly after: unknown;
}

interface Place {
  readonly path: string;
  readonly pattern: string;
  /** Name of the nearest field. */
  readonly field: string;
  /** Name of the field around it. */
  readonly around: string;
}

/** Fields that differ, in the order of their names. A quantity is the same however it is written. */
export function fieldChanges(before: Json, after: Json): FieldChange[] {
  const changes: FieldChange[] = [];
  compare(before, after, { path: '', pattern: '', field: '', around: '' }, changes);
  return changes;
}

function compare(before: unknown, after: unknown, at: Place, changes: FieldChange[]): void {
  if (isSame(before, after, at)) return;
  if (isRecord(before) && isRecord(after)) {
    for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort())
      compare(before[key], after[key], below(at, key), changes);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    compareLists(before as unknown[], after as unknown[], at, changes);
    return;
  }
  changes.push({
    path: at.path,
    pattern: at.pattern,
    before: ownOrNothing(before),
    after: ownOrNothing(after),
  });
}

const ownOrNothing = (value: unknown) => (value === null ? undefined : value);

function compareLists(
  before: readonly unknown[],
  after: readonly unknown[],
  at: Place,
  changes: FieldChange[],
): void {
  const keyed = keyedItems(at.field, before, after);
  if (!keyed) {
    if ([...before, ...after].every(isRecord))
      for (let index = 0; index < Math.max(before.length, after.length); index += 1)
        compare(before[index], after[index], item(at, `${index}`), changes);
    else changes.push({ path: at.path, pattern: at.pattern, before, after });
    return;
  }
  const count = changes.length;
  const later = new Map(keyed.after.map(({ key, item: value }) => [key, value]));
  const earlier = new Set(keyed.before.map(({ key }) => key));
  for (const one of keyed.before) compare(one.item, later.get(one.key), item(at, one.key), changes);
  for (const one of keyed.after)
    if (!earlier.has(one.key)) compare(undefined, one.item, item(at, one.key), changes);
  const [one, other] = [keyed.before, keyed.after].map((items) => items.map(({ key }) => key));
  const isMoved = one.some((key, index) => key !== other[index]);
  if (changes.length === count && isMoved && !isUnordered(at.field))
    changes.push({ path: at.path, pattern: at.pattern, before: one, after: other });
}

function below(at: Place, key: string): Place {
  const step = /^[\w-]+$/.test(key) ? `${at.path === '' ? '' : '.'}${key}` : `[${JSON.stringify(key)}]`;
  return { path: at.path + step, pattern: at.pattern + step, field: key, around: at.field };
}

function item(at: Place, key: string): Place {
  return { ...at, path: `${at.path}[${key}]`, pattern: `${at.pattern}[]` };
}

/** Maps that are the same as nothing when they are empty (Go's `omitempty`); another empty map, such as `emptyDir`, says something. */
const EMPTY_IS_NOTHING: ReadonlySet<string> = new Set([
  ...['annotations', 'binaryData', 'data', 'labels', 'limits', 'matchLabels', 'nodeSelector'],
  ...['parameters', 'requests', 'resources', 'stringData'],
]);

/** Fields around quantities, and fields that are one. */
const QUANTITIES = /^(requests|limits|capacity|hard|max|min|default|defaultRequest|overhead)$/;
const QUANTITY_FIELDS = /^(sizeLimit|averageValue|value|size|storage|divisor)$/;

function isSame(before: unknown, after: unknown, at: Place): boolean {
  if (before === after) return true;
  const [noneBefore, noneAfter] = [isNothing(before, at.field), isNothing(after, at.field)];
  if (noneBefore || noneAfter) return noneBefore && noneAfter;
  if (Array.isArray(before) && Array.isArray(after))
    return (
      !isUnordered(at.field) &&
      before.length === after.length &&
      (before as unknown[]).every((one, index) => isSame(one, after[index], at))
    );
  if (isRecord(before) && isRecord(after))
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].every((key) =>
      isSame(before[key], after[key], below(at, key)),
    );
  return (
    (QUANTITIES.test(at.around) || QUANTITY_FIELDS.test(at.field)) &&
    quantityMilli(before) !== undefined &&
    quantityMilli(before) === quantityMilli(after)
  );
}

function isNothing(value: unknown, field: string): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return EMPTY_IS_NOTHING.has(field) && isRecord(value) && Object.keys(value).length === 0;
}

/** Whether a change is at a pattern, or somewhere below it. */
export function isAt({ pattern }: Pick<FieldChange, 'pattern'>, place: string): boolean {
  return pattern === place || (pattern.startsWith(place) && ['.', '['].includes(pattern[place.length]));
}
