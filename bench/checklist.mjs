/**
 * The checklist over many objects: time after start-up, and whether it grows in proportion.
 *
 *   npm run bench:checklist
 *
 * Copies of the shop in prod, once with a namespace each, once all in one namespace with names of their own.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import Table from 'cli-table3';
import { parseAllDocuments } from 'yaml';
import { build } from '../scripts/build.mjs';
import { root } from '../scripts/project.mjs';

build();
const require = createRequire(import.meta.url);
const { evaluate } = require(join(root, 'build/lib/checklist/evaluate.js'));
const { Inventory } = require(join(root, 'build/lib/inventory/inventory.js'));

const SIZES = [1250, 2500, 5000, 10_000, 20_000];
const ROUNDS = 5;

const directory = join(root, 'dist/prod');
const text = readdirSync(directory)
  .sort()
  .map((file) => readFileSync(join(directory, file), 'utf8'))
  .join('---\n');
// Parsed from text for every copy, as files would be: shared objects would be cheaper to read than real ones.
const parse = (yaml) => parseAllDocuments(yaml, { version: '1.1' }).map((document) => document.toJS());
const plain = JSON.stringify(parse(text));

const SHAPES = {
  'a namespace each': (copy) => plain.replaceAll('shop-prod', `shop-${copy}`),
  'one namespace': (copy) =>
    plain.replaceAll(/\b(data|edge|shop)-(db|cache|proxy|web|worker|renderer)\b/g, `$1-$2-${copy}`),
};

function stack(shape, size) {
  const objects = [];
  for (let copy = 0; objects.length < size; copy += 1) objects.push(...JSON.parse(SHAPES[shape](copy)));
  return objects.slice(0, size);
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

evaluate(Inventory.of(stack('one namespace', 1000)));
const table = new Table({
  style: { head: [], border: [] },
  head: ['objects', ...Object.keys(SHAPES).flatMap((shape) => [shape, 'µs each'])],
});
for (const size of SIZES) {
  const row = [size];
  for (const shape of Object.keys(SHAPES)) {
    const objects = stack(shape, size);
    const times = Array.from({ length: ROUNDS }, () => {
      const start = process.hrtime.bigint();
      evaluate(Inventory.of(objects));
      return Number(process.hrtime.bigint() - start) / 1e6;
    });
    row.push(`${median(times).toFixed(0)} ms`, ((median(times) * 1000) / size).toFixed(1));
  }
  table.push(row);
}
console.log(table.toString());
