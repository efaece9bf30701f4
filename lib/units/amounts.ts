/** Numbers of the amounts that props are given in. The one file of this room that knows cdk8s. */
import type { Duration } from 'cdk8s';
import { Size, SizeRoundingBehavior } from 'cdk8s';
import { type AmountUnit, GIB, KIB } from './quantity';
import { display } from './text';

/** Whether something can be asked for an amount; told by the method, since an app may have another copy of cdk8s. */
function knows(value: unknown, method: 'toMilliseconds' | 'toKibibytes'): boolean {
  return typeof value === 'object' && value !== null && method in value;
}

/**
 * Seconds of a duration, fractions kept, so that the check that follows can refuse them; NaN for what is none, as a caller
 * without types can give it.
 */
export function secondsOf(duration: Duration): number {
  return knows(duration, 'toMilliseconds') ? duration.toMilliseconds({ integral: false }) / 1000 : NaN;
}

/** Bytes of a size; NaN and fractions stay, so that the check that follows can refuse them. */
export function bytesOf(size: Size): number {
  return knows(size, 'toKibibytes') ? size.toKibibytes({ rounding: SizeRoundingBehavior.NONE }) * KIB : NaN;
}

/** A size as it was given, for messages, or what was given in its place. */
export function sizeText(size: Size): string {
  const given: unknown = size;
  if (typeof given === 'string') return given;
  return knows(size, 'toKibibytes') ? size.asString() : display(given);
}

/** For `Checks.amount`: durations as seconds, and sizes as bytes. */
export const SECONDS: AmountUnit<Duration> = {
  isAmount: (value) => knows(value, 'toMilliseconds'),
  numberOf: secondsOf,
  allowed: 'a Duration such as Duration.seconds(30)',
};
export const BYTES: AmountUnit<Size> = {
  isAmount: (value) => knows(value, 'toKibibytes'),
  numberOf: bytesOf,
  allowed: 'a Size such as Size.gibibytes(20)',
};

/** A size from bytes, for props that default to a computed value. */
export function sizeOf(bytes: number): Size {
  return bytes % GIB === 0 ? Size.gibibytes(bytes / GIB) : Size.kibibytes(bytes / KIB);
}
