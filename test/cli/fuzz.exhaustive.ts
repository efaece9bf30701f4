/** No file of anybody ends the check with a stack: bytes at random, manifests with bytes changed, values of any shape. */
import fc from 'fast-check';
import { readFileSync } from 'fs';
import { join } from 'path';
import { stringify } from 'yaml';
import { evaluate } from '../../lib/checklist/evaluate';
import { Inventory } from '../../lib/inventory/inventory';
import { readDocuments } from '../../lib/inventory/reading/yaml-documents';
import { CHECK_FORMATS } from '../../lib/report/check-formats';
import { ROOT } from '../project/snippets';

/** Checks a text as the command does, in all formats. */
function check(text: string): void {
  const { documents, problems } = readDocuments(text);
  const sourced = documents.map((one) => ({
    value: one.value,
    source: { file: 'any.yaml', lineOf: (path: ReadonlyArray<string | number>) => one.lineOf(path) },
  }));
  const report = {
    ...evaluate(Inventory.ofSourced(sourced, { isPartial: problems.length > 0 }), { profile: 'default' }),
    unread: problems.map(({ line, message }) => ({ file: 'any.yaml', line, message })),
  };
  for (const format of Object.values(CHECK_FORMATS)) expect(typeof format(report)).toBe('string');
  for (const { line } of report.findings) expect(line).toBeGreaterThan(0);
}

const stack = ['data', 'edge', 'shop', 'monitoring']
  .map((name) => readFileSync(join(ROOT, `dist/prod/${name}.k8s.yaml`), 'utf8'))
  .join('---\n');
const documents = stack.split(/^---$/m).filter((text) => text.trim() !== '');

test('bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => check(Buffer.from(bytes).toString('utf8'))),
    { numRuns: 3000 },
  );
});

test('manifests with bytes changed', () => {
  const letters = fc.constantFrom(...' \n\t-:#"\'{}[],|>&*!%@`?$<~\u0000\u2028é0a');
  fc.assert(
    fc.property(
      fc.constantFrom(...documents),
      fc.array(fc.tuple(fc.nat(), letters), { minLength: 1, maxLength: 8 }),
      (text, changes) => {
        const all = [...text];
        for (const [at, letter] of changes) all[at % all.length] = letter;
        check(all.join(''));
      },
    ),
    { numRuns: 4000 },
  );
});

test('manifests in which fields are of any shape', () => {
  const parsed = documents.map((text) => readDocuments(text).documents[0].value as object);
  const any = fc.anything({ maxDepth: 2, withNullPrototype: false });
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...parsed), { minLength: 1, maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(), any), { minLength: 1, maxLength: 5 }),
      (objects, changes) => {
        const copy = structuredClone(objects) as Array<Record<string, unknown>>;
        for (const [at, value] of changes) {
          const places: Array<[Record<string, unknown>, string]> = [];
          const walk = (holder: unknown): void => {
            if (holder === null || typeof holder !== 'object') return;
            for (const key of Object.keys(holder)) {
              places.push([holder as Record<string, unknown>, key]);
              walk((holder as Record<string, unknown>)[key]);
            }
          };
          copy.forEach(walk);
          const [holder, key] = places[at % places.length];
          holder[key] = value;
        }
        let text: string;
        try {
          text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: copy });
        } catch {
          return; // BigInt and cycles are no JSON.
        }
        check(text);
        check(copy.map((one) => stringify(JSON.parse(JSON.stringify(one)))).join('---\n'));
      },
    ),
    { numRuns: 1500 },
  );
});
