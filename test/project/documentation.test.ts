import { Chart, Size } from 'cdk8s';
import * as tuned from 'cdk8s-tuned';
import { readFileSync } from 'fs';
import { join } from 'path';
import * as ts from 'typescript';
import { GUARD_RULES } from '../../lib/change/guard/guard';
import { CATALOGUE } from '../../lib/checklist/catalogue';
import { runSnippet } from './run-snippet';
import {
  documentationPages,
  exampleSnippets,
  exportedClasses,
  ROOT,
  type Snippet,
  snippetsOf,
} from './snippets';

const exportedNames = Object.keys(tuned).sort();
const snippets = documentationPages().flatMap((page) => snippetsOf(page, exportedNames));
const classes = exportedClasses();
const examples = exampleSnippets(classes, exportedNames);

test('there are snippets to check, in the README and in every page of a construct', () => {
  const pages = documentationPages().filter(
    (page) => page === 'README.md' || page.startsWith('docs/constructs/'),
  );
  const without = pages.filter((page) => !snippets.some(({ name }) => name.startsWith(`${page}:`)));
  expect(without).toEqual([]);
});

test('every exported class has an example, of three to ten lines, and no two have the same', () => {
  const lines = (example = '') => example.split('\n').length;
  expect(classes.length).toBeGreaterThan(30);
  expect(classes.filter(({ example }) => example === undefined).map(({ name }) => name)).toEqual([]);
  expect(classes.filter(({ example }) => lines(example) < 3 || lines(example) > 10)).toEqual([]);
  expect(new Set(classes.map(({ example }) => example)).size).toBe(classes.length);
});

test('every snippet and every example compiles, and an example is about its class', () => {
  const file = (index: number) => join(ROOT, 'test/project', `snippet-${index}.ts`);
  const sources = new Map([...snippets, ...examples].map((snippet, index) => [file(index), snippet]));
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config,
    ts.sys,
    ROOT,
  );
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  host.readFile = (path) => sources.get(path)?.source ?? readFile(path);
  host.fileExists = (path) => sources.has(path) || fileExists(path);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (path, target, ...rest) => {
    const snippet = sources.get(path);
    return snippet ? ts.createSourceFile(path, snippet.source, target) : getSourceFile(path, target, ...rest);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  const problems = [...sources].flatMap(([path, { name }]) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(path))
      .map((diagnostic) => `${name}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')}`),
  );
  expect(problems).toEqual([]);

  const checker = program.getTypeChecker();
  const about = ([path, { name }]: [string, Snippet]) => {
    const source = program.getSourceFile(path) as ts.SourceFile;
    const [block] = source.statements.filter(ts.isBlock);
    return expressionsIn(block).some(
      (node) => checker.getTypeAtLocation(node).getNonNullableType().symbol?.name === name,
    );
  };
  const strangers = [...sources].slice(snippets.length).filter((example) => !about(example));
  expect(strangers.map(([, { name }]) => name)).toEqual([]);
});

/** All expressions below a node. */
function expressionsIn(node: ts.Node): ts.Expression[] {
  const below = node.getChildren().flatMap(expressionsIn);
  return ts.isExpression(node) ? [node, ...below] : below;
}

test.each([...snippets, ...examples].map((snippet) => [snippet.name, snippet] as const))(
  '%s synthesizes',
  (_, snippet) => {
    expect(filesWrittenBy(snippet)).not.toEqual([]);
  },
);

/** Files that a snippet writes when it is run. */
function filesWrittenBy(snippet: Snippet): string[] {
  return [...runSnippet(snippet).keys()];
}

function textWrittenBy(snippet: Snippet): string {
  return [...runSnippet(snippet).values()].join('---\n');
}

test('the numbers that the README shows are those that its program writes', () => {
  const [program] = snippets.filter(({ name }) => name.startsWith('README.md:'));
  const manifests = textWrittenBy(program);
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const table = readme.slice(
    readme.indexOf('## What these lines become'),
    readme.indexOf('When numbers cannot agree'),
  );
  const said = table
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split('|')[3] ?? '').matchAll(/`([^`]+)`/g)].map(([, code]) => code));
  expect(said.length).toBeGreaterThan(10);
  expect(said.filter((code) => !manifests.includes(code))).toEqual([]);
  expect(manifests).toMatch(/name: DB_POOL_SIZE\n +value: "4"/);
  expect(manifests).toMatch(/name: DB_MAX_OVERFLOW\n +value: "3"/);
  expect(manifests.match(/^kind: /gm)).toHaveLength(31);
});

test('the message that the README shows is the message', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const [, message] = /```\n(the app cannot be synthesized:[\s\S]*?)\n```/.exec(readme) ?? [];
  const app = new tuned.TunedApp({ outdir: '/nowhere' });
  const chart = new Chart(app, 'shop', { namespace: 'shop' });
  const db = new tuned.TunedPostgres(chart, 'db', {
    storage: Size.gibibytes(100),
    profile: tuned.WorkloadProfile.DATABASE.withMemory(Size.gibibytes(16)),
  });
  const web = new tuned.ScalableWebApp(chart, 'web', {
    image: 'registry.example.com/shop:1.8.2',
    scaling: tuned.ScalingPolicy.cpu({ min: 2, max: 20 }),
  });
  web.connectTo(db.connection({ pool: tuned.ConnectionPool.fixed({ size: 20, maxOverflow: 10 }) }));
  expect(() => app.synthYaml()).toThrow(new Error(message));
});

test('every rule that a page names is there', () => {
  const ids = new Set([...CATALOGUE, ...GUARD_RULES].map(({ id }) => id).concat('SUP-001'));
  const unknown = documentationPages().flatMap((page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    return [...text.matchAll(/\b[A-Z]{2,5}-\d{3}\b/g)]
      .filter(([id]) => !ids.has(id))
      .map(([id]) => `${page}: ${id}`);
  });
  expect(unknown).toEqual([]);
});

test('links between pages lead somewhere', () => {
  const broken = documentationPages().flatMap((page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    return [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .map(([, target]) => target)
      .filter(
        (target) =>
          !ts.sys.fileExists(join(ROOT, page, '..', target)) &&
          !ts.sys.directoryExists(join(ROOT, page, '..', target)),
      )
      .map((target) => `${page}: ${target}`);
  });
  expect(broken).toEqual([]);
});
