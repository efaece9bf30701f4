import { readdirSync, readFileSync } from 'fs';
import { join, relative } from 'path';

export const ROOT = join(__dirname, '../..');

/** A TypeScript code block of a documentation page, or the example of a class. */
export interface Snippet {
  /** `docs/page.md:12`, where it begins, or the class that it is an example of. */
  readonly name: string;
  /** A complete module: the block itself, or the block in the setting that the pages assume. */
  readonly source: string;
}

/** What a block without imports may use: the names of the library, a chart, and a small shop to connect to. */
const SETTING = `
import { ApiObject, Chart, Duration, Include, JsonPatch, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { ConfigMap, Cpu, Env, EnvFieldPaths, EnvValue, Secret } from 'cdk8s-plus-27';
import * as tuned from 'cdk8s-tuned';
import { Construct } from 'constructs';
void [ApiObject, Chart, ConfigMap, Construct, Cpu, Duration, Env, EnvFieldPaths, EnvValue, Include, JsonPatch, Secret, Size, kplus];
`;

const SHOP = `
const app = new TunedApp();
const chart = new Chart(app, 'shop', { namespace: 'shop' });
const other = new Chart(app, 'other', { namespace: 'shop' });
const web = new ScalableWebApp(other, 'web', { image: 'registry.example.com/shop:1.8.2' });
const worker = new BackgroundWorker(other, 'worker', { image: 'registry.example.com/worker:1.8.2' });
const db = new TunedPostgres(other, 'db', { storage: Size.gibibytes(100) });
const cache = new CacheRedis(other, 'cache', { maxMemory: Size.mebibytes(512) });
void [chart, web, worker, db, cache];
`;

/** All pages that hold snippets: the README and everything below docs/. */
export function documentationPages(): string[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  return [
    'README.md',
    ...docs.filter((file) => file.endsWith('.md')).map((file) => join('docs', file)),
  ].sort();
}

export function snippetsOf(page: string, exportedNames: readonly string[]): Snippet[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length;
    return {
      name: `${relative('.', page)}:${line}`,
      source: /^import /m.test(match[1]) ? match[1] : inSetting(match[1], exportedNames),
    };
  });
}

/** A class of the compiled assembly. */
export interface ExportedClass {
  readonly name: string;
  readonly example?: string;
}

/** Every class that the compiled assembly exports. */
export function exportedClasses(): ExportedClass[] {
  const { types } = JSON.parse(readFileSync(join(ROOT, '.jsii'), 'utf8')) as {
    types: Record<string, { kind: string; name: string; docs?: { example?: string } }>;
  };
  return Object.values(types)
    .filter(({ kind }) => kind === 'class')
    .map(({ name, docs }) => ({ name, example: docs?.example }));
}

/** The examples of classes, in the setting of the pages. */
export function exampleSnippets(
  classes: readonly ExportedClass[],
  exportedNames: readonly string[],
): Snippet[] {
  return classes.flatMap(({ name, example }) =>
    example === undefined ? [] : [{ name, source: inSetting(`${example}\n`, exportedNames) }],
  );
}

function inSetting(block: string, exportedNames: readonly string[]): string {
  const names = exportedNames.join(', ');
  return `${SETTING}const { ${names} } = tuned;\nvoid [${names}];\n${SHOP}{\n${block}}\napp.synth();\n`;
}
