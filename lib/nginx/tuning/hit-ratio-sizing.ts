/** What a number of caches does to the share of requests that they answer. */

export interface Traffic {
  /** Requests per second to all caches together. */
  readonly requestsPerSecond: number;
  /** Number of different pages. */
  readonly pages: number;
  /** Time that a page is valid, in seconds. */
  readonly validSeconds: number;
  /** How unequally pages are asked for: the n-th is asked for n^-skew times as often as the first. */
  readonly skew: number;
}

/**
 * Share of requests that are answered from a cache, when each of `caches` gets an equal share of the requests for every
 * page, and none is full.
 *
 * A page that a cache is asked for λ times a second is fetched once and then served for its validity T: of 1 + λT requests
 * one is a miss. With n caches, λ/n: the origin is asked n / (1 + λT/n) times instead of 1 / (1 + λT).
 */
export function hitRatio({ requestsPerSecond, pages, validSeconds, skew }: Traffic, caches: number): number {
  let weights = 0;
  for (let rank = 1; rank <= pages; rank += 1) weights += rank ** -skew;
  let hits = 0;
  for (let rank = 1; rank <= pages; rank += 1) {
    const share = rank ** -skew / weights;
    const fresh = (share * requestsPerSecond * validSeconds) / caches;
    hits += (share * fresh) / (1 + fresh);
  }
  return hits;
}
