/**
 * Writes `lib/inventory/api/api-table.ts`: kinds, fields, types and enumerations of Kubernetes 1.27 to 1.36 and of the custom
 * resources that the project knows, so small that it ships.
 *
 *   node scripts/definitions.mjs [DIRECTORY]      from the definitions in DIRECTORY, or in ../shared/schemas
 *   node scripts/definitions.mjs --check          fails when the table is not what the generator writes
 *   node scripts/definitions.mjs --enums MODELS   reads the enumerations of Kubernetes again, from the npm package
 *                                                 `kubernetes-models` that is unpacked in MODELS
 *
 * DIRECTORY holds `kubernetes/v1.MINOR.json`, the `definitions` that an API server answers at `/openapi/v2`, and `crds/`,
 * CustomResourceDefinitions as their projects release them. `docs/architecture.md` says where each of them comes from.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { root } from './project.mjs';

const TARGET = join(root, 'lib/inventory/api/api-table.ts');
const ENUMS = join(root, 'scripts/kubernetes-enums.json');
/** A resource's state is written by controllers: nobody commits it. */
const STATE = 'status';
/** What is asked of the API server, and what it answers: nobody applies it. */
const NOT_APPLIED =
  /List$|^(API(Group|Versions|Resource)|Binding|ComponentStatus|DeleteOptions|Eviction|Scale|Status|Token(Request|Review)|WatchEvent|(Self|Local)?Subject(AccessReview|RulesReview))/;
const NAMED = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'q',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'x',
};
/** What API servers refuse though the definitions have no enumeration for it (Kubernetes' own `validation` packages). */
const ENUMS_OF_VALIDATION = {
  'io.k8s.api.autoscaling.v2.HPAScalingPolicy.type': ['Percent', 'Pods'],
  'io.k8s.api.autoscaling.v2.HPAScalingRules.selectPolicy': ['Disabled', 'Max', 'Min'],
  'io.k8s.api.autoscaling.v2.MetricSpec.type': [
    'ContainerResource',
    'External',
    'Object',
    'Pods',
    'Resource',
  ],
  'io.k8s.api.autoscaling.v2.MetricTarget.type': ['AverageValue', 'Utilization', 'Value'],
  'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement.operator': [
    'DoesNotExist',
    'Exists',
    'In',
    'NotIn',
  ],
  // Numbers of taints are compared since 1.35.
  'io.k8s.api.core.v1.Toleration.operator': ['Equal', 'Exists', 'Gt', 'Lt'],
};
const SIMPLE = { string: 's', integer: 'i', number: 'n', boolean: 'b' };

/** The tables while they grow: object types by number, lists of values by number. */
class Table {
  types = [];
  enums = [];
  kinds = new Map();
  numbers = new Map();

  /** Number of the object type of a name, which is filled in later. */
  named(name) {
    if (!this.numbers.has(name)) this.numbers.set(name, this.types.push(undefined) - 1);
    return this.numbers.get(name);
  }

  /** Number of an object type that has no name: what looks the same is the same. */
  unnamed(text) {
    const key = `=${text}`;
    if (!this.numbers.has(key)) this.numbers.set(key, this.types.push(text) - 1);
    return this.numbers.get(key);
  }

  values(list) {
    const text = JSON.stringify(list);
    const at = this.enums.findIndex((one) => JSON.stringify(one) === text);
    return at === -1 ? this.enums.push(list) - 1 : at;
  }

  serve(apiVersion, kind, type) {
    const group = this.kinds.get(apiVersion) ?? [];
    this.kinds.set(apiVersion, [...group, `${kind}:${type}`]);
  }
}

/** `fields` as `name:type name!type`, where `!` is a field that has to be there, in the order of their names. */
function printFields(fields, isOpen = false) {
  return [...(isOpen ? ['*'] : []), ...fields.sort()].join(' ');
}

/** Versions that have something, when some have not: `@28-` since 1.28, `@27-30` up to 1.30. */
function printRange(minors, all) {
  if (minors.length === all.length) return '';
  const [first, last] = [minors[0], minors.at(-1)];
  if (last - first + 1 !== minors.length) throw new Error(`not a range: ${minors}`);
  return `@${first}-${last === all.at(-1) ? '' : last}`;
}

/** Definitions of Kubernetes, all minors at once. */
function addKubernetes(table, directory, enums) {
  const minors = readdirSync(directory)
    .map((file) => Number(/^v1\.(\d+)\.json$/.exec(file)?.[1]))
    .filter((minor) => !Number.isNaN(minor))
    .sort((a, b) => a - b);
  const byMinor = new Map(
    minors.map((minor) => [
      minor,
      JSON.parse(readFileSync(join(directory, `v1.${minor}.json`), 'utf8')).definitions,
    ]),
  );
  const pending = [];
  const done = new Set();
  const reference = (name) => {
    if (NAMED[name]) return NAMED[name];
    const known = [...byMinor.values()].map((definitions) => definitions[name]).filter(Boolean);
    if (known.every(({ properties }) => properties === undefined)) {
      return known.some(({ type }) => type === 'string')
        ? 's'
        : known.some(({ type }) => type === 'object')
          ? '{*'
          : '*';
    }
    if (!done.has(name)) {
      done.add(name);
      pending.push(name);
    }
    return table.named(name);
  };
  const typeOf = (schema, path) => {
    if (schema.$ref) return reference(schema.$ref.replace('#/definitions/', ''));
    if (schema.type === 'array') return `[${typeOf(schema.items, path)}`;
    if (schema.type === 'object')
      return `{${schema.additionalProperties ? typeOf(schema.additionalProperties, path) : '*'}`;
    // An empty text is what is not set: the API server fills in the default.
    if (schema.type === 'string' && enums[path])
      return `e${table.values([...new Set(['', ...enums[path]])])}`;
    return SIMPLE[schema.type] ?? '*';
  };
  /** Versions by the text that they have, in the order of the versions. */
  const collect = (each) => {
    const found = new Map();
    for (const [minor, definitions] of byMinor)
      for (const text of each(definitions)) found.set(text, [...(found.get(text) ?? []), minor]);
    return found;
  };

  const served = collect((definitions) =>
    Object.entries(definitions).flatMap(([name, schema]) =>
      (schema['x-kubernetes-group-version-kind'] ?? [])
        .filter(({ kind }) => !NOT_APPLIED.test(kind))
        .map(({ group, version, kind }) => `${group ? `${group}/` : ''}${version} ${kind} ${name}`),
    ),
  );
  for (const [text, those] of [...served].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [apiVersion, kind, name] = text.split(' ');
    table.serve(apiVersion, kind, `${reference(name)}${printRange(those, minors)}`);
  }
  while (pending.length > 0) {
    const name = pending.pop();
    const isKind = [...byMinor.values()].some((all) => all[name]?.['x-kubernetes-group-version-kind']);
    const fields = collect((definitions) => {
      const { properties = {}, required = [] } = definitions[name] ?? {};
      return Object.entries(properties).map(([field, schema]) => {
        const type = isKind && field === STATE ? '*' : typeOf(schema, `${name}.${field}`);
        return `${field}${required.includes(field) ? '!' : ':'}${type}`;
      });
    });
    const has = minors.filter((minor) => byMinor.get(minor)[name]);
    table.types[table.named(name)] = printFields(
      [...fields].flatMap(([text, those]) =>
        ranges(those).map((run) => `${text}${those.length === has.length ? '' : printRange(run, minors)}`),
      ),
    );
  }
  return minors;
}

/** Runs of numbers that follow each other. */
function ranges(numbers) {
  const runs = [];
  for (const number of numbers) {
    if (runs.at(-1)?.at(-1) === number - 1) runs.at(-1).push(number);
    else runs.push([number]);
  }
  return runs;
}

/** The versions of a CustomResourceDefinition that are served. */
function addCustomResource(table, { spec }) {
  const typeOf = (schema) => {
    if (schema['x-kubernetes-int-or-string']) return schema.pattern?.startsWith('^(\\+|-)?') ? 'Q' : 'x';
    if (schema.enum) return `e${table.values(schema.enum.filter((value) => value !== null))}`;
    if (schema.type === 'array') return `[${typeOf(schema.items ?? {})}`;
    if (schema.type === 'object' || schema.properties) {
      const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true;
      if (!schema.properties) {
        const { additionalProperties: values } = schema;
        return `{${values && typeof values === 'object' && !isOpen ? typeOf(values) : '*'}`;
      }
      return table.unnamed(printFields(fieldsOf(schema), isOpen));
    }
    return SIMPLE[schema.type] ?? '*';
  };
  const fieldsOf = ({ properties, required = [] }, isKind = false) =>
    Object.entries(properties).map(([field, schema]) => {
      const sign = required.includes(field) ? '!' : ':';
      if (isKind && field === 'metadata')
        return `metadata${sign}${table.named('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')}`;
      return `${field}${sign}${isKind && field === STATE ? '*' : typeOf(schema)}`;
    });
  for (const { name, served, schema } of spec.versions) {
    if (!served) continue;
    const fields = fieldsOf(schema.openAPIV3Schema, true);
    table.serve(`${spec.group}/${name}`, spec.names.kind, table.unnamed(printFields(fields)));
  }
}

function tableText(directory) {
  const table = new Table();
  const minors = addKubernetes(table, join(directory, 'kubernetes'), {
    ...JSON.parse(readFileSync(ENUMS, 'utf8')),
    ...ENUMS_OF_VALIDATION,
  });
  for (const file of readdirSync(join(directory, 'crds')).sort())
    addCustomResource(table, parse(readFileSync(join(directory, 'crds', file), 'utf8')));
  const lines = [
    [...table.kinds]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([apiVersion, kinds]) => `${apiVersion} ${kinds.join(' ')}`),
    table.types,
    table.enums.map((values) => JSON.stringify(values)),
  ].map((part) => part.join('\n'));
  const literal = (text) =>
    `\`\n${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')}\n\``;
  return `/**
 * Kinds, fields, types and enumerations of Kubernetes 1.${minors[0]} to 1.${minors.at(-1)} and of custom resources. Written by
 * \`node scripts/definitions.mjs\`, which says from what; do not edit. \`api-definitions.ts\` reads it, and says how.
 */

/** Minors that the table knows, the first and the last. */
export const TABLE_MINORS = [${minors[0]}, ${minors.at(-1)}] as const;

/** A line for each API version: its kinds, each with the number of its type. */
export const KIND_LINES = ${literal(lines[0])};

/** A line for each type: its fields. */
export const TYPE_LINES = ${literal(lines[1])};

/** A line for each list of values, as JSON. */
export const ENUM_LINES = ${literal(lines[2])};
`;
}

/** Values that a field may have, as the validators of `kubernetes-models` answer when it has another. */
function readEnums(models) {
  const load = createRequire(join(models, 'package.json'));
  const schemas = join(models, '_schemas');
  const newest = JSON.parse(
    readFileSync(
      join(
        definitionsDirectory,
        'kubernetes',
        readdirSync(join(definitionsDirectory, 'kubernetes')).sort().at(-1),
      ),
      'utf8',
    ),
  ).definitions;
  const result = {};
  for (const [name, { properties = {} }] of Object.entries(newest).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const file = join(
      schemas,
      `${name
        .split(/[.-]/)
        .map((word) => word[0].toUpperCase() + word.slice(1))
        .join('')}.js`,
    );
    if (!existsSync(file)) continue;
    const { validate } = load(file);
    for (const [field, { type, items }] of Object.entries(properties)) {
      // What names the kind has one value: the kind.
      if (field === 'apiVersion' || field === 'kind') continue;
      const isList = type === 'array' && items.type === 'string';
      if (type !== 'string' && !isList) continue;
      validate({ [field]: isList ? ['?'] : '?' });
      const error = (validate.errors ?? []).find(
        ({ keyword, instancePath }) => keyword === 'enum' && instancePath.startsWith(`/${field}`),
      );
      if (error) result[`${name}.${field}`] = error.params.allowedValues.filter((value) => value !== null);
    }
  }
  return result;
}

const { values: flags, positionals } = parseArgs({
  options: { check: { type: 'boolean' }, enums: { type: 'string' } },
  allowPositionals: true,
});
const definitionsDirectory = positionals[0] ?? join(root, '../shared/schemas');
if (!existsSync(join(definitionsDirectory, 'kubernetes'))) {
  console.error(`definitions: ${definitionsDirectory} holds no definitions; name a directory that does`);
  process.exitCode = 1;
} else if (flags.enums) {
  writeFileSync(ENUMS, `${JSON.stringify(readEnums(flags.enums), undefined, 2)}\n`);
} else {
  const text = tableText(definitionsDirectory);
  if (!flags.check) writeFileSync(TARGET, text);
  else if (readFileSync(TARGET, 'utf8') !== text) {
    console.error(
      'lib/inventory/api/api-table.ts is not what its generator writes; run `node scripts/definitions.mjs`',
    );
    process.exitCode = 1;
  }
}
