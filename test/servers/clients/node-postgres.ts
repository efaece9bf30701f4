import { Pool, type PoolConfig } from 'pg';
import type { Environment } from './redis-library';

const CLIENTS = 3;
const ROUNDS = 12;

/**
 * What Jdbc.java does, with a Pool of node-postgres and by `DATABASE_URL` or the `PG…` variables. A statement that has a
 * name it prepares in the server.
 */
export async function useNodePostgres(environment: Environment, prepares: boolean, options: PoolConfig = {}) {
  const { DATABASE_URL, PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, PGPOOL_MAX } = environment;
  const authority = environment.PGSSL_CA;
  const pool = new Pool({
    ...(DATABASE_URL === undefined
      ? {
          host: PGHOST,
          port: Number(PGPORT),
          database: PGDATABASE,
          user: PGUSER,
          password: PGPASSWORD,
          max: Number(PGPOOL_MAX),
          connectionTimeoutMillis: Number(environment.PGPOOL_CONNECTION_TIMEOUT_MILLIS),
          ...(authority !== undefined && { ssl: { ca: authority } }),
        }
      : { connectionString: DATABASE_URL }),
    ...options,
  });
  const outcome = { right: 0, failure: '' };
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => pool.connect()));
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      // All have a connection of the database at one time, in another order each time.
      for (let turn = 0; turn < CLIENTS; turn += 1) {
        const index = (turn + round) % CLIENTS;
        await clients[index].query('BEGIN');
        // Each has its own statement of the same name.
        const { rows } = await clients[index].query<{ number: number }>({
          ...(prepares && { name: 'next' }),
          text: `SELECT $1::int + ${index} AS number`,
          values: [round],
        });
        if (rows[0].number === round + index) outcome.right += 1;
      }
      for (const client of clients) await client.query('COMMIT');
    }
  } catch (error) {
    outcome.failure = (error as Error).message;
  }
  await Promise.all(clients.map((client) => client.query('ROLLBACK')));
  const text = async (sql: string) =>
    Object.values((await clients[0].query<Record<string, string>>(sql)).rows[0])[0];
  const facts = {
    user: await text('SELECT current_user::text'),
    path: await text('SELECT current_schemas(false)::text'),
    encrypted: await text(
      "SELECT CASE WHEN ssl THEN 't' ELSE 'f' END FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    ),
  };
  for (const client of clients) client.release();
  await pool.end();
  return { ...outcome, ...facts };
}
