import * as tuned from 'cdk8s-tuned';
import { execFileSync } from 'child_process';
import { readFileSync } from 'fs';
import { join } from 'path';
import { ROOT } from './snippets';

interface Assembly {
  readonly types: Record<
    string,
    {
      readonly kind: string;
      readonly fqn: string;
      readonly datatype?: boolean;
      readonly docs?: Docs;
      readonly properties?: readonly Member[];
      readonly methods?: readonly Member[];
    }
  >;
}
interface Docs {
  readonly summary?: string;
  readonly default?: string;
}
interface Member {
  readonly name: string;
  readonly optional?: boolean;
  readonly docs?: Docs;
}

const assembly = JSON.parse(readFileSync(join(ROOT, '.jsii'), 'utf8')) as Assembly;
const types = Object.values(assembly.types);

test('the compiled assembly holds the public constructs', () => {
  expect(Object.keys(assembly.types)).toEqual(
    expect.arrayContaining(
      [
        'BackgroundWorker',
        'CacheRedis',
        'NginxCachingProxy',
        'PerformanceMonitoring',
        'ScalableWebApp',
        'TunedApp',
        'TunedPostgres',
      ].map((name) => `cdk8s-tuned.${name}`),
    ),
  );
});

test('every optional prop says its default', () => {
  const silent = types
    .filter((type) => type.datatype)
    .flatMap((type) => (type.properties ?? []).map((property) => ({ type, property })))
    .filter(({ property }) => property.optional && property.docs?.default === undefined)
    .map(({ type, property }) => `${type.fqn}.${property.name}`);
  expect(silent).toEqual([]);
});

test('everything public says what it is', () => {
  const silent = types.flatMap((type) => [
    ...(type.docs?.summary === undefined ? [type.fqn] : []),
    ...[...(type.properties ?? []), ...(type.methods ?? [])]
      .filter((member) => member.docs?.summary === undefined)
      .map((member) => `${type.fqn}.${member.name}`),
  ]);
  expect(silent).toEqual([]);
});

test('no L1 type of cdk8s-plus-27 and no import is part of the API', () => {
  const text = JSON.stringify(types);
  expect(text).not.toContain('cdk8s-plus-27.k8s.');
  expect(text).not.toContain('cdk8s-tuned.imports');
});

test('the package loads a construct when it is used, and nothing before; ES modules get the same names', () => {
  const run = (...args: string[]) =>
    JSON.parse(execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' })) as string[];
  const index = join(ROOT, 'build/lib/index.js');
  const loaded = (use: string) =>
    run(
      '-e',
      `const tuned = require(${JSON.stringify(index)}); ${use}; console.log(JSON.stringify(Object.keys(require.cache)))`,
    ).filter((path) => path !== index);
  expect(loaded('')).toEqual([]);
  const used = loaded('tuned.ScalableWebApp').map((path) => path.replace(`${ROOT}/build/lib/`, ''));
  expect(used).toContain('web/scalable-web-app.js');
  expect(used.filter((path) => /^(checklist|nginx|postgres|redis)\//.test(path))).toEqual([]);
  const names = run(
    '--input-type=module',
    '-e',
    `import * as tuned from ${JSON.stringify(`file://${index}`)}; console.log(JSON.stringify(Object.keys(tuned)))`,
  );
  expect(names.filter((name) => !['default', 'module.exports', '__esModule'].includes(name)).sort()).toEqual(
    Object.keys(tuned).sort(),
  );
});
