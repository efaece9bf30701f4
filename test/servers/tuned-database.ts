/** A Postgres on loopback with the configuration, the roles and the Jobs of manifests. */
import { Size } from 'cdk8s';
import { type PostgresIndexJobProps, type PostgresIndexProps, TunedPostgres } from 'cdk8s-tuned';
import { writeFileSync } from 'fs';
import { join } from 'path';
import type { Client } from 'pg';
import { find, type Manifest, manifests, newChart } from '../support/synth';
import { type Outcome, runCommand, type Scratch } from './harness';
import { APP, type Login, PASSWORDS, PATH } from './postgres-client';
import { Database } from './postgres-server';

/** Manifests of a database, and of the Job that builds its indexes. */
export function databaseWith(
  indexes: readonly PostgresIndexProps[],
  indexJob?: PostgresIndexJobProps,
): Manifest[] {
  const chart = newChart();
  const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(10), indexJobOptions: indexJob });
  for (const index of indexes) db.addIndex(index);
  return manifests(chart);
}

/** The `$$` of a manifest, as the kubelet hands it to a process. */
const expanded = (text: string) => text.replaceAll('$$', '$');

export class TunedDatabase {
  private constructor(
    private readonly database: Database,
    private readonly scratch: Scratch,
  ) {}

  /** Starts a server with the settings of manifests in a new directory, and makes their roles. */
  static async start(
    objects: readonly Manifest[],
    scratch: Scratch,
    locale?: string,
  ): Promise<TunedDatabase> {
    const pgdata = await Database.initialize(scratch, undefined, locale);
    const database = await Database.start(objects, scratch, pgdata);
    await database.makeRoles(objects);
    return new TunedDatabase(database, scratch);
  }

  get port(): number {
    return this.database.port;
  }

  psql(user: string, password: string, database: string, input: string): Promise<Outcome> {
    return this.database.psql(user, password, database, input);
  }

  app(sql: string): Promise<string> {
    return this.database.app(sql);
  }

  superuser(sql: string, database?: string): Promise<string> {
    return this.database.superuser(sql, database);
  }

  client(login: Login = APP): Promise<Client> {
    return this.database.client(login);
  }

  /**
   * Runs the containers of a Job as its manifest says, with the image's programs and the Secret's passwords; killed when
   * the signal says so.
   */
  async run(
    objects: readonly Manifest[],
    passwords: Readonly<Record<string, string>> = { password: PASSWORDS.APP_PASSWORD },
    signal?: AbortSignal,
  ) {
    const { initContainers, containers } = find(objects, 'Job').spec.template.spec;
    const { data } = objects.find((object) => object.data?.['indexes.sql'] !== undefined);
    const script = join(this.scratch.path, 'indexes.sql');
    writeFileSync(script, data['indexes.sql']);
    let outcome: Outcome = { code: 1, stdout: '', stderr: 'no container' };
    for (const { command, args = [], env = [] } of [...initContainers, ...containers]) {
      const [program, ...rest] = [...command, ...args].map((text: string) =>
        expanded(text)
          .replace(/^--host=.*/, '--host=127.0.0.1')
          .replace('--port=5432', `--port=${this.port}`)
          .replace('/indexes/indexes.sql', script),
      );
      const variables = env.map((one: Manifest) => [
        one.name,
        one.value ?? passwords[one.valueFrom.secretKeyRef.key],
      ]);
      outcome = await runCommand(program, rest, {
        signal,
        killSignal: 'SIGKILL',
        env: { PATH, ...Object.fromEntries(variables) },
      });
      if (outcome.code !== 0) break;
    }
    return outcome;
  }

  stop(): Promise<number | null> {
    return this.database.stop();
  }
}
