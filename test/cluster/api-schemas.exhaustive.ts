/**
 * The table of fields against the definitions that it was made of, read by Ajv: the same faults at the same places, in
 * manifests that are right and in those that are broken at random.
 */
import Ajv, { type ErrorObject, type ValidateFunction } from 'ajv';
import fc from 'fast-check';
import { existsSync, readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { parse } from 'yaml';
import { type FieldProblem, fieldProblems, NEWEST_MINOR } from '../../lib/inventory/api/api-definitions';
import { ROOT } from '../project/snippets';
import { allFromDist, ENVIRONMENTS } from '../support/dist';
import { testUnless } from '../support/skip';
import type { Manifest } from '../support/synth';
import { isCustom, MINORS } from './schemas';

const SCHEMAS = join(ROOT, '../shared/schemas');

/** Why nothing can be validated: the schemas are not part of the project. */
const schemasReason = existsSync(join(SCHEMAS, 'kubernetes')) ? undefined : '../shared/schemas is absent';

type Schema = Record<string, unknown>;

function isObject(value: unknown): value is Schema {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Refuses unknown fields wherever a schema lists the known ones. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (!isObject(schema)) return schema;
  const result = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]));
  const open = 'additionalProperties' in schema || schema['x-kubernetes-preserve-unknown-fields'] === true;
  return isObject(schema.properties) && !open ? { ...result, additionalProperties: false } : result;
}

/** Patterns are those of Go, which writes the flag for letter case into the pattern. */
const goPattern = Object.assign(
  (pattern: string) =>
    pattern.includes('(?i)') ? new RegExp(pattern.replace('(?i)', ''), 'i') : new RegExp(pattern),
  { code: 'goPattern' },
);

function newAjv(): Ajv {
  return new Ajv({ strict: false, allErrors: true, validateFormats: false, code: { regExp: goPattern } });
}

/** Places where something is wrong; undefined: there is no such kind. */
type Validator = (manifest: Manifest) => string[] | undefined;

/** The table has no bounds, lengths or patterns. */
const OF_THE_TABLE = new Set(['additionalProperties', 'enum', 'oneOf', 'required', 'type']);

function problemsOf(manifest: Manifest, validate: ValidateFunction): string[] {
  if (validate(manifest)) return [];
  return [
    ...new Set((validate.errors ?? []).filter(({ keyword }) => OF_THE_TABLE.has(keyword)).map(placeOf)),
  ].sort();
}

function placeOf({ instancePath, params }: ErrorObject): string {
  const name: unknown = params.additionalProperty ?? params.missingProperty;
  return letters(
    `${instancePath.replaceAll('~1', '/').replaceAll('~0', '~')}${typeof name === 'string' ? name : ''}`,
  );
}

/** The API of one Kubernetes minor. */
function kubernetesValidator(minor: number): Validator {
  const text = readFileSync(join(SCHEMAS, `kubernetes/v1.${minor}.json`), 'utf8');
  const { definitions } = JSON.parse(text) as { definitions: Record<string, Schema> };
  const strictDefinitions = strict(definitions) as Record<string, Schema>;
  const byKind = new Map<string, string>();
  for (const [name, schema] of Object.entries(definitions)) {
    const kinds = (schema['x-kubernetes-group-version-kind'] ?? []) as Array<Record<string, string>>;
    for (const { group, version, kind } of kinds)
      byKind.set(`${group ? `${group}/` : ''}${version} ${kind}`, name);
  }
  const ajv = newAjv();
  ajv.addSchema({ $id: 'kubernetes', definitions: strictDefinitions });
  const compiled = new Map<string, ValidateFunction>();
  return (manifest) => {
    const key = `${manifest.apiVersion} ${manifest.kind}`;
    const name = byKind.get(key);
    if (name === undefined) return undefined;
    const validate = compiled.get(name) ?? ajv.compile({ $ref: `kubernetes#/definitions/${name}` });
    compiled.set(name, validate);
    return problemsOf(manifest, validate);
  };
}

/** The custom resources whose definitions are there. */
function customResourceValidator(): Validator {
  const schemas = new Map<string, Schema>();
  for (const file of readdirSync(join(SCHEMAS, 'crds'))) {
    const { spec } = parse(readFileSync(join(SCHEMAS, 'crds', file), 'utf8'));
    for (const { name, served, schema } of spec.versions as Manifest[]) {
      if (served) schemas.set(`${spec.group}/${name} ${spec.names.kind}`, schema.openAPIV3Schema as Schema);
    }
  }
  const compiled = new Map<string, ValidateFunction>();
  return (manifest) => {
    const key = `${manifest.apiVersion} ${manifest.kind}`;
    const schema = schemas.get(key);
    if (!schema) return undefined;
    const validate = compiled.get(key) ?? newAjv().compile(closed(schema));
    compiled.set(key, validate);
    return problemsOf(manifest, validate);
  };
}

/** A definition says nothing of the metadata, which is that of every object. */
function closed(schema: Schema): Schema {
  const { properties, ...rest } = schema;
  return strict({
    ...rest,
    properties: { ...(properties as Schema), metadata: { type: 'object' } },
  }) as Schema;
}

/** A place without what separates its parts, which is not the same in the two ways to write it. */
const letters = (place: string) => place.replace(/[/.[\]"\\]/g, '');

/** The table's answer, but for what the definitions leave open: which text is a quantity, or a value of Kubernetes. */
function ofTable(manifest: Manifest, minor: number): string[] | undefined {
  const isLeftOpen = (problem: FieldProblem) =>
    typeof problem.value === 'string' &&
    ((problem.fault === 'value' && !isCustom(manifest)) ||
      (problem.fault === 'type' && problem.expected.startsWith('a quantity')));
  const problems = fieldProblems(manifest, minor)?.filter((problem) => !isLeftOpen(problem));
  return problems && [...new Set(problems.map(({ path }) => letters(path)))].sort();
}

/** Breaks one place of an object: renames it, takes it away, or puts something else there. */
function breakAt(object: Manifest, at: number, what: number): Manifest {
  const copy = structuredClone(object);
  const places: Array<[Manifest, string]> = [];
  const walk = (value: Manifest) => {
    if (value === null || typeof value !== 'object') return;
    for (const key of Object.keys(value)) {
      places.push([value, key]);
      walk(value[key]);
    }
  };
  walk(copy);
  const [holder, key] = places[at % places.length];
  // What says what it is stays.
  if (key === 'apiVersion' || key === 'kind') return copy;
  const others = ['text', 7, 1.5, true, ['text'], { some: 'map' }, [{ some: 'map' }]];
  const other = others[what % (others.length + 2)];
  if (other !== undefined) holder[key] = other;
  else if (what % 2 === 0 && !Array.isArray(holder)) holder[`${key}x`] = holder[key];
  else if (!Array.isArray(holder)) delete holder[key];
  return copy;
}

const OBJECTS = ENVIRONMENTS.flatMap(allFromDist);

testUnless(schemasReason).each(MINORS)(
  'Kubernetes 1.%i: fields are wrong where its definitions say so',
  (minor) => {
    const validate = kubernetesValidator(minor);
    const objects = OBJECTS.filter((object) => !isCustom(object));
    fc.assert(
      fc.property(fc.constantFrom(...objects), fc.nat(), fc.nat(), (object, at, what) => {
        const broken = breakAt(object, at, what);
        expect(ofTable(broken, minor)).toEqual(validate(broken));
      }),
      { numRuns: 3000 },
    );
  },
);

testUnless(schemasReason)('custom resources: fields are wrong where their definitions say so', () => {
  const validate = customResourceValidator();
  // Their definitions say nothing of the metadata, which is that of every object.
  const objects = OBJECTS.filter(isCustom).map(({ metadata: { name }, ...object }) => ({
    ...object,
    metadata: { name },
  }));
  fc.assert(
    fc.property(fc.constantFrom(...objects), fc.nat(), fc.nat(), (object, at, what) => {
      const broken = breakAt(object, at, what);
      const isChecked = (place: string) => !place.startsWith('metadata');
      expect(ofTable(broken, NEWEST_MINOR)?.filter(isChecked)).toEqual(validate(broken)?.filter(isChecked));
    }),
    { numRuns: 3000 },
  );
});
