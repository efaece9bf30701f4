import { createHash } from 'crypto';

/** Sixteen hexadecimal digits of SHA-256: enough to tell two configurations apart in an annotation. */
export function shortDigest(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 16);
}
