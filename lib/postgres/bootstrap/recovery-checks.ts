/** What is wrong with a recovery, and what in it contradicts the database that it makes. */
import type { Checks } from '../../finding/checks';
import { bytesOf } from '../../units/amounts';
import { dnsSubdomainRule } from '../../units/names';
import { formatBytes } from '../../units/quantity';
import { destinationRule, endpointRule, storeProvider } from '../cloud-native-pg/object-store';
import { DEFAULT_DATABASE, DEFAULT_ROLE } from '../first-start';
import { PostgresVersion } from '../postgres-workload';
import type { RecoveryOptions } from './postgres-bootstrap';
import type {
  ObjectStoreSourceOptions,
  RecoveredDatabase,
  RecoverySource,
  VolumeSnapshotSourceOptions,
} from './recovery-source';
import type { StartingDatabase } from './starting-database';

export function checkRecovery(checks: Checks, start: StartingDatabase, recovery: RecoveryOptions): void {
  const { source, target, timeline, backupId } = recovery;
  checks.made(recovery, ['source']);
  target?._check(checks.at('target'));
  checks.integer('timeline', timeline, 1, 2 ** 31 - 1);
  checks.text('backupId', backupId, backupIdRule);
  const { kind } = source._shape;
  const isOneBackup = kind === 'volumeSnapshots' || kind === 'backup';
  if (isOneBackup && backupId !== undefined)
    checks.fail('backupId', backupId, '`source` is the backup to begin with; remove it');
  if (kind === 'backup' && target)
    checks.fail(
      'target',
      Object.keys(target._fields)[0],
      'CloudNativePG has no WAL behind a Backup; use RecoverySource.volumeSnapshots with its snapshots and an `archive`',
    );
  if (!isOneBackup && backupId === undefined && target && !target._findsBackup)
    checks.fail(
      'backupId',
      undefined,
      'CloudNativePG finds the backup to begin with only for a time or a place in the WAL; give its id, which the archive has as ' +
        'the name of a folder in `base`',
    );
  checkSource(checks.at('source'), start, source, target !== undefined);
}

function checkSource(
  checks: Checks,
  start: StartingDatabase,
  source: RecoverySource,
  hasTarget: boolean,
): void {
  const shape = source._shape;
  switch (shape.kind) {
    case 'objectStore':
      checkStore(checks, shape);
      return checkArchive(checks, start, shape);
    case 'database': {
      const recovered = recoveredOf(source);
      if (recovered) return checkRecovered(checks, start, recovered);
      return checks.fail('database', shape.database, 'allowed: a TunedPostgres of this app');
    }
    case 'volumeSnapshots':
      return checkSnapshots(checks, start, shape, hasTarget);
    case 'backup':
      return checks.text('backup', shape.backup, dnsSubdomainRule);
  }
}

function checkStore(checks: Checks, source: ObjectStoreSourceOptions): void {
  checks.text('destinationPath', source.destinationPath, destinationRule);
  checks.text('serverName', source.serverName, serverNameRule);
  checks.text('endpointUrl', source.endpointUrl, endpointRule);
  checks.text('credentials', source.credentials?.name, dnsSubdomainRule);
  if (source.endpointUrl !== undefined && storeProvider(String(source.destinationPath)) !== 's3')
    checks.fail('endpointUrl', source.endpointUrl, 'it is for stores that speak S3; remove it');
}

/** The plugin refuses an archive that is not empty, and what it let through would end what can be restored of the source. */
function checkArchive(checks: Checks, start: StartingDatabase, source: ObjectStoreSourceOptions): void {
  const backup = start.engine.backup?._shape;
  if (backup?.kind !== 'objectStore') return;
  const own = folderOf({ ...backup, serverName: backup.serverName ?? start.name });
  if (own === folderOf(source))
    checks.fail(
      'serverName',
      source.serverName,
      'the backups of this database go to the same place, where the plugin wants an empty archive; give ' +
        '`PostgresBackup.objectStore` another `serverName` or `destinationPath`',
    );
}

function folderOf({ destinationPath, endpointUrl = '', serverName }: ObjectStoreSourceOptions): string {
  const trimmed = (text: string) => String(text).replace(/\/+$/, '');
  return [trimmed(endpointUrl), trimmed(destinationPath), serverName].join('/');
}

function checkRecovered(checks: Checks, start: StartingDatabase, recovered: RecoveredDatabase): void {
  const { props, engine } = start;
  const { name, store, storageBytes } = recovered;
  const version = props.version ?? PostgresVersion.V17;
  if (!store)
    return checks.fail(
      'database',
      name,
      'it has no backups in an object store; give it PostgresBackup.objectStore, or use another source',
    );
  checkArchive(checks, start, { ...store, serverName: store.serverName ?? name });
  const differs = (prop: string, value: unknown, allowed: string) =>
    checks.fail(`database ${name}: ${prop}`, value, allowed);
  if (version !== recovered.version)
    differs(
      'version',
      recovered.version,
      `a recovery keeps the major version, and this database has ${version}; use the same, or PostgresBootstrap.importDatabase`,
    );
  if (bytesOf(props.storage) < storageBytes)
    differs('storage', formatBytes(storageBytes), 'this database has less, which its data may not fit');
  const names = {
    database: props.database ?? DEFAULT_DATABASE,
    user: props.user ?? DEFAULT_ROLE,
  };
  for (const prop of ['database', 'user'] as const)
    if (names[prop] !== recovered[prop])
      differs(
        prop,
        recovered[prop],
        `this one has ${names[prop]}, which would be made empty beside it; use the same`,
      );
  const here = new Set((engine.tablespaces ?? []).map((one) => one.name));
  const missing = recovered.tablespaces.filter((one) => !here.has(one));
  if (missing.length > 0)
    differs('tablespaces', missing, 'a recovery needs all tablespaces of the source; add them here');
}

function checkSnapshots(
  checks: Checks,
  start: StartingDatabase,
  source: VolumeSnapshotSourceOptions,
  hasTarget: boolean,
): void {
  checks.made(source);
  checks.text('data', source.data, dnsSubdomainRule);
  checks.text('wal', source.wal, dnsSubdomainRule);
  const { walStorage, tablespaces = [] } = start.engine;
  if (source.wal !== undefined && !walStorage)
    checks.fail('wal', source.wal, 'there is no volume for it; set `walStorage` of the topology');
  if (source.wal === undefined && walStorage)
    checks.fail(
      'wal',
      undefined,
      'the WAL has a volume of its own here; give the snapshot of that, or leave out `walStorage`',
    );
  const given = source.tablespaces ?? {};
  const known = tablespaces.map(({ name }) => name);
  for (const [name, snapshot] of Object.entries(given)) {
    checks.at('tablespaces').oneOf(name, name, known);
    checks.at('tablespaces').text(name, snapshot, dnsSubdomainRule);
  }
  const missing = known.filter((name) => !Object.hasOwn(given, name));
  if (missing.length > 0)
    checks.fail('tablespaces', Object.keys(given), `a snapshot is missing of ${missing.join(', ')}`);
  if (!source.archive) {
    if (hasTarget)
      checks.fail(
        'archive',
        undefined,
        'a `target` needs the WAL since the snapshot; give the archive that it is in, or leave the target out',
      );
    return;
  }
  const { kind } = source.archive._shape;
  if (kind === 'objectStore' || kind === 'database')
    checkSource(checks.at('archive'), start, source.archive, hasTarget);
  else
    checks.fail(
      'archive',
      kind,
      'it has no WAL; allowed: RecoverySource.objectStore and RecoverySource.backupsOf',
    );
}

/** The database of this app that a source names; undefined for something else, as a caller without types can give it. */
export function recoveredOf(source: RecoverySource): RecoveredDatabase | undefined {
  const shape = source._shape;
  if (shape.kind !== 'database') return undefined;
  const given: unknown = shape.database;
  return typeof given === 'object' && given !== null && '_recovered' in given
    ? shape.database._recovered
    : undefined;
}

export function serverNameRule(text: string): string | undefined {
  return /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/.test(text)
    ? undefined
    : 'the name of a folder: at most 63 lower-case letters, digits, "-" and "."';
}

/** As Barman calls its backups. */
function backupIdRule(text: string): string | undefined {
  return /^\d{8}T\d{6}$/.test(text) ? undefined : 'the id of a backup, such as 20260131T020000';
}
