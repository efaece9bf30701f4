/**
 * Schemas of the Kubernetes API by version, and of custom resources, made strict: a field that the schema does not list
 * is an error, as it is for `kubectl apply --validate=strict`.
 */
import Ajv, { type ValidateFunction } from 'ajv';
import { existsSync, readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { parse } from 'yaml';
import { ROOT } from '../project/snippets';
import type { Manifest } from '../support/synth';

const SCHEMAS = join(ROOT, '../shared/schemas');

/** Why nothing can be validated: the schemas are not part of the project. */
export const schemasReason = existsSync(join(SCHEMAS, 'kubernetes'))
  ? undefined
  : '../shared/schemas is absent';

export const MINORS = [27, 28, 29, 30, 31, 32, 33, 34, 35, 36];

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

/** Tells what is wrong with a manifest, for people; nothing when all is well. */
export type Validator = (manifest: Manifest) => string[];

function problemsOf(manifest: Manifest, validate: ValidateFunction): string[] {
  if (validate(manifest)) return [];
  return (validate.errors ?? []).map(
    (error) =>
      `${manifest.kind} ${manifest.metadata.name}${error.instancePath}: ${error.message} ${JSON.stringify(error.params)}`,
  );
}

/** The API of one Kubernetes minor. */
export function kubernetesValidator(minor: number): Validator {
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
    if (name === undefined) return [`Kubernetes 1.${minor} does not serve ${key}`];
    const validate = compiled.get(name) ?? ajv.compile({ $ref: `kubernetes#/definitions/${name}` });
    compiled.set(name, validate);
    return problemsOf(manifest, validate);
  };
}

/** The custom resources whose definitions are there. */
export function customResourceValidator(): Validator {
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
    if (!schema) return [`no definition of ${key}`];
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

/** Groups that are part of Kubernetes end in `.k8s.io` or have no dot, but for those of add-ons. */
const ADD_ONS = [
  'autoscaling.k8s.io',
  'gateway.networking.k8s.io',
  'keda.sh',
  'monitoring.coreos.com',
  'postgresql.cnpg.io',
  'redis.redis.opstreelabs.in',
];

export function isCustom(manifest: Manifest): boolean {
  return ADD_ONS.includes(String(manifest.apiVersion).split('/')[0]);
}
