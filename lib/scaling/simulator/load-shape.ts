/** Load over time: a shape with a few numbers, or points; each has a text that says all of it. */
import { display } from '../../units/text';

/** A quantity of a shape. */
interface ShapeNumber {
  readonly unit: 'rate' | 'seconds';
  /** Undefined: it must be given. */
  readonly fallback?: number;
  /** Whether zero makes no sense. */
  readonly positive?: boolean;
}

interface ShapeDefinition {
  readonly numbers: Readonly<Record<string, ShapeNumber>>;
  /** Requests per second at a time since the start. */
  rate(numbers: Readonly<Record<string, number>>): (seconds: number) => number;
  /** Seconds that a shape lasts when nothing is said. */
  length(numbers: Readonly<Record<string, number>>): number;
}

const RATE: ShapeNumber = { unit: 'rate' };
const DAY = 86_400;

const DEFINITIONS = {
  constant: {
    numbers: { rate: RATE },
    rate:
      ({ rate }) =>
      () =>
        rate,
    length: () => 1800,
  },
  ramp: {
    numbers: {
      from: RATE,
      to: RATE,
      start: { unit: 'seconds', fallback: 60 },
      rise: { unit: 'seconds', fallback: 600 },
    },
    rate:
      ({ from, to, start, rise }) =>
      (seconds) =>
        between(from, to, seconds - start, rise),
    length: ({ start, rise }) => start + rise + 1200,
  },
  spike: {
    numbers: {
      base: RATE,
      peak: RATE,
      start: { unit: 'seconds', fallback: 60 },
      rise: { unit: 'seconds', fallback: 0 },
      hold: { unit: 'seconds', fallback: 600 },
      every: { unit: 'seconds', fallback: 0 },
    },
    rate:
      ({ base, peak, start, rise, hold, every }) =>
      (seconds) => {
        const since = seconds - start;
        const own = every > 0 && since > 0 ? since % every : since;
        return own < rise + hold ? between(base, peak, own, rise) : base;
      },
    length: ({ start, rise, hold, every }) => start + (every > 0 ? every : 0) + rise + hold + 1200,
  },
  diurnal: {
    numbers: { low: RATE, high: RATE, period: { unit: 'seconds', fallback: DAY, positive: true } },
    rate:
      ({ low, high, period }) =>
      (seconds) =>
        low + ((high - low) * (1 - Math.cos((2 * Math.PI * seconds) / period))) / 2,
    length: ({ period }) => period,
  },
  sawtooth: {
    numbers: { low: RATE, high: RATE, period: { unit: 'seconds', fallback: 900, positive: true } },
    rate:
      ({ low, high, period }) =>
      (seconds) =>
        low + ((high - low) * (seconds % period)) / period,
    length: ({ period }) => 4 * period,
  },
} as const satisfies Record<string, ShapeDefinition>;

/** Shapes that are made of numbers. */
export type ShapeName = keyof typeof DEFINITIONS;

export const SHAPE_NAMES = Object.keys(DEFINITIONS) as ShapeName[];

/** A point of a load that was measured or drawn. */
export interface LoadPoint {
  readonly seconds: number;
  readonly requestsPerSecond: number;
}

/** Load over time. `numbers` are those of the shape and `length`, in requests per second and seconds. */
export type LoadShape =
  | { readonly kind: ShapeName; readonly numbers: Readonly<Record<string, number>> }
  | { readonly kind: 'points'; readonly points: readonly LoadPoint[] };

/** Longest load, in seconds: a week. */
export const MAX_LOAD = 7 * DAY;
/** Shorter than this, an autoscaler is not asked once. */
export const MIN_LOAD = 15;
const MAX_RATE = 1e9;
/** So that the text of a load fits into an annotation. */
export const MAX_POINTS = 10_000;

/** A shape with its defaults filled in. */
export function shapeOf(
  kind: ShapeName,
  given: Readonly<Record<string, number | undefined>>,
): Extract<LoadShape, { numbers: unknown }> {
  const definition: ShapeDefinition = DEFINITIONS[kind];
  const numbers: Record<string, number> = {};
  for (const [name, { fallback }] of Object.entries(definition.numbers))
    numbers[name] = given[name] ?? fallback ?? NaN;
  return { kind, numbers: { ...numbers, length: given.length ?? definition.length(numbers) } };
}

/** One number or point that cannot stand. */
export interface ShapeProblem {
  readonly name: string;
  readonly value: unknown;
  readonly allowed: string;
}

/** What is wrong with a load; nothing when it can be simulated. */
export function problemsOfShape(shape: LoadShape): ShapeProblem[] {
  if (shape.kind === 'points') return problemsOfPoints(shape.points);
  const definition: ShapeDefinition = DEFINITIONS[shape.kind];
  const known: Record<string, ShapeNumber> = {
    ...definition.numbers,
    length: { unit: 'seconds', positive: true },
  };
  return Object.entries(known).flatMap(([name, { unit, positive }]): ShapeProblem[] => {
    const value = shape.numbers[name];
    const most = unit === 'rate' ? MAX_RATE : MAX_LOAD;
    const least = name === 'length' ? MIN_LOAD : positive ? 1 : 0;
    return value >= least && value <= most
      ? []
      : [{ name, value, allowed: `a number of ${unitName(unit)} from ${least} to ${most}` }];
  });
}

function problemsOfPoints(points: readonly LoadPoint[]): ShapeProblem[] {
  if (points.length < 2 || points.length > MAX_POINTS)
    return [
      { name: 'points', value: points.length, allowed: `from 2 to ${MAX_POINTS} points, in order of time` },
    ];
  const problems = points.flatMap(({ seconds, requestsPerSecond }, index): ShapeProblem[] => {
    const name = `points[${index}]`;
    const before = index === 0 ? 0 : points[index - 1].seconds;
    const late = index === 0 ? seconds >= 0 : seconds > before;
    if (!late || !(seconds <= MAX_LOAD))
      return [
        {
          name: `${name}.seconds`,
          value: seconds,
          allowed: `a number ${index === 0 ? 'from 0' : `above ${before}`} to ${MAX_LOAD}`,
        },
      ];
    if (!(requestsPerSecond >= 0 && requestsPerSecond <= MAX_RATE))
      return [
        {
          name: `${name}.requestsPerSecond`,
          value: requestsPerSecond,
          allowed: `a number from 0 to ${MAX_RATE}`,
        },
      ];
    return [];
  });
  const last = points[points.length - 1].seconds;
  if (problems.length === 0 && last < MIN_LOAD)
    problems.push({ name: 'points', value: last, allowed: `a last point at ${MIN_LOAD} s or later` });
  return problems;
}

const unitName = (unit: ShapeNumber['unit']) => (unit === 'rate' ? 'requests per second' : 'seconds');

/** Seconds that a load lasts. */
export function lengthOf(shape: LoadShape): number {
  return shape.kind === 'points' ? shape.points[shape.points.length - 1].seconds : shape.numbers.length;
}

/** Requests per second at a time; points are joined by straight lines. */
export function rateOf(shape: LoadShape): (seconds: number) => number {
  if (shape.kind !== 'points') {
    const definition: ShapeDefinition = DEFINITIONS[shape.kind];
    return definition.rate(shape.numbers);
  }
  const { points } = shape;
  let at = 0;
  return (seconds) => {
    // Asked in order of time, it looks at each point once.
    if (seconds < points[at].seconds) at = 0;
    while (at < points.length - 2 && points[at + 1].seconds <= seconds) at += 1;
    const [from, to] = [points[at], points[at + 1]];
    return between(
      from.requestsPerSecond,
      to.requestsPerSecond,
      seconds - from.seconds,
      to.seconds - from.seconds,
    );
  };
}

/** From one value to another in a time; before it the first, after it the second. */
function between(from: number, to: number, seconds: number, length: number): number {
  if (seconds < 0) return from;
  return seconds >= length ? to : from + ((to - from) * seconds) / length;
}

/** The text of a load, which `parseShape` reads. */
export function formatShape(shape: LoadShape): string {
  const parts =
    shape.kind === 'points'
      ? shape.points.map(({ seconds, requestsPerSecond }) => `${seconds}=${requestsPerSecond}`)
      : Object.entries(shape.numbers).map(([name, value]) => `${name}=${value}`);
  return `${shape.kind}:${parts.join(',')}`;
}

/** The text of a load cannot be read; the message says where, and what is allowed. */
export class ShapeError extends Error {}

/**
 * Reads `spike:base=100,peak=1000,start=1m`. Times are in seconds, or end in `s`, `m` or `h`; `points:0=100,60=400` are
 * seconds and requests per second.
 */
export function parseShape(text: string): LoadShape {
  const [, kind, list] = /^([a-z]+):(.*)$/.exec(text) ?? [];
  if (kind === 'points') return checked({ kind, points: list.split(',').map(parsePoint) });
  if (kind === undefined || !Object.hasOwn(DEFINITIONS, kind))
    throw new ShapeError(
      `the shape is ${display(text)}; allowed: ${SHAPE_NAMES.join(', ')} or points, ":" and numbers, such as spike:base=100,peak=1000`,
    );
  const definition: ShapeDefinition = DEFINITIONS[kind as ShapeName];
  const given: Record<string, number> = {};
  for (const part of list.split(',')) {
    const [, name, value] = /^([a-z]+)=(.*)$/.exec(part.trim()) ?? [];
    const known = Object.hasOwn(definition.numbers, name ?? '') || name === 'length';
    if (name === undefined || !known)
      throw new ShapeError(
        `${kind}: ${display(part)} is no number of it; allowed: ${[...Object.keys(definition.numbers), 'length'].map((one) => `${one}=`).join(', ')}`,
      );
    const unit = name === 'length' ? 'seconds' : definition.numbers[name].unit;
    given[name] = unit === 'rate' ? parseNumber(value) : parseSeconds(value);
  }
  return checked(shapeOf(kind as ShapeName, given));
}

function parsePoint(part: string): LoadPoint {
  const [, seconds, rate] = /^(.+)=(.+)$/.exec(part.trim()) ?? [];
  return { seconds: parseSeconds(seconds ?? ''), requestsPerSecond: parseNumber(rate ?? '') };
}

function checked(shape: LoadShape): LoadShape {
  const [problem] = problemsOfShape(shape);
  if (problem)
    throw new ShapeError(
      `${shape.kind}: ${problem.name} is ${display(problem.value)}; allowed: ${problem.allowed}`,
    );
  return shape;
}

/** A number from 0 as JavaScript and people write it; NaN for anything else. */
export function parseNumber(text: string): number {
  return /^\d+(\.\d+)?(e[-+]?\d+)?$/.test(text.trim()) ? Number(text) : NaN;
}

/** Seconds of `90`, `90s`, `15m` or `24h`; NaN for anything else. */
export function parseSeconds(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([smh]?)$/.exec(text.trim()) ?? [];
  return number === undefined
    ? NaN
    : Number(number) * { '': 1, s: 1, m: 60, h: 3600 }[unit as 's' | 'm' | 'h'];
}

/**
 * Reads lines of `seconds,requestsPerSecond` in order of time. A first line of names, empty lines and lines that begin
 * with `#` are left out.
 */
export function parseLoadCsv(text: string): LoadShape {
  const points: LoadPoint[] = [];
  let names = false;
  text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .forEach((line, index) => {
      if (line.trim() === '' || line.startsWith('#')) return;
      const fields = line.split(',').map((field) => field.trim());
      const [seconds, requestsPerSecond] = fields.map(parseNumber);
      if (fields.length === 2 && Number.isFinite(seconds) && Number.isFinite(requestsPerSecond)) {
        points.push({ seconds, requestsPerSecond });
      } else if (!names && points.length === 0 && /^[A-Za-z_ ]+,[A-Za-z_ ]+$/.test(line.trim())) {
        names = true;
      } else {
        throw new ShapeError(
          `line ${index + 1} is ${display(line)}; allowed: two numbers from 0, such as 60,250.5: seconds and requests per second`,
        );
      }
    });
  return checked({ kind: 'points', points });
}
