/** Numbers of the amounts that props are given in. The one file of this room that knows cdk8s. */
import type { Duration } from 'cdk8s';
import { Size, SizeRoundingBehavior } from 'cdk8s';
import { GIB, KIB } from './quantity';

/** Seconds of a duration, fractions kept, so that the check that follows can refuse them. */
export function secondsOf(duration: Duration): number {
  return duration.toMilliseconds({ integral: false }) / 1000;
}

/** Bytes of a size; NaN and fractions stay, so that the check that follows can refuse them. */
export function bytesOf(size: Size): number {
  return size.toKibibytes({ rounding: SizeRoundingBehavior.NONE }) * KIB;
}

/** A size from bytes, for props that default to a computed value. */
export function sizeOf(bytes: number): Size {
  return bytes % GIB === 0 ? Size.gibibytes(bytes / GIB) : Size.kibibytes(bytes / KIB);
}
