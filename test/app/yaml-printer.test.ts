import { Yaml } from 'cdk8s';
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { parseAllDocuments } from 'yaml';
import { type DocumentPrinter, YamlPrinter } from '../../lib/app/yaml-printer';
import { DIST } from '../support/dist';

const RUNS = 5_000;

const cdk8s: DocumentPrinter = (document) => Yaml.stringify(document);
const printed = (...documents: unknown[]) => new YamlPrinter(cdk8s).print(documents);

/** What the other printer is asked for. */
function askedFor(document: unknown): unknown[] {
  const asked: unknown[] = [];
  new YamlPrinter((value) => {
    asked.push(value);
    return cdk8s(value);
  }).print([document]);
  return asked;
}

/** Pieces that mean something to YAML, or to one of its versions. */
const PIECES = [
  ...'-?:,[]{}#&*!|>%@`\'"\\/$~=<+._ \t\n\r',
  ...[
    '\n\n',
    ' \n',
    '\n ',
    '\t\n',
    '\n\t',
    ': ',
    ' #',
    '- ',
    '? ',
    '---',
    '...',
    '%YAML 1.1',
    '<<',
    '&a',
    '*a',
    '!!int 1',
  ],
  ...[
    'y',
    'n',
    'yes',
    'No',
    'TRUE',
    'off',
    'On',
    'null',
    'Null',
    '.inf',
    '-.INF',
    '.nan',
    'e1',
    'E+5',
    '1e3',
    '1_0',
    '.5',
    '5.',
  ],
  ...[
    '0',
    '-0',
    '0755',
    '0o17',
    '0x1F',
    '0b101',
    '12:30',
    '1:2:3.4',
    '190:20:30',
    '2001-12-14',
    '2001-12-14t21:59:43.10-05:00',
  ],
  ...[
    '2001-12-14 21:59:43',
    '1.2.3',
    '10.0.0.0/8',
    '100m',
    '512Mi',
    '{{ $labels.pod }}',
    '$(VAR)',
    'app.kubernetes.io/name',
  ],
  ...[
    '\u0000',
    '\u0007',
    '\u001b',
    '\u007f',
    '\u0085',
    '\u00a0',
    '\u2028',
    '\u2029',
    '\ufeff',
    '\ud800',
    '\udc00',
    '😀',
    'é',
    '漢',
  ],
  ...['word', 'two words', 'x'.repeat(30), 'x '.repeat(600)],
];
const text = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 5 }).map((pieces) => pieces.join('')),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
);
const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(0, -0, 1e21, 1e-7, 2 ** 53, Infinity, NaN),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    text,
    number,
    fc.boolean(),
    fc.constantFrom(null, undefined),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom('name', 'data', 'args'), text), tie('tree'), { maxKeys: 4 }),
  ),
}));

test('prints any JSON as cdk8s does, byte for byte', () => {
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 3 }), (documents) => {
      expect(printed(...documents)).toBe(Yaml.stringify(...documents));
    }),
    { numRuns: RUNS },
  );
});

test('prints each hostile string as a value, in a list and as a key, as cdk8s does', () => {
  for (const one of PIECES) {
    const strings = [one, ...PIECES.map((two) => one + two)];
    const values = strings.flatMap((string) => [string, { string, list: [[string]] }]);
    const keys = strings.filter((_, index) => index % 5 === 0).map((key) => ({ [key]: { [key]: 1 } }));
    for (const shape of [values, ...keys]) expect(printed(shape)).toBe(Yaml.stringify(shape));
  }
});

test('prints what is not JSON as cdk8s does', () => {
  const shared = { a: 1 };
  const circular: Record<string, unknown> = {};
  circular.itself = circular;
  class Labels {
    readonly team = 'web';
  }
  const values = [
    ...[
      [shared, shared],
      { one: shared, two: [shared] },
      circular,
      [[], []],
      new Labels(),
      { labels: new Labels() },
    ],
    ...[
      new Date(0),
      { at: new Date(0) },
      new Map([['k', 1]]),
      new Set([1]),
      Object.create(null),
      Buffer.from('x'),
    ],
    ...[
      { toJSON: () => 'told' },
      [{ toJSON: 1 }],
      new String('s'),
      [new Number(1)],
      10n,
      [10n],
      [undefined, 1],
      Symbol.iterator in {},
    ],
    ...[
      {
        *[Symbol.iterator]() {
          yield 1;
        },
      },
      undefined,
      null,
      '',
      [],
      {},
      [undefined],
      { nothing: undefined },
    ],
  ];
  for (const value of values) expect(printed(value)).toBe(Yaml.stringify(value));
  expect(printed(...values)).toBe(Yaml.stringify(...values));
  expect(printed()).toBe(Yaml.stringify());
});

test('refuses what cdk8s refuses, with its message', () => {
  for (const value of [{ call: () => 1 }, [Symbol('s')]]) {
    const refusal = (print: () => string) => {
      try {
        return print();
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(refusal(() => printed(value))).toBe(refusal(() => Yaml.stringify(value)));
  }
});

test('prints the manifests of the shop as they are, without asking cdk8s', () => {
  const files = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.yaml'),
  );
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) {
    const written = readFileSync(join(DIST, file), 'utf8');
    const documents = parseAllDocuments(written, { version: '1.1' }).map(
      (document) => document.toJS() as unknown,
    );
    expect(printed(...documents)).toBe(written);
    expect(documents.flatMap(askedFor)).toEqual([]);
  }
});

test('asks cdk8s for a string that is unusual, and for the whole document when a key is', () => {
  expect(askedFor({ data: { text: 'a\rb', other: 'plain' } })).toEqual([['a\rb']]);
  const key = { 'a\nb': 1 };
  expect(askedFor(key)).toEqual([key]);
});
