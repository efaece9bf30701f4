/** Settings of a PgBouncer of any manifests: what its file says, and the defaults of its version. */
import { parseImage } from '../../units/image';
import { PGBOUNCER_ROWS } from '../pooler/directive-table';

const DEFAULTS: ReadonlyMap<string, string> = new Map(
  PGBOUNCER_ROWS.map((row) => [row.slice(0, row.indexOf('|')), row.slice(row.indexOf('|') + 1)] as const),
);

/**
 * Defaults that came with a later release than the table's, or changed, by minor: 1.21 brought prepared statements by
 * transaction, switched off, and 1.24 switched them on (CHANGELOG of pgbouncer/pgbouncer).
 */
const LATER: Readonly<Record<string, ReadonlyArray<readonly [minor: number, otherwise: string]>>> = {
  max_prepared_statements: [
    [24, '200'],
    [21, '0'],
  ],
};

export class PgBouncerSettings {
  /** The settings of a file, for the release that an image names; the oldest where it names none. */
  static ofImage(given: ReadonlyMap<string, string>, image: string): PgBouncerSettings {
    const [, minor] = /^v?1\.(\d+)/.exec(parseImage(image).tag ?? '') ?? [];
    return new PgBouncerSettings(given, Number(minor ?? 0));
  }

  /** The settings that are given to a release. */
  static ofRelease(given: ReadonlyMap<string, string>, minor: number): PgBouncerSettings {
    return new PgBouncerSettings(given, minor);
  }

  private constructor(
    private readonly given: ReadonlyMap<string, string>,
    private readonly minor: number,
  ) {}

  has(name: string): boolean {
    return this.given.has(name);
  }

  text(name: string): string {
    const later = LATER[name]?.find(([minor]) => this.minor >= minor)?.[1];
    return this.given.get(name) ?? later ?? DEFAULTS.get(name) ?? '0';
  }

  number(name: string): number {
    return Number(this.text(name));
  }
}
