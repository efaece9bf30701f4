/** Lists of words. */

/** Whether one of some words is among others. */
export function isAny(words: readonly string[], others: readonly string[]): boolean {
  return words.some((word) => others.includes(word));
}
