/** Where the value of a setting comes from. */
export enum SettingSource {
  /** The same for every database. */
  FIXED = 'fixed',
  /** Computed from size, volume, version, and who connects. */
  COMPUTED = 'computed',
  /** Given in `parameters`. */
  GIVEN = 'given',
}

/** A line of `postgresql.conf`, as data. */
export interface SettingExplanation {
  /** Name of the parameter. */
  readonly name: string;
  /** Value, as Postgres shows it. */
  readonly value: string;
  /** Why it is that. */
  readonly reason: string;
  /** Where it comes from. */
  readonly source: SettingSource;
  /** What it belongs to, such as `Memory` or `WAL`. */
  readonly section: string;
}
