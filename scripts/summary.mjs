/** Prints what a directory of manifests holds: environments, stacks, objects by kind, requests, files. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { parseAllDocuments } from 'yaml';
import { root } from './project.mjs';

const { summarize } = createRequire(import.meta.url)(join(root, 'build/lib/report/synth-summary.js'));

const OBJECTS_WIDTH = 54;

export function printSummary(dist) {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.k8s.yaml'))
    .sort()
    .map((file) => ({
      environment: dirname(file),
      stack: basename(file, '.k8s.yaml'),
      path: relative(root, join(dist, file)),
      documents: parseAllDocuments(readFileSync(join(dist, file), 'utf8')).map((document) => document.toJS()),
    }));
  const table = new Table({
    head: ['environment', 'stack', 'objects', 'requests at min', 'at max', 'file'],
    colWidths: [null, null, OBJECTS_WIDTH, null, null, null],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  });
  for (const row of summarize(files)) {
    table.push([row.environment, row.stack, row.objects, row.requestAtMin, row.requestAtMax, row.path]);
  }
  console.log(table.toString());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) printSummary(process.argv[2] ?? join(root, 'dist'));
