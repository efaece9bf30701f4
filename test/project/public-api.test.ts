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
