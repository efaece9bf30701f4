/**
 * Kubernetes quantities, read and written exactly.
 *
 * Grammar: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 * Reading goes through BigInt, so `0.1` cores and `1e3` bytes lose nothing on the way.
 */

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

/** Multiplier of each suffix as a fraction, so that `m` stays exact. */
const SUFFIX: Readonly<Record<string, readonly [numerator: bigint, denominator: bigint]>> = {
  n: [1n, 1_000_000_000n],
  u: [1n, 1_000_000n],
  m: [1n, 1000n],
  '': [1n, 1n],
  k: [10n ** 3n, 1n],
  M: [10n ** 6n, 1n],
  G: [10n ** 9n, 1n],
  T: [10n ** 12n, 1n],
  P: [10n ** 15n, 1n],
  E: [10n ** 18n, 1n],
  Ki: [2n ** 10n, 1n],
  Mi: [2n ** 20n, 1n],
  Gi: [2n ** 30n, 1n],
  Ti: [2n ** 40n, 1n],
  Pi: [2n ** 50n, 1n],
  Ei: [2n ** 60n, 1n],
};

const QUANTITY = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i))?$/;

/** The quantity times `scale` as a whole number, or undefined when the text is not a quantity or not whole. */
function parseScaled(text: string, scale: bigint): number | undefined {
  const match = QUANTITY.exec(text);
  if (!match) return undefined;
  const [, sign, whole, fraction = '', exponent, suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  let [numerator, denominator] = SUFFIX[suffix];
  numerator *= BigInt(whole + fraction) * scale;
  denominator *= 10n ** BigInt(fraction.length);
  const power = Number(exponent ?? 0);
  if (power >= 0) numerator *= 10n ** BigInt(power);
  else denominator *= 10n ** BigInt(-power);
  if (numerator % denominator !== 0n) return undefined;
  const result = Number(numerator / denominator);
  if (!Number.isSafeInteger(result)) return undefined;
  return sign === '-' && result !== 0 ? -result : result;
}

/** Millicores of a CPU quantity (`250m`, `0.5`, `2`); undefined for anything finer than 1m or not a quantity. */
export function parseCpu(text: string): number | undefined {
  return parseScaled(text, 1000n);
}

/** Bytes of a memory or storage quantity (`512Mi`, `1.5Gi`, `1e9`); undefined for fractions of a byte or not a quantity. */
export function parseBytes(text: string): number | undefined {
  return parseScaled(text, 1n);
}

/** Canonical CPU quantity as the API server returns it: `500m`, `1`, never `1000m`. */
export function formatCpu(millicores: number): string {
  return millicores % 1000 === 0 ? `${millicores / 1000}` : `${millicores}m`;
}

/**
 * Canonical decimal quantity as the API server returns it: the largest suffix that leaves a whole number, so that
 * 2500 thousandths are `2500m` and a million thousandths are `1k`.
 */
export function formatDecimal(thousandths: number): string {
  let value = thousandths;
  let suffix = 'm';
  for (const next of ['', 'k', 'M', 'G', 'T', 'P']) {
    if (value % 1000 !== 0) break;
    value /= 1000;
    suffix = next;
    if (value === 0) return '0';
  }
  return `${value}${suffix}`;
}

/** Canonical binary quantity as the API server returns it: the largest binary suffix that leaves a whole number. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let suffix = '';
  for (const next of ['Ki', 'Mi', 'Gi', 'Ti', 'Pi']) {
    if (value === 0 || value % 1024 !== 0) break;
    value /= 1024;
    suffix = next;
  }
  return `${value}${suffix}`;
}

/** Rounds up to a whole multiple, so that a computed size reads as a size a person would write. */
export function roundUpTo(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** Thousandths of a quantity that YAML may hold as a number. */
export function quantityMilli(value: unknown): number | undefined {
  return typeof value === 'string' || typeof value === 'number' ? parseCpu(String(value)) : undefined;
}

/** How amounts of a class are read as numbers. */
export interface AmountUnit<T> {
  /** Whether a value is one; a caller without types can give a text or a number in its place. */
  readonly isAmount: (value: unknown) => boolean;
  readonly numberOf: (amount: T) => number;
  /** How one is made, for messages. */
  readonly allowed: string;
}
