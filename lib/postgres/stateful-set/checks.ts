import type { Size } from 'cdk8s';
import type { Checks } from '../../finding/checks';
import { BYTES, SECONDS } from '../../units/amounts';
import { jobScheduleRule, timeZoneRule } from '../../units/cron';
import { dnsSubdomainRule } from '../../units/names';
import { GIB } from '../../units/quantity';
import { DUMP_CONNECTIONS } from '../dump/dump-sizing';
import { checkStore } from '../dump/dump-store';
import type { BackupShape } from '../postgres-backup';
import type { StatefulSetOptions } from '../postgres-topology';
import type { TunedPostgresProps } from '../tuned-postgres-props';

/** With the "-restore" behind it, it leaves the 52 characters of a CronJob. */
const LONGEST_NAME = 44;

/** Records that one StatefulSet cannot be several instances, and what is wrong with its backup. */
export function checkStatefulSet(
  checks: Checks,
  name: string,
  props: TunedPostgresProps,
  options: StatefulSetOptions,
): void {
  const { instances, backup } = options;
  const own = checks.at('topology');
  if (instances !== undefined && instances !== 1)
    own.fail(
      'instances',
      instances,
      'allowed: 1; more pods of a StatefulSet would be databases that know nothing of each other; ' +
        'use PostgresTopology.cloudNativePg, whose standbys follow the primary',
    );
  own.made(options);
  if (backup === undefined) return;
  checkBackup(own.at('backup'), backup._shape);
  if (name.length > LONGEST_NAME)
    checks.fail('name', name, `allowed with a backup: at most ${LONGEST_NAME} characters`);
  if (props.reservedConnections !== undefined && props.reservedConnections < DUMP_CONNECTIONS)
    checks.fail(
      'reservedConnections',
      props.reservedConnections,
      `a backup takes ${DUMP_CONNECTIONS} of them; allowed: at least ${DUMP_CONNECTIONS}`,
    );
}

function checkBackup(checks: Checks, backup: BackupShape): void {
  if (backup.kind !== 'dump')
    return checks.fail(
      'kind',
      backup.kind,
      'it is taken by CloudNativePG; use PostgresBackup.dump, or PostgresTopology.cloudNativePg',
    );
  checkVolume(checks, 'storage', backup.storage, checks.requiredAmount('storage', backup.storage, BYTES));
  checks.text('storageClassName', backup.storageClassName, dnsSubdomainRule);
  checks.text('schedule', backup.schedule, jobScheduleRule);
  checks.text('timeZone', backup.timeZone, timeZoneRule);
  checks.integer('keep', backup.keep, 1, 365);
  checks.integer('timeout', checks.amount('timeout', backup.timeout, SECONDS), 60, 7 * 86_400);
  checks.made(backup);
  if (backup.destination) checkStore(checks.at('destination'), backup.destination._store);
  backup.profile?._check(checks.at('profile'));
  const { restoreTest, restoreTestStorage, restoreTestStorageClassName } = backup;
  const testBytes = checks.amount('restoreTestStorage', restoreTestStorage, BYTES);
  checkVolume(checks, 'restoreTestStorage', restoreTestStorage, testBytes);
  checks.text('restoreTestStorageClassName', restoreTestStorageClassName, dnsSubdomainRule);
  const ofTheTest = {
    restoreTestStorage: testBytes === undefined ? undefined : restoreTestStorage?.asString(),
    restoreTestStorageClassName,
  };
  for (const [prop, value] of Object.entries(ofTheTest))
    if (restoreTest === false && value !== undefined)
      checks.fail(prop, value, 'there is no restore test; remove it, or `restoreTest`');
}

function checkVolume(checks: Checks, prop: string, given: Size | undefined, bytes: number | undefined): void {
  if (bytes !== undefined && !(Number.isSafeInteger(bytes) && bytes >= GIB))
    checks.fail(prop, given?.asString(), 'allowed: at least 1Gi, in whole bytes');
}
