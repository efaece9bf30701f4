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
  /** A developer's own database, beside other programs that want the memory: it keeps little for itself. */
  DESKTOP = 'desktop',
}

/** Major version of Postgres. */
export enum PostgresVersion {
  /** PostgreSQL 13, which gets no fixes any more. */
  V13 = '13',
  /** PostgreSQL 14. */
  V14 = '14',
  /** PostgreSQL 15. */
  V15 = '15',
  /** PostgreSQL 16. */
  V16 = '16',
  /** PostgreSQL 17. */
  V17 = '17',
  /** PostgreSQL 18. */
  V18 = '18',
}

/** What the data volume is made of. */
export enum PostgresDisk {
  /** Spinning disks. */
  HDD = 'hdd',
  /** Flash behind a controller or a network: local SSDs, and block volumes such as gp3, pd-ssd or Ceph on SSDs. */
  SSD = 'ssd',
  /** A storage array of many disks. */
  SAN = 'san',
  /** Local NVMe. */
  NVME = 'nvme',
}

/** How an image of Postgres is laid out and built. */
export enum PostgresImageFamily {
  /** The official image on Debian (`postgres:17.10-bookworm`), and images made from it. */
  DEBIAN = 'debian',
  /** The official image on Alpine (`postgres:17.10-alpine`), and images made from it. */
  ALPINE = 'alpine',
  /** An operand image of CloudNativePG, which its operator starts; it cannot start by itself. */
  CLOUD_NATIVE_PG = 'cloudnative-pg',
}
