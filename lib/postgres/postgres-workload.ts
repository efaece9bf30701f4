/** What a database is used for. */
export enum PostgresWorkload {
  /** Many short queries of a web application. */
  WEB = 'web',
  /** Many short transactions that write. */
  OLTP = 'oltp',
  /** Few long queries over much data. */
  WAREHOUSE = 'warehouse',
  /** Short and long queries on one database. */
  MIXED = 'mixed',
}

/** Major version of Postgres. */
export enum PostgresVersion {
  /** PostgreSQL 15. */
  V15 = '15',
  /** PostgreSQL 16. */
  V16 = '16',
  /** PostgreSQL 17. */
  V17 = '17',
  /** PostgreSQL 18. */
  V18 = '18',
}
