/** What asking a database needs; `connect` is the only place that knows with what it is done. */
export interface Database {
  query(text: string, values?: readonly unknown[]): Promise<ReadonlyArray<Record<string, unknown>>>;
}

export interface Connection extends Database {
  end(): Promise<void>;
}

/** A database that cannot be asked; its message says why, and holds no password. */
export class ConnectionError extends Error {}

const CONNECT_MILLISECONDS = 10_000;

/**
 * Connects by an address, and for what it does not say by `PGHOST`, `PGPORT`, `PGDATABASE`, `PGUSER` and `PGPASSWORD`.
 *
 * By the npm package `pg`, which is loaded here and nowhere else: it is needed for this command only, and whoever builds
 * manifests does not install it. Unlike psql it sends each query with the extended protocol, so that the server takes
 * exactly one statement, whatever is in the text.
 */
export async function connect(address: string | undefined): Promise<Connection> {
  const { Client } = await load();
  let password = process.env.PGPASSWORD;
  const withoutPassword = (message: string) =>
    password === undefined || password === '' ? message : message.replaceAll(password, '***');
  if (address !== undefined) password = passwordIn(address) || password;
  const client = new Client({
    connectionString: address,
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    application_name: 'cdk8s-tuned query-check',
  });
  // A connection that breaks is told by the query that waits for it.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    const { message, code } = error as Error & { readonly code?: string };
    throw new ConnectionError(`no connection: ${withoutPassword(message || (code ?? 'unknown reason'))}`);
  }
  return {
    query: async (text, values) => {
      const query = { text, values: values && [...values], queryMode: 'extended' };
      const { rows } = await client.query<Record<string, unknown>>(query);
      return rows;
    },
    end: () => client.end(),
  };
}

function passwordIn(address: string): string {
  try {
    const { protocol, password } = new URL(address);
    if (['postgres:', 'postgresql:'].includes(protocol)) return decodeURIComponent(password);
  } catch {
    // Told below, without the address: it may hold a password.
  }
  throw new ConnectionError('--database is no address; allowed: postgres://user@host:port/database');
}

async function load() {
  try {
    return await import('pg');
  } catch {
    throw new ConnectionError(
      'it talks to Postgres through the npm package "pg", which is not installed: npm install --save-dev pg',
    );
  }
}
