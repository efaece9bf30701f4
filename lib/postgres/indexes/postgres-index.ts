import type { Duration } from 'cdk8s';
import type { ISecret } from 'cdk8s-plus-27';

/** What queries compare a column with; it decides the kind of index. */
export enum IndexMatch {
  /** `=`, `IN`, and also `<`, `>` and `ORDER BY`: a B-tree. */
  EQUALITY = 'equality',
  /**
   * `LIKE 'x%'`: a B-tree that sorts by bytes. Where the collation of the column does not, as with the `en_US.utf8` of
   * the official images, that takes the operator class `text_pattern_ops`; `=` uses it too.
   */
  PREFIX = 'prefix',
  /**
   * `LIKE '%x%'`, `ILIKE` and regular expressions: a GIN index of trigrams (`gin_trgm_ops` of the extension `pg_trgm`,
   * which is made if need be). It finds what has at least three letters or digits in a row, and is larger than the
   * column.
   */
  CONTAINS = 'contains',
}

/** An index that a database should have. */
export interface PostgresIndexProps {
  /** Table: at most 63 lower-case letters, digits and `_`. */
  readonly table: string;
  /** Column of the table: at most 63 lower-case letters, digits and `_`. For prefix and contains, of a text type. */
  readonly column: string;
  /** What queries compare the column with. */
  readonly match: IndexMatch;
  /**
   * Schema of the table.
   *
   * @default public
   */
  readonly schema?: string;
  /**
   * Whether no two rows may have the same value; for equality only. The index is not built while some have.
   *
   * @default false
   */
  readonly unique?: boolean;
  /**
   * Name of the index.
   *
   * @default - `<table>_<column>_<match>_idx` (`…_key` when unique); the middle of a longer name becomes a digest
   */
  readonly name?: string;
}

/** How the indexes of a database are built. */
export interface PostgresIndexJobProps {
  /**
   * Role that owns the tables; only the owner of a table can index it. It needs `credentials` of its own.
   *
   * @default - the role of the application
   */
  readonly user?: string;
  /**
   * An existing Secret with the key `password`, that of `user`.
   *
   * @default - the credentials of the database
   */
  readonly credentials?: ISecret;
  /**
   * Longest time for all of it, retries included, in whole seconds.
   *
   * @default Duration.hours(6)
   */
  readonly timeout?: Duration;
  /**
   * How long a run waits for tables and columns that are not there yet, in whole seconds: the application makes them when
   * it is first deployed.
   *
   * @default Duration.minutes(10)
   */
  readonly tableTimeout?: Duration;
  /**
   * How long a build waits for a lock, and for the transactions that were running before it, in whole seconds. Reads and
   * writes do not wait behind it.
   *
   * @default Duration.minutes(10)
   */
  readonly lockTimeout?: Duration;
  /**
   * Time after which the finished Job is deleted, in whole seconds. Under a GitOps tool leave it out: what is in Git and
   * is gone from the cluster is applied again, for ever.
   *
   * @default - it stays; the tool prunes it when another takes its place
   */
  readonly timeToLive?: Duration;
  /**
   * Annotations of the Job, such as those that make it a hook of Argo CD or Helm.
   *
   * @default - none: an object like any other
   */
  readonly annotations?: { [key: string]: string };
}
