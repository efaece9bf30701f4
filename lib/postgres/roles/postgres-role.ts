import type { ISecret } from 'cdk8s-plus-27';

/** What a role may do in the databases that it is for. */
export enum PostgresPrivilege {
  /** Reads all tables, views and sequences, also those that come later (`pg_read_all_data`). */
  READ = 'read',
  /** Reads and changes rows of all tables, also those that come later (`pg_write_all_data`); makes and drops none. */
  WRITE = 'write',
  /**
   * All that the role of the application may: makes and drops tables, in every database. What it makes belongs to the role of the
   * application, since each session of it is one of that (`ALTER ROLE … SET role`). For migrations.
   */
  OWNER = 'owner',
}

/** A role besides that of the application. */
export interface PostgresRoleProps {
  /** Its name: at most 63 lower-case letters, digits, `_` and `-`. */
  readonly name: string;
  /**
   * What it may do. Taken back when it becomes less.
   *
   * @default PostgresPrivilege.READ
   */
  readonly privilege?: PostgresPrivilege;
  /**
   * Databases of the construct that it may connect to. Those of OWNER are all of them. On CloudNativePG, whose operator knows no
   * privileges by database, a list is refused.
   *
   * @default - all of them
   */
  readonly databases?: string[];
  /**
   * Connections that it may have at a time, from 1 to 1000 (`CONNECTION LIMIT`). They are kept free of the pools of others, and the
   * pools of consumers that log in as this role share them: for people and programs that are no constructs here.
   *
   * @default - no limit of its own; consumers that log in as this role have their part of all connections
   */
  readonly connectionLimit?: number;
  /**
   * An existing Secret with its password. On CloudNativePG it is required, and of type `kubernetes.io/basic-auth`.
   *
   * @default - the credentials of the database
   */
  readonly credentials?: ISecret;
  /**
   * Key of its password in the Secret.
   *
   * @default - `<name>-password` in the credentials of the database, `password` in `credentials` of its own
   */
  readonly passwordKey?: string;
}
