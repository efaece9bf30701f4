/**
 * What the API server of a Kubernetes version takes: which kinds it serves, which fields they have, and of what type. The
 * table beside it holds that of all minors at once, and of custom resources that we know.
 *
 * A line of `TYPE_LINES` is an object type: `name:TYPE` for each field, `name!TYPE` where it has to be there, and `*` where
 * there may be other fields. `@28-` and `@27-30` say which minors have it. A TYPE is a letter (`s` text, `i` a whole
 * number, `n` a number, `b` true or false, `q` a quantity, `Q` one of a custom resource, `x` a whole number or text, `*` anything), the number of a line,
 * `e` with the number of a list of values, `[TYPE` a list or `{TYPE` a map.
 */
import { nearestName } from '../../units/nearest';
import { isRecord, type Json } from '../json';
import { ENUM_LINES, KIND_LINES, TABLE_MINORS, TYPE_LINES } from './api-table';

/** What is wrong with a field, and where: `spec.template.spec.containers[0].image`. */
export type FieldProblem = {
  readonly path: string;
  /** What stands there; undefined where a field is missing. */
  readonly value: unknown;
} & (
  | {
      /** The version has no such field. */
      readonly fault: 'unknown';
      /** A field of the same object that is spelt nearly so. */
      readonly nearest?: string;
      /** The minors that have it: since when, and until when where later ones do not. */
      readonly since?: number;
      readonly until?: number;
    }
  | { readonly fault: 'missing' }
  | {
      readonly fault: 'type';
      /** What belongs there, in words: `a whole number`. */
      readonly expected: string;
    }
  | { readonly fault: 'value'; readonly allowed: readonly unknown[] }
);

/** Which minors serve a kind, or have a field. */
export interface Minors {
  readonly since: number;
  /** The last of them; undefined: the newest that we know does. */
  readonly until?: number;
}

interface Field {
  readonly type: string;
  readonly isRequired: boolean;
  readonly minors?: Minors;
}

interface ObjectType {
  /** By name; several where minors differ. */
  readonly fields: ReadonlyMap<string, readonly Field[]>;
  readonly isOpen: boolean;
}

/** The oldest and the newest minor that the table knows. A newer one is taken for the newest. */
export const [OLDEST_MINOR, NEWEST_MINOR] = TABLE_MINORS;

const linesOf = (text: string) => text.trim().split('\n');
let typeLines: string[] | undefined;
let enums: unknown[][] | undefined;
let kinds: Map<string, Array<{ readonly type: string; readonly minors?: Minors }>> | undefined;
const types = new Map<string, ObjectType>();

function parseMinors(range: string | undefined): Minors | undefined {
  if (range === undefined) return undefined;
  const [since, until] = range.split('-');
  return { since: Number(since), until: until === '' ? undefined : Number(until) };
}

function has(minors: Minors | undefined, minor: number): boolean {
  return (
    minors === undefined || (minor >= minors.since && (minors.until === undefined || minor <= minors.until))
  );
}

function parseKinds() {
  const result = new Map<string, Array<{ type: string; minors?: Minors }>>();
  for (const line of linesOf(KIND_LINES)) {
    const [apiVersion, ...entries] = line.split(' ');
    for (const entry of entries) {
      const [, kind, type, range] = /^(\w+):(\d+)(?:@(.*))?$/.exec(entry) ?? [];
      const key = `${apiVersion} ${kind}`;
      result.set(key, [...(result.get(key) ?? []), { type, minors: parseMinors(range) }]);
    }
  }
  return result;
}

function typeOf(number: string): ObjectType {
  const known = types.get(number);
  if (known) return known;
  typeLines ??= linesOf(TYPE_LINES);
  const tokens = typeLines[Number(number)].split(' ');
  const fields = new Map<string, Field[]>();
  for (const token of tokens) {
    const [, name, sign, type, range] = /^(.+?)([:!])([^@]+)(?:@(.*))?$/.exec(token) ?? [];
    if (name === undefined) continue;
    fields.set(name, [
      ...(fields.get(name) ?? []),
      { type, isRequired: sign === '!', minors: parseMinors(range) },
    ]);
  }
  const result = { fields, isOpen: tokens[0] === '*' };
  types.set(number, result);
  return result;
}

/** The minors that serve a kind of an API version; undefined: no version that we know does. */
export function servedMinors(apiVersion: string, kind: string): Minors | undefined {
  kinds ??= parseKinds();
  const those = kinds.get(`${apiVersion} ${kind}`);
  if (!those) return undefined;
  const untils = those.map(({ minors }) => minors?.until);
  return {
    since: Math.min(...those.map(({ minors }) => minors?.since ?? OLDEST_MINOR)),
    until: untils.some((until) => until === undefined)
      ? undefined
      : Math.max(...untils.filter((until) => until !== undefined)),
  };
}

/**
 * What is wrong with the fields of an object, as the API server of a minor sees them with `--validate=strict`: undefined
 * when it serves no such kind, or we do not know it. Fields that are null are not there.
 */
export function fieldProblems(object: Json, minor: number): FieldProblem[] | undefined {
  const within = Math.max(OLDEST_MINOR, Math.min(NEWEST_MINOR, minor));
  kinds ??= parseKinds();
  const own = kinds
    .get(`${String(object.apiVersion)} ${String(object.kind)}`)
    ?.find(({ minors }) => has(minors, within));
  if (!own) return undefined;
  const problems: FieldProblem[] = [];
  check(object, own.type, '', within, problems);
  return problems;
}

function check(value: unknown, type: string, path: string, minor: number, problems: FieldProblem[]): void {
  if (value === null || value === undefined) return;
  switch (type[0]) {
    case '*':
      return;
    case '[':
      if (!Array.isArray(value)) problems.push({ path, value, fault: 'type', expected: 'a list' });
      else value.forEach((item, index) => check(item, type.slice(1), `${path}[${index}]`, minor, problems));
      return;
    case '{':
      if (!isRecord(value)) problems.push({ path, value, fault: 'type', expected: 'a map' });
      else
        for (const [key, item] of Object.entries(value))
          check(item, type.slice(1), below(path, key), minor, problems);
      return;
    case 'e': {
      enums ??= linesOf(ENUM_LINES).map((line) => JSON.parse(line) as unknown[]);
      const allowed = enums[Number(type.slice(1))];
      if (!allowed.includes(value)) problems.push({ path, value, fault: 'value', allowed });
      return;
    }
    default: {
      const simple = SIMPLE[type];
      if (simple === undefined) checkObject(value, typeOf(type), path, minor, problems);
      else if (!simple.accepts(value)) problems.push({ path, value, fault: 'type', expected: simple.name });
    }
  }
}

interface SimpleType {
  readonly name: string;
  accepts(value: unknown): boolean;
}

const isText = (value: unknown): value is string => typeof value === 'string';
/** A sign, a number, and a suffix: resource.MustParse. */
const QUANTITY = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+|[kMGTPE]i?|Ki|[num])?$/;

const SIMPLE: Readonly<Record<string, SimpleType | undefined>> = {
  s: { name: 'text', accepts: isText },
  i: { name: 'a whole number', accepts: (value) => Number.isInteger(value) },
  n: { name: 'a number', accepts: (value) => typeof value === 'number' },
  b: { name: 'true or false', accepts: (value) => typeof value === 'boolean' },
  q: {
    name: 'a quantity, such as 500m or 1Gi',
    accepts: (value) => typeof value === 'number' || (isText(value) && QUANTITY.test(value)),
  },
  Q: {
    name: 'a quantity, such as "0.5", 500m or 1Gi',
    accepts: (value) => Number.isInteger(value) || (isText(value) && QUANTITY.test(value)),
  },
  x: {
    name: 'a whole number or text',
    accepts: (value) => isText(value) || Number.isInteger(value),
  },
};

function checkObject(
  value: unknown,
  { fields, isOpen }: ObjectType,
  path: string,
  minor: number,
  problems: FieldProblem[],
): void {
  if (!isRecord(value)) {
    problems.push({ path, value, fault: 'type', expected: 'a map of fields' });
    return;
  }
  for (const [name, item] of Object.entries(value)) {
    if (item === null || item === undefined) continue;
    const variants = fields.get(name);
    const own = variants?.find(({ minors }) => has(minors, minor));
    if (own) check(item, own.type, below(path, name), minor, problems);
    else if (!isOpen)
      problems.push({
        path: below(path, name),
        value: item,
        fault: 'unknown',
        ...(variants ? rangeOf(variants) : spelling(name, fields, minor)),
      });
  }
  for (const [name, variants] of fields) {
    if (!variants.some(({ minors, isRequired }) => isRequired && has(minors, minor))) continue;
    if (value[name] === null || value[name] === undefined)
      problems.push({ path: below(path, name), value: undefined, fault: 'missing' });
  }
}

function rangeOf(variants: readonly Field[]): Partial<Minors> {
  const ranges = variants.flatMap(({ minors }) => minors ?? []);
  return {
    since: Math.min(...ranges.map(({ since }) => since)),
    until: ranges.some(({ until }) => until === undefined)
      ? undefined
      : Math.max(...ranges.flatMap(({ until }) => until ?? [])),
  };
}

function spelling(
  name: string,
  fields: ReadonlyMap<string, readonly Field[]>,
  minor: number,
): { nearest?: string } {
  const known = [...fields].filter(([, variants]) => variants.some(({ minors }) => has(minors, minor)));
  return {
    nearest: nearestName(
      name,
      known.map(([one]) => one),
    ),
  };
}

/** The path of a field: keys that are no names are quoted. */
function below(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}
