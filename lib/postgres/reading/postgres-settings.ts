/** Settings of a Postgres of any manifests: what it is told, and where that says nothing, the default of its version. */
import { defaultOf, newestDefinitionOf } from '../parameters/parameter-definition';
import { parseSize, unitBytes } from '../parameters/postgres-units';

/**
 * What initdb writes into the postgresql.conf of a new database, which holds where no other file takes its place (src/bin/initdb,
 * setup_config). Up to 14 the servers' own default of shared_buffers is 8MB.
 */
const WRITTEN_BY_INITDB: Readonly<Record<string, string>> = {
  max_connections: '100',
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  min_wal_size: '80MB',
};

export class PostgresSettings {
  /** Settings of a file that takes the place of initdb's. */
  static ofFile(given: ReadonlyMap<string, string>, major?: number): PostgresSettings {
    return new PostgresSettings(given, {}, major);
  }

  /** Settings beside those of initdb's file: arguments, or what an operator includes. */
  static besideInitdb(given: ReadonlyMap<string, string>, major?: number): PostgresSettings {
    return new PostgresSettings(given, WRITTEN_BY_INITDB, major);
  }

  private constructor(
    private readonly given: ReadonlyMap<string, string>,
    private readonly written: Readonly<Record<string, string>>,
    private readonly major: number | undefined,
  ) {}

  has(name: string): boolean {
    return this.given.has(name);
  }

  /** The value that holds; of a version that is not known, the newest's. */
  text(name: string): string {
    return this.given.get(name) ?? this.written[name] ?? defaultOf(name, this.major) ?? '';
  }

  /** The value that holds, and whether anybody chose it, for a message. */
  shown(name: string): string {
    return this.has(name) ? this.text(name) : `not set: ${this.text(name)}`;
  }

  number(name: string): number {
    return Number(this.text(name));
  }

  isOn(name: string): boolean {
    return !/^(off|false|no|0)$/i.test(this.text(name));
  }

  /** Bytes of a size as the server reads it, with or without a unit; NaN when it is no size. */
  bytes(name: string): number {
    const text = this.text(name);
    const unit = newestDefinitionOf(name)?.unit;
    return (/^\d+$/.test(text) && unit ? Number(text) * unitBytes(unit) : parseSize(text)) ?? NaN;
  }
}
