/**
 * Every prop of every construct against one corpus of nasty values: what comes out is a clear error that names the
 * construct, or manifests that say exactly what was given.
 *
 * The props are read from the compiled assembly, so that a new one is tested without being listed here.
 */
import type { Chart } from 'cdk8s';
import { EnvValue } from 'cdk8s-plus-27';
import { constructNames, isClass, isEnum, propertiesOf, structOf, type TypeReference } from './assembly';
import { cpus, damage, damages, durations, sizes } from './attack';
import { CONSTRUCTS } from './constructs';
import { NASTY_NUMBERS, NASTY_STRINGS } from './corpus';

/** Nasty values of a type. */
function nasty(type: TypeReference): unknown[] {
  if (type.primitive === 'string') return [...NASTY_STRINGS];
  if (type.primitive === 'number') return [...NASTY_NUMBERS];
  // Without types, an amount is soon given as a text or a number.
  if (type.fqn === 'cdk8s.Size') return [...sizes(), '20Gi', 20, null, {}];
  if (type.fqn === 'cdk8s.Duration') return [...durations(), '30s', 30, null, {}];
  if (type.fqn === 'cdk8s-plus-27.Cpu') return cpus();
  if (type.fqn === 'cdk8s-plus-27.EnvValue') return NASTY_STRINGS.map((text) => EnvValue.fromValue(text));
  if (isEnum(type)) return [...NASTY_STRINGS];
  // So is what a class of ours makes; the values that it makes have files of their own.
  if (isClass(type)) return ['20Gi', 20, null, {}];
  if (type.collection?.kind === 'array')
    return [[], ...nasty(type.collection.elementtype).map((value) => [value])];
  if (type.collection?.kind === 'map') {
    const [good = 'a'] = nasty(type.collection.elementtype);
    return [
      ...nasty(type.collection.elementtype).map((value) => ({ KEY: value })),
      ...NASTY_STRINGS.map((key) => ({ [key]: good })),
    ];
  }
  return [];
}

const show = (value: unknown) => (typeof value === 'number' ? `${value}` : JSON.stringify(value));

test('every construct of the library is here', () => {
  // Two are abstract, the others have no props, or those of what makes them.
  const without = [
    ...['Workload', 'ExternalStore'],
    ...['PostgresStandbys', 'PostgresDumpJob', 'PostgresSetupJob', 'StoreExporter'],
  ];
  const constructs = constructNames().filter((name) => !without.includes(name));
  expect(Object.keys(CONSTRUCTS).sort()).toEqual(expect.arrayContaining(constructs.sort()));
});

describe.each(Object.entries(CONSTRUCTS))('%s', (name, make) => {
  const attacked = propertiesOf(structOf(name.split(' ')[0]))
    .map((property) => [property.name, nasty(property.type)] as const)
    .filter(([, values]) => values.length > 0);

  test.each(attacked)('%s', (property, values) => {
    const attacks = values.map((value) => ({
      what: `${property} = ${show(value)}`,
      run: (chart: Chart) => make(chart, { [property]: value }),
    }));
    expect(damages(attacks)).toEqual([]);
  });
});

test('the check finds damage', () => {
  const unclear = () => {
    throw new TypeError("Cannot read properties of undefined (reading 'a')");
  };
  const injected = (chart: Chart) => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`).join('\n');
    chart.node.addValidation({ validate: () => [lines] });
  };
  expect(damage({ what: 'x', run: unclear })).toContain('x: Cannot read');
  expect(damage({ what: 'x', run: injected })).toContain('x: ');
});
