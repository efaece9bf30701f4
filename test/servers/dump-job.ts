/** The CronJobs of a backup on this machine: their scripts, arguments and variables as the manifest has them. */
import { mkdtempSync, readdirSync, writeFileSync } from 'fs';
import { join } from 'path';
import { find, type Manifest } from '../support/synth';
import { type Outcome, own, runCommand, type Scratch } from './harness';
import { PASSWORDS, PATH } from './postgres-client';
import type { Database } from './postgres-server';

export class DumpJob {
  /** The volume with the dumps. */
  readonly backups: string;
  private readonly scripts: string;

  constructor(
    private readonly objects: readonly Manifest[],
    private readonly scratch: Scratch,
  ) {
    this.backups = this.directory('backups');
    this.scripts = this.directory('scripts');
    const { data } = find(objects, 'ConfigMap', 'shop-db-backup');
    for (const [file, text] of Object.entries<string>(data)) {
      writeFileSync(join(this.scripts, file), text);
      own(join(this.scripts, file));
    }
  }

  /** Sets that are finished, the oldest first. */
  get sets(): string[] {
    return readdirSync(this.backups)
      .filter((name) => !name.endsWith('.new'))
      .sort();
  }

  get unfinished(): string[] {
    return readdirSync(this.backups).filter((name) => name.endsWith('.new'));
  }

  /** One container of the dump: `dump` or `restore-test`. */
  runContainer(name: string, database: Database, between?: NodeJS.ProcessEnv): Promise<Outcome> {
    return this.run('shop-db-backup', name, database, between);
  }

  /** A dump with its test, as the pod runs them. */
  async dump(database: Database): Promise<Outcome> {
    const dumped = await this.runContainer('dump', database);
    return dumped.code === 0 ? this.runContainer('restore-test', database) : dumped;
  }

  restore(database: Database, set?: string): Promise<Outcome> {
    return this.run('shop-db-restore', 'restore', database, set === undefined ? {} : { BACKUP_SET: set });
  }

  private async run(
    cronJob: string,
    name: string,
    database: Database,
    more: NodeJS.ProcessEnv = {},
  ): Promise<Outcome> {
    const { spec } = find(this.objects, 'CronJob', cronJob).spec.jobTemplate.spec.template;
    const all: Manifest[] = [...(spec.initContainers ?? []), ...spec.containers];
    const container = all.find((one) => one.name === name);
    const scratch = this.directory('scratch');
    const [command, ...args] = (container.command as string[]).map((text) =>
      text
        .replace(/^shop-db$/, '127.0.0.1')
        .replace(/^5432$/, `${database.port}`)
        .replace('/backup-scripts', this.scripts)
        .replace(/^\/backups$/, this.backups)
        .replace(/^\/scratch$/, scratch),
    );
    const variables = (container.env ?? []).map((one: Manifest) => [
      one.name,
      one.value ??
        { 'postgres-password': PASSWORDS.POSTGRES_PASSWORD }[one.valueFrom.secretKeyRef.key as string],
    ]);
    return runCommand(command, args, { env: { PATH, ...Object.fromEntries(variables), ...more } });
  }

  private directory(kind: string): string {
    const path = mkdtempSync(join(this.scratch.path, `${kind}-`));
    own(path);
    return path;
  }
}
