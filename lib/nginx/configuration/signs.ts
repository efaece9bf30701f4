/** Statuses that only servers of this nginx say to each other; `error_page` takes up to 599. */
export const SIGN = {
  /** More requests than the memory bears. */
  overloaded: 594,
  /** The compressor has as many requests as it may have. */
  compressorBusy: 595,
  /** The request is private. */
  private: 596,
  /** Another request for the same page is under way. */
  crowd: 597,
  /** The page may not be stored. */
  unstorable: 598,
  /** The page is an error that nobody said how long to keep. */
  failed: 599,
} as const;
