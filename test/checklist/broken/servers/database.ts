/** Pools, poolers and volumes that do not go with the database. */
import { type Breakage, containersOf, pgbouncer, postgres, setEnv, spec, web } from '../breakage';

export const DATABASE_BREAKAGES: readonly Breakage[] = [
  {
    what: 'fewer connections than pools',
    breakIt: (all) => postgres(all, (text) => text.replace('max_connections = 200', 'max_connections = 100')),
    rules: ['DB-002'],
  },
  { what: 'larger pools', breakIt: (all) => setEnv(web(all), 'DB_POOL_SIZE', '20'), rules: ['DB-002'] },
  {
    what: 'an unlimited pool',
    breakIt: (all) => setEnv(web(all), 'DB_MAX_OVERFLOW', '-1'),
    rules: ['DB-001'],
  },
  {
    what: 'more replicas than the pools bear',
    breakIt: (all) => (spec(all, 'HorizontalPodAutoscaler', 'shop-web').maxReplicas = 40),
    rules: ['DB-002'],
  },
  {
    what: 'poolers that open more than the database has',
    breakIt: (all) =>
      pgbouncer(all, (text) =>
        text
          .replace(/^default_pool_size = \d+/m, 'default_pool_size = 40')
          .replace(/^max_db_connections = \d+/m, 'max_db_connections = 0'),
      ),
    rules: ['DB-002'],
  },
  {
    what: 'a pooler by session',
    breakIt: (all) =>
      pgbouncer(all, (text) => text.replace('pool_mode = transaction', 'pool_mode = session')),
    rules: ['DB-003'],
  },
  {
    what: 'a pooler without prepared statements',
    breakIt: (all) =>
      pgbouncer(all, (text) => text.replace('max_prepared_statements = 200', 'max_prepared_statements = 0')),
    rules: ['DB-003'],
  },
  {
    what: 'more clients than the poolers take',
    breakIt: (all) =>
      pgbouncer(all, (text) => text.replace(/^max_client_conn = \d+/m, 'max_client_conn = 20')),
    rules: ['DB-007'],
  },
  {
    what: 'WAL as large as the volume',
    breakIt: (all) => postgres(all, (text) => text.replace("max_wal_size = '4GB'", "max_wal_size = '150GB'")),
    rules: ['DB-004'],
  },
  {
    what: 'data at the root of its volume',
    breakIt: (all) =>
      setEnv(containersOf(all, 'StatefulSet', 'data-db')[0], 'PGDATA', '/var/lib/postgresql/data'),
    rules: ['DB-005'],
  },
  {
    what: 'thirty seconds for the last checkpoint',
    breakIt: (all) => (spec(all, 'StatefulSet', 'data-db').template.spec.terminationGracePeriodSeconds = 30),
    rules: ['DB-006'],
  },
];
