/** The map in docs/architecture.md, held against the imports. */
import { execFileSync } from 'child_process';
import { existsSync, readdirSync, readFileSync } from 'fs';
import { dirname, join, relative, resolve } from 'path';
import ts from 'typescript';
import { ROOT } from './snippets';

const LIB = join(ROOT, 'lib');
const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');

interface House {
  readonly FLOORS: readonly string[][];
  readonly PURE: readonly string[];
  readonly IMPURE: readonly string[];
}
const house = JSON.parse(
  execFileSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import * as house from ${JSON.stringify(join(ROOT, 'scripts/house.mjs'))}; console.log(JSON.stringify(house));`,
    ],
    { encoding: 'utf8' },
  ),
) as House;

interface Import {
  readonly from: string;
  readonly isType: boolean;
}

const files = readdirSync(LIB, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join(LIB, name));

/** What a file imports: files of lib/ by path, packages by name. */
function importsOf(file: string): Import[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement): Import[] => {
    if (!(ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement))) return [];
    const { moduleSpecifier: specifier } = statement;
    if (!specifier || !ts.isStringLiteral(specifier)) return [];
    const names = ts.isImportDeclaration(statement)
      ? statement.importClause?.namedBindings
      : statement.exportClause;
    const isType =
      (ts.isImportDeclaration(statement) ? statement.importClause?.isTypeOnly : statement.isTypeOnly) ===
        true ||
      (names !== undefined &&
        (ts.isNamedImports(names) || ts.isNamedExports(names)) &&
        names.elements.every((one) => one.isTypeOnly));
    const from = specifier.text.startsWith('.')
      ? resolve(dirname(file), `${specifier.text}.ts`)
      : specifier.text;
    return [{ from, isType }];
  });
}

const imports = new Map(files.map((file) => [file, importsOf(file)]));
const roomOf = (file: string) => relative(LIB, file).split('/')[0];
const rooms = house.FLOORS.flat();

/** A glob of scripts/house.mjs: `**`, `*` and `{a,b}`. */
function globPattern(glob: string): RegExp {
  const body = glob
    .replace(/[.]/g, '\\.')
    .replace(/\{([^}]*)\}/g, (_, inside: string) => `(${inside.replaceAll(',', '|')})`)
    .replace(/\*\*\/|\*/g, (stars) => (stars === '*' ? '[^/]*' : '(.*/)?'));
  return new RegExp(`^${body}$`);
}

/** Rooms that a room imports, in the order of the floors. */
function knownTo(room: string): string[] {
  const known = new Set(
    files
      .filter((file) => roomOf(file) === room)
      .flatMap((file) => imports.get(file) ?? [])
      .filter(({ from }) => from.startsWith(`${LIB}/`))
      .map(({ from }) => roomOf(from)),
  );
  return rooms.filter((other) => other !== room && known.has(other));
}

/** Rows of the map: room, what is in it, what it knows. */
const rows = [...page.matchAll(/^\| `lib\/([a-z]+)\/` +\| (.+?) +\| (.*?) +\|$/gm)].map(
  ([, room, , knows]) => ({
    room,
    knows: [...knows.matchAll(/`([a-z]+)`/g)].map(([, name]) => name),
  }),
);

test('every room is on the map, the highest floor first', () => {
  const there = [...new Set(files.map(roomOf))].filter((name) => !name.endsWith('.ts'));
  expect(rows.map(({ room }) => room)).toEqual([...house.FLOORS].reverse().flat());
  expect([...rooms].sort()).toEqual(there.sort());
});

test.each(rooms)('lib/%s/ knows the rooms that the map says', (room) => {
  expect(rows.find((row) => row.room === room)?.knows).toEqual(knownTo(room));
});

test('what is pure reaches no cdk8s when it runs, however far it goes', () => {
  const patterns = house.PURE.map(globPattern);
  const isPure = (file: string) =>
    patterns.some((pattern) => pattern.test(relative(LIB, file))) &&
    !house.IMPURE.includes(relative(LIB, file));
  const reaches = (start: string): string[] => {
    const seen = new Set([start]);
    const found: string[] = [];
    for (const file of seen) {
      for (const { from, isType } of imports.get(file) ?? []) {
        if (isType) continue;
        if (from.startsWith('/')) seen.add(from);
        else if (/^(cdk8s|constructs)/.test(from))
          found.push(`${relative(LIB, start)}: ${from} by ${relative(LIB, file)}`);
      }
    }
    return found;
  };
  const pure = files.filter(isPure);
  expect(pure.length).toBeGreaterThan(130);
  expect(pure.flatMap(reaches)).toEqual([]);
});

test('a file that the documentation names is there', () => {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name));
  const named = [...docs, 'README.md', 'CONTRIBUTING.md'].flatMap((name) =>
    [
      ...readFileSync(join(ROOT, name), 'utf8').matchAll(/`((?:lib|test|scripts|bench|apps)\/[\w./-]+)`/g),
    ].map(([, path]) => ({ name, path })),
  );
  expect(named.filter(({ path }) => !existsSync(join(ROOT, path)))).toEqual([]);
});
