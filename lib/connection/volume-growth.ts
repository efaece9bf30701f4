import type { Size } from 'cdk8s';
import type { Checks } from '../finding/checks';
import { BYTES } from '../units/amounts';
import { formatBytes } from '../units/quantity';

/** Checks the size that a volume was made with against the one that it has now. */
export function checkGrowth(checks: Checks, initial: Size | undefined, bytes: number | undefined): void {
  const given = checks.amount('initialStorage', initial, BYTES);
  if (given === undefined || initial === undefined || bytes === undefined) return;
  if (!(Number.isSafeInteger(given) && given > 0 && given < bytes))
    checks.fail(
      'initialStorage',
      initial.asString(),
      `allowed: less than the size of ${formatBytes(bytes)} that the volume has now, in whole bytes; nothing shrinks`,
    );
}
