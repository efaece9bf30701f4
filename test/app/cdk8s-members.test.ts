import { existsSync, readFileSync } from 'fs';
import { join } from 'path';
import { ROOT } from '../project/snippets';

interface Named {
  readonly name: string;
}
interface Type {
  readonly members?: readonly Named[];
  readonly methods?: readonly Named[];
  readonly properties?: readonly Named[];
}

const assembly = JSON.parse(readFileSync(join(ROOT, 'node_modules/cdk8s/.jsii'), 'utf8')) as {
  readonly types: Readonly<Record<string, Type>>;
};

/** Everything public that an app rests on, and the test that holds it. */
const HELD: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  App: {
    charts: 'order',
    of: 'contracts',
    outdir: 'contracts',
    outputFileExtension: 'output-types',
    resolvers: 'contracts',
    synth: 'contracts',
    synthYaml: 'order',
    yamlOutputType: 'output-types',
  },
  AppProps: {
    outdir: 'contracts',
    outputFileExtension: 'output-types',
    recordConstructMetadata: 'contracts',
    resolvers: 'contracts',
    yamlOutputType: 'output-types',
  },
  Chart: {
    addDependency: 'order',
    apiObjects: 'contracts',
    generateObjectName: 'contracts',
    isChart: 'order',
    labels: 'contracts',
    namespace: 'contracts',
    of: 'order',
    toJson: 'contracts',
  },
  ChartProps: { disableResourceNameHashes: 'contracts', labels: 'contracts', namespace: 'contracts' },
  ApiObject: {
    addDependency: 'order',
    addJsonPatch: 'contracts',
    apiGroup: 'contracts',
    apiVersion: 'contracts',
    chart: 'contracts',
    isApiObject: 'order',
    kind: 'output-types',
    metadata: 'contracts',
    name: 'contracts',
    of: 'contracts',
    toJson: 'contracts',
  },
  YamlOutputType: {
    FILE_PER_APP: 'output-types',
    FILE_PER_CHART: 'output-types',
    FILE_PER_RESOURCE: 'output-types',
    FOLDER_PER_CHART_FILE_PER_RESOURCE: 'output-types',
  },
};

test.each(Object.entries(HELD))(
  'every public member of %s in this version of cdk8s is held by a test',
  (name, held) => {
    const { members = [], methods = [], properties = [] } = assembly.types[`cdk8s.${name}`];
    const all = [...members, ...methods, ...properties].map((member) => member.name).sort();
    expect(Object.keys(held).sort()).toEqual(all);
  },
);

test('the tests that hold them are there', () => {
  const files = new Set(Object.values(HELD).flatMap((held) => Object.values(held)));
  expect([...files].filter((file) => !existsSync(join(__dirname, `${file}.test.ts`)))).toEqual([]);
});
