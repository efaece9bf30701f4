/** Simulations as a table and as lines of blocks, for a terminal. */
import { formatShape, lengthOf, type LoadShape } from '../scaling/simulator/load-shape';
import type { RunPoint } from '../scaling/simulator/simulate';
import {
  type BrokenThreshold,
  type Outcome,
  roundUp,
  THRESHOLD_UNITS,
} from '../scaling/simulator/thresholds';

/** A workload under one policy. */
export interface PolicyReport {
  readonly policy: string;
  readonly title: string;
  readonly outcome: Outcome & { readonly reachesMax: boolean };
  readonly series: readonly RunPoint[];
}

/** A workload, first under its own policy, then under those that it is compared with. */
export interface WorkloadReport {
  readonly workload: string;
  readonly namespace?: string;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly capacityPerPod: number;
  readonly runs: readonly PolicyReport[];
  readonly broken: readonly BrokenThreshold[];
  readonly notes: readonly string[];
}

const WIDTH = 72;
const BLOCKS = '▁▂▃▄▅▆▇█';

export function simulationsToText(shape: LoadShape, reports: readonly WorkloadReport[]): string {
  const load = formatShape(shape);
  const shown = load.length > 100 ? `${load.slice(0, 99)}…` : load;
  return [`traffic ${shown}, ${minutes(lengthOf(shape))}`, ...reports.flatMap(workloadText), ''].join('\n');
}

function workloadText(report: WorkloadReport): string[] {
  const { namespace, workload, minReplicas, maxReplicas, capacityPerPod, runs, broken, notes } = report;
  const name = namespace === undefined ? workload : `${namespace}/${workload}`;
  const lines = [
    '',
    `${name}: ${minReplicas} to ${maxReplicas} replicas, ${roundUp(capacityPerPod)} requests/s per pod`,
    '',
    ...table([HEAD, ...runs.map(row)]),
    '',
    ...sparklines(runs),
  ];
  for (const { name: threshold, measured, most } of broken)
    lines.push(`broken: ${threshold} is ${measured}; allowed: at most ${most} ${THRESHOLD_UNITS[threshold]}`);
  return [...lines, ...notes.map((note) => `note: ${note}`)];
}

const HEAD = [
  'policy',
  'unmet requests',
  'time to capacity',
  'overshoot',
  'flaps',
  'pod hours',
  'peak',
  'reaches max',
  'max to min',
];

function row({ title, outcome }: PolicyReport): string[] {
  const { unmetLoad, secondsToCapacity, overshoot, flaps, podHours, peakReplicas } = outcome;
  return [
    title,
    `${Math.ceil(unmetLoad)}`,
    seconds(secondsToCapacity),
    `${overshoot}`,
    `${flaps}`,
    podHours.toFixed(2),
    `${peakReplicas}`,
    outcome.reachesMax ? 'yes' : 'no',
    seconds(outcome.secondsToDrain),
  ];
}

export function seconds(value: number | undefined): string {
  return value === undefined ? 'never' : `${value} s`;
}

export function minutes(value: number): string {
  return value < 600
    ? `${value} s`
    : value < 36_000
      ? `${roundUp(value / 60)} min`
      : `${roundUp(value / 3600)} h`;
}

/** Columns as wide as their widest cell; the first to the left, numbers to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column].length)));
  return rows.map((cells) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  '),
  );
}

/** Load and replicas of each policy over time, on one scale each. */
function sparklines(runs: readonly PolicyReport[]): string[] {
  const load = runs[0].series.map((point) => point.load);
  const replicas = runs.map(({ series }) => series.map((point) => point.replicas));
  const most = Math.max(1, ...replicas.map(highest));
  const names = ['load', ...runs.map(({ title }) => (runs.length > 1 ? title : 'replicas'))];
  const width = Math.max(...names.map((name) => name.length));
  return [
    `${names[0].padEnd(width)}  ${sparkline(load, highest(load))}  to ${roundUp(highest(load))} requests/s`,
    ...replicas.map(
      (values, index) =>
        `${names[index + 1].padEnd(width)}  ${sparkline(values, most)}  to ${highest(values)} replicas`,
    ),
  ];
}

/** The highest value of each of at most 72 stretches, as blocks of eight heights. */
export function sparkline(values: readonly number[], top: number): string {
  const width = Math.min(WIDTH, values.length);
  return Array.from({ length: width }, (_, index) => {
    const from = Math.floor((index * values.length) / width);
    const to = Math.floor(((index + 1) * values.length) / width);
    const share = top > 0 ? highest(values.slice(from, to)) / top : 0;
    return BLOCKS[Math.min(BLOCKS.length - 1, Math.floor(share * BLOCKS.length))];
  }).join('');
}

function highest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}
