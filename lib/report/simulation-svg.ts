/**
 * Simulations as a picture: a panel for each policy, all on the same axes, so that they can be compared by eye. Requests per
 * second are on the left; on the right the same height in pods, since capacity is pods times what one of them serves.
 */
import { formatShape, lengthOf, type LoadShape } from '../scaling/simulator/load-shape';
import type { RunPoint } from '../scaling/simulator/simulate';
import { minutes, type PolicyReport, seconds, type WorkloadReport } from './simulation-text';
import { coordinate, printSvg, svg, type SvgElement } from './svg';

const PANEL = { width: 420, height: 150, top: 74, left: 52, right: 44, bottom: 30 };
const GAP = 20;
const HEADER = 58;
const LEGEND_ROW = 22;
const MAX_POINTS = 480;

/** Colours that are told apart also without red and green, on white and on black. */
const STYLE = `
  text { font: 12px -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328; }
  .title { font-size: 16px; font-weight: 600; }
  .name { font-size: 14px; font-weight: 600; }
  .muted { fill: #59636e; }
  .page { fill: #ffffff; }
  .grid { stroke: #d8dee4; stroke-width: 1; fill: none; }
  .axis { stroke: #8c959f; stroke-width: 1; fill: none; }
  .load { fill: #b6d4fe; }
  .load-line { stroke: #2f6feb; stroke-width: 1.5; fill: none; }
  .unmet { fill: #d1242f; }
  .capacity { stroke: #1a7f37; stroke-width: 2; fill: none; }
  .replicas { stroke: #8250df; stroke-width: 1.5; stroke-dasharray: 4 3; fill: none; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .muted { fill: #9198a1; }
    .page { fill: #0d1117; }
    .grid { stroke: #2a313c; }
    .axis { stroke: #656c76; }
    .load { fill: #1c3d70; }
    .load-line { stroke: #58a6ff; }
    .unmet { fill: #f85149; }
    .capacity { stroke: #3fb950; }
    .replicas { stroke: #bc8cff; }
  }
`;

/** Draws workloads under each other, their policies side by side. */
export function drawSimulations(shape: LoadShape, reports: readonly WorkloadReport[]): string {
  const columns = Math.min(2, Math.max(...reports.map(({ runs }) => runs.length)));
  const cell = {
    width: PANEL.left + PANEL.width + PANEL.right,
    height: PANEL.top + PANEL.height + PANEL.bottom,
  };
  const width = columns * cell.width + (columns + 1) * GAP;
  let y = GAP;
  const parts: SvgElement[] = [];
  for (const report of reports) {
    parts.push(...header(report, shape, GAP, y));
    y += HEADER;
    const scale = scaleOf(report, lengthOf(shape));
    report.runs.forEach((run, index) => {
      const x = GAP + (index % columns) * (cell.width + GAP);
      parts.push(panel(run, scale, x, y + Math.floor(index / columns) * cell.height));
    });
    y += Math.ceil(report.runs.length / columns) * cell.height + GAP;
  }
  const height = y + LEGEND_ROW * (columns === 1 ? 2 : 1) + GAP / 2;
  const picture = svg(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-label': `Load, capacity and replicas of ${reports.map(({ workload }) => workload).join(', ')}`,
    },
    svg('style', {}, STYLE),
    svg('rect', { class: 'page', width, height }),
    ...parts,
    legend(GAP + PANEL.left, y, columns === 1 ? 2 : 4),
  );
  return printSvg(picture);
}

function header(report: WorkloadReport, shape: LoadShape, x: number, y: number): SvgElement[] {
  const { workload, minReplicas, maxReplicas, capacityPerPod } = report;
  const load = formatShape(shape);
  const shown = load.length > 110 ? `${load.slice(0, 109)}…` : load;
  return [
    svg('text', { class: 'title', x, y: y + 14 }, `${workload}: ${minReplicas} to ${maxReplicas} replicas`),
    svg('text', { class: 'muted', x, y: y + 34 }, `${shown}; a pod serves ${capacityPerPod} requests/s`),
  ];
}

interface Scale {
  readonly length: number;
  /** Highest value of the left axis, in requests per second. */
  readonly top: number;
  readonly step: number;
  readonly capacityPerPod: number;
}

function scaleOf({ runs, capacityPerPod }: WorkloadReport, length: number): Scale {
  let most = 1;
  for (const { series } of runs)
    for (const { load, replicas, capacity } of series)
      most = Math.max(most, load, capacity, replicas * capacityPerPod);
  const step = niceStep(most / 4);
  return { length, top: step * Math.ceil(most / step), step, capacityPerPod };
}

/** The next of 1, 2 and 5 times a power of ten. */
function niceStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= value * (1 - Number.EPSILON)) ?? 10);
}

function panel(
  { title, outcome, series }: PolicyReport,
  scale: Scale,
  left: number,
  top: number,
): SvgElement {
  const x = (time: number) => left + PANEL.left + (PANEL.width * time) / scale.length;
  const y = (value: number) => top + PANEL.top + PANEL.height * (1 - value / scale.top);
  const points = thinned(series);
  const verdict = [
    `${Math.ceil(outcome.unmetLoad).toLocaleString('en-US')} unmet`,
    `capacity after ${seconds(outcome.secondsToCapacity)}`,
    `${outcome.podHours.toFixed(1)} pod hours`,
    `max to min ${outcome.secondsToDrain === undefined ? 'never' : minutes(outcome.secondsToDrain)}`,
  ];
  return svg(
    'g',
    {},
    svg('text', { class: 'name', x: left + PANEL.left, y: top + 22 }, title),
    svg('text', { class: 'muted', x: left + PANEL.left, y: top + 40 }, verdict.join(' · ')),
    ...axes(scale, x, y, left, top),
    ...bars(
      'load',
      points,
      x,
      y,
      () => 0,
      ({ load }) => load,
    ),
    ...bars(
      'unmet',
      points,
      x,
      y,
      ({ load, unmet }) => load - unmet,
      ({ load, unmet }) => (unmet > 0 ? load : 0),
    ),
    svg('path', { class: 'load-line', d: steps(points, x, y, ({ load }) => load, 'before') }),
    svg('path', {
      class: 'replicas',
      d: steps(points, x, y, ({ replicas }) => replicas * scale.capacityPerPod, 'after'),
    }),
    svg('path', { class: 'capacity', d: steps(points, x, y, ({ capacity }) => capacity, 'after') }),
  );
}

function axes(
  { length, top: highest, step, capacityPerPod }: Scale,
  x: (time: number) => number,
  y: (value: number) => number,
  left: number,
  top: number,
): SvgElement[] {
  const elements: SvgElement[] = [];
  const [from, to] = [x(0), x(length)];
  for (let value = 0; value <= highest * 1.0001; value += step) {
    const at = y(value);
    elements.push(
      svg('path', {
        class: value === 0 ? 'axis' : 'grid',
        d: `M${coordinate(from)} ${coordinate(at)}H${coordinate(to)}`,
      }),
      svg('text', { class: 'muted', x: from - 6, y: at + 4, 'text-anchor': 'end' }, short(value)),
    );
  }
  const pods = highest / capacityPerPod;
  const podStep = Math.max(1, niceStep(pods / 4));
  for (let value = 0; value <= pods * 1.0001; value += podStep)
    elements.push(svg('text', { class: 'muted', x: to + 6, y: y(value * capacityPerPod) + 4 }, short(value)));
  const timeStep = TIME_STEPS.find((one) => length / one <= 6.01) ?? 86_400;
  const [unit, unitName] = timeStep >= 3600 ? [3600, 'h'] : timeStep >= 60 ? [60, 'min'] : [1, 's'];
  for (let time = 0; time <= length; time += timeStep)
    elements.push(
      svg(
        'text',
        { class: 'muted', x: x(time), y: y(0) + 18, 'text-anchor': 'middle' },
        time === 0 ? '0' : `${short(time / unit)} ${unitName}`,
      ),
    );
  elements.push(
    svg('text', { class: 'muted', x: left, y: top + PANEL.top - 10 }, 'requests/s'),
    svg(
      'text',
      { class: 'muted', x: to + PANEL.right - 2, y: top + PANEL.top - 10, 'text-anchor': 'end' },
      'pods',
    ),
  );
  return elements;
}

const TIME_STEPS = [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200];

/** `1200` as `1.2k`. */
function short(value: number): string {
  if (value >= 1e6) return `${coordinate(value / 1e6)}M`;
  if (value >= 1e4) return `${coordinate(value / 1e3)}k`;
  return coordinate(value);
}

/** What is drawn of a stretch of time. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly load: number;
  /** Requests per second without capacity. */
  readonly unmet: number;
  readonly capacity: number;
  readonly replicas: number;
}

/** As many stretches as can be seen: the average load, and the state at the end. */
function thinned(series: readonly RunPoint[]): Stretch[] {
  const each = Math.ceil(series.length / MAX_POINTS);
  const stretches: Stretch[] = [];
  for (let first = 0; first < series.length; first += each) {
    const points = series.slice(first, first + each);
    const last = points[points.length - 1];
    const from = first === 0 ? 0 : series[first - 1].seconds;
    const { capacity, replicas, seconds: to } = last;
    const load = points.reduce((total, point) => total + point.load, 0) / points.length;
    const unmet = points.reduce((total, point) => total + point.unmetLoad, 0) / (to - from);
    stretches.push({ from, to, load, unmet, capacity, replicas });
  }
  return stretches;
}

/** One path of upright bars; nothing where the upper end is not above the lower. */
function bars(
  name: string,
  stretches: readonly Stretch[],
  x: (time: number) => number,
  y: (value: number) => number,
  lower: (stretch: Stretch) => number,
  upper: (stretch: Stretch) => number,
): SvgElement[] {
  const d = stretches
    .filter((stretch) => upper(stretch) > lower(stretch))
    .map(
      (stretch) =>
        `M${coordinate(x(stretch.from))} ${coordinate(y(lower(stretch)))}V${coordinate(y(upper(stretch)))}H${coordinate(x(stretch.to))}V${coordinate(y(lower(stretch)))}Z`,
    )
    .join('');
  return d === '' ? [] : [svg('path', { class: name, d })];
}

/** A line of steps: a value holds for the stretch before its time, or from it on. */
function steps(
  stretches: readonly Stretch[],
  x: (time: number) => number,
  y: (value: number) => number,
  value: (stretch: Stretch) => number,
  holds: 'before' | 'after',
): string {
  const [first, ...rest] = stretches;
  const start = `M${coordinate(x(0))} ${coordinate(y(value(first)))}H${coordinate(x(first.to))}`;
  const line = rest.map((stretch) =>
    holds === 'before'
      ? `V${coordinate(y(value(stretch)))}H${coordinate(x(stretch.to))}`
      : `H${coordinate(x(stretch.to))}V${coordinate(y(value(stretch)))}`,
  );
  return start + line.join('');
}

function legend(x: number, y: number, perRow: number): SvgElement {
  const entries = [
    { name: 'load', label: 'load', area: true },
    { name: 'unmet', label: 'load without capacity', area: true },
    { name: 'replicas', label: 'replicas', area: false },
    { name: 'capacity', label: 'capacity of the ready pods', area: false },
  ];
  let left = x;
  const elements = entries.flatMap(({ name, label, area }, index) => {
    if (index % perRow === 0) left = x;
    const from = left;
    const top = y + LEGEND_ROW * Math.floor(index / perRow);
    left += 34 + 7 * label.length;
    return [
      area
        ? svg('rect', { class: name, x: from, y: top + 3, width: 18, height: 10 })
        : svg('path', { class: name, d: `M${coordinate(from)} ${coordinate(top + 8)}h18` }),
      svg('text', { x: from + 24, y: top + 12 }, label),
    ];
  });
  return svg('g', {}, ...elements);
}
