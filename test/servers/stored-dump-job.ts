/** The CronJobs of a backup to an object store on this machine: each container of a pod in turn, over a volume that goes with it. */
import { mkdtempSync, writeFileSync } from 'fs';
import { join } from 'path';
import { find, type Manifest } from '../support/synth';
import { type Outcome, own, runCommand, type Scratch } from './harness';
import { KEYS, type ObjectStore } from './object-store';
import { PASSWORDS, PATH } from './postgres-client';
import type { Database } from './postgres-server';

const SECRETS: Readonly<Record<string, string>> = {
  'postgres-password': PASSWORDS.POSTGRES_PASSWORD,
  ...KEYS,
};

/** What happens to a volume before a container starts. */
type Between = (container: string, backups: string) => void;

export class StoredDumpJob {
  private readonly scripts: string;

  constructor(
    private readonly objects: readonly Manifest[],
    private readonly scratch: Scratch,
    private readonly store: ObjectStore,
    private readonly endpoint: string,
  ) {
    this.scripts = this.directory('scripts');
    const { data } = find(objects, 'ConfigMap', 'shop-db-backup');
    for (const [file, text] of Object.entries<string>(data)) {
      writeFileSync(join(this.scripts, file), text);
      own(join(this.scripts, file));
    }
  }

  dump(database: Database, between?: Between, more?: NodeJS.ProcessEnv): Promise<Outcome> {
    return this.runPod('shop-db-backup', database, between, more);
  }

  /** Other variables are those of both containers. */
  restore(database: Database, more: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    return this.runPod('shop-db-restore', database, undefined, more);
  }

  private async runPod(
    cronJob: string,
    database: Database,
    between: Between = () => undefined,
    more: NodeJS.ProcessEnv = {},
  ): Promise<Outcome> {
    const { spec } = find(this.objects, 'CronJob', cronJob).spec.jobTemplate.spec.template;
    const places = { backups: this.directory('backups'), scratch: this.directory('scratch') };
    let last: Outcome = { code: 1, stdout: '', stderr: 'there are no containers' };
    for (const container of [...spec.initContainers, ...spec.containers]) {
      between(container.name, places.backups);
      last = await this.runContainer(container, database, places, more);
      if (last.code !== 0) return last;
    }
    return last;
  }

  private runContainer(
    container: Manifest,
    database: Database,
    { backups, scratch }: { readonly backups: string; readonly scratch: string },
    more: NodeJS.ProcessEnv,
  ): Promise<Outcome> {
    const [command, ...args] = (container.command as string[]).map((text) =>
      text
        .replace(/^shop-db$/, '127.0.0.1')
        .replace(/^5432$/, `${database.port}`)
        .replace('/backup-scripts', this.scripts)
        .replace(/^\/backups$/, backups)
        .replace(/^\/scratch$/, scratch),
    );
    const variables = (container.env ?? []).map((one: Manifest) => [
      one.name,
      one.value?.replace(this.endpoint, `http://127.0.0.1:${this.store.port}`) ??
        SECRETS[one.valueFrom?.secretKeyRef.key as string] ??
        '',
    ]);
    // A pod has no home, and no certificates of this machine.
    const bare = { PATH, HOME: undefined, AWS_CA_BUNDLE: undefined };
    return runCommand(command, args, { env: { ...bare, ...Object.fromEntries(variables), ...more } });
  }

  private directory(kind: string): string {
    const path = mkdtempSync(join(this.scratch.path, `${kind}-`));
    own(path);
    return path;
  }
}
