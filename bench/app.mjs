/**
 * The time that an app of many charts takes to render, against cdk8s' own App on the same tree. In each round both have their
 * turn, in a process of their own; what counts is CPU time.
 *
 *   npm run bench:app -- charts            prints the table
 *   npm run bench:app -- charts --write    and puts it into docs/benchmarks.md
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { build } from '../scripts/build.mjs';
import { root } from '../scripts/project.mjs';
import { writeSection } from './page.mjs';

const OBJECTS = 4;
const ROUNDS = 5;
const SIZES = [200, 400, 800, 1600];
/** cdk8s' own App grows with the square of the charts: beyond that it is not asked. */
const MOST_ASKED = 400;

const SHAPES = {
  'no dependencies': () => undefined,
  'all depend on the first': (charts) => charts.slice(1).forEach((chart) => chart.addDependency(charts[0])),
};

/** CPU seconds of one rendering, in this process. */
function render(shape, size, isOurs) {
  const require = createRequire(import.meta.url);
  const { App, ApiObject, Chart } = require('cdk8s');
  const { TunedApp } = require(join(root, 'build/lib'));
  const app = isOurs ? new TunedApp() : new App();
  const charts = Array.from({ length: size }, (_, index) => {
    const chart = new Chart(app, `chart-${index}`);
    for (let object = 0; object < OBJECTS; object += 1)
      new ApiObject(chart, `object-${object}`, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        data: { key: 'value' },
      });
    return chart;
  });
  SHAPES[shape](charts);
  const before = process.cpuUsage();
  app.synthYaml();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function measure(shape, size, isOurs) {
  const args = [fileURLToPath(import.meta.url), '--one', shape, size, isOurs].map(String);
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function main() {
  build();
  const rows = [['charts', ...Object.keys(SHAPES).flatMap((shape) => [shape, "of cdk8s' own App"])]];
  let smallest;
  for (const size of SIZES) {
    const row = [`${size}`];
    for (const shape of Object.keys(SHAPES)) {
      const pairs = Array.from({ length: ROUNDS }, () => ({
        ours: measure(shape, size, true),
        theirs: size <= MOST_ASKED ? measure(shape, size, false) : NaN,
      }));
      const ours = median(pairs.map((pair) => pair.ours));
      smallest ??= ours;
      const ratio = median(pairs.map((pair) => pair.ours / pair.theirs));
      row.push((ours / smallest).toFixed(2), Number.isNaN(ratio) ? 'not asked' : ratio.toFixed(3));
    }
    rows.push(row);
  }
  const [head, ...body] = rows;
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...body);
  console.log(table.toString());
  if (process.argv.includes('--write'))
    await writeSection('bench:app', 'charts', {
      title: 'Rendering an app of many charts',
      how: `\`synthYaml()\`, ${OBJECTS} objects in each chart, CPU time, the median of ${ROUNDS} rounds. The first column of each pair counts what ${SIZES[0]} charts without dependencies take as 1, the second is the share of what cdk8s' own App takes for the same tree.`,
      rows,
    });
}

const [mode, shape, size, isOurs] = process.argv.slice(2);
if (mode === '--one') console.log(render(shape, Number(size), isOurs === 'true'));
else await main();
