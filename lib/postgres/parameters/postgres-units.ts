/**
 * Values as Postgres writes them: `SHOW` prints a size or a time in the largest unit that leaves a whole number, so
 * that what is emitted is what the server answers.
 */

const SIZE_UNITS: ReadonlyArray<readonly [string, number]> = [
  ['TB', 1024 ** 4],
  ['GB', 1024 ** 3],
  ['MB', 1024 ** 2],
  ['kB', 1024],
  ['B', 1],
];

const TIME_UNITS: ReadonlyArray<readonly [string, number]> = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
  ['ms', 1],
];

export function formatSize(bytes: number): string {
  return format(bytes, SIZE_UNITS);
}

export function formatTime(milliseconds: number): string {
  return format(milliseconds, TIME_UNITS);
}

function format(value: number, units: ReadonlyArray<readonly [string, number]>): string {
  if (value === 0) return '0';
  const [name, factor] = units.find(([, size]) => value % size === 0) ?? units[units.length - 1];
  return `${value / factor}${name}`;
}

/** Bytes of a size with its unit (`4GB`, `10MB`, `64kB`); undefined without a unit, or for a fraction of a byte. */
export function parseSize(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(TB|GB|MB|kB|B)\s*$/.exec(text);
  const factor = SIZE_UNITS.find(([name]) => name === match?.[2])?.[1];
  if (!match || factor === undefined) return undefined;
  const bytes = Number(match[1]) * factor;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Milliseconds of a time with its unit (`500ms`, `30s`, `5min`); undefined without a unit. */
export function parseTime(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(d|h|min|s|ms|us)\s*$/.exec(text);
  if (!match) return undefined;
  const factor = match[2] === 'us' ? 0.001 : TIME_UNITS.find(([name]) => name === match[2])?.[1];
  return factor === undefined ? undefined : Number(match[1]) * factor;
}

/** Bytes of a unit of pg_settings: `kB`, `MB`, or a block such as `8kB`. */
export function unitBytes(unit: string): number {
  return parseSize(/^\d/.test(unit) ? unit : `1${unit}`) ?? NaN;
}
