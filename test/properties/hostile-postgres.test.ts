/** Databases: parameters, indexes, Secrets, and the pools of those who connect. */
import { type Chart, Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import * as tuned from 'cdk8s-tuned';
import { type Attack, damages, numbers, texts, times } from './attack';
import { CONSTRUCTS, INDEX, web } from './constructs';

const connected = (chart: Chart, pool: tuned.ConnectionPool) =>
  web(chart, {}).connectTo(
    new tuned.TunedPostgres(chart, 'db', { storage: Size.gibibytes(10) }).connection({ pool }),
  );

const recovered = (chart: Chart, target: tuned.RecoveryTarget) =>
  CONSTRUCTS.Recovery(chart, { target, backupId: '20260131T020000' });

const FACTORIES: Record<string, readonly Attack[]> = {
  'ConnectionPool.fixed': (['size', 'maxOverflow', 'processesPerPod'] as const).flatMap((key) =>
    numbers((chart, value) => connected(chart, tuned.ConnectionPool.fixed({ size: 1, [key]: value }))),
  ),
  'ConnectionPool.shared': [
    ...numbers((chart, weight) => connected(chart, tuned.ConnectionPool.shared({ weight }))),
    ...times((chart, timeout) => connected(chart, tuned.ConnectionPool.shared({ timeout }))),
  ],
  'parameters of Postgres': [
    'work_mem',
    'search_path',
    'log_line_prefix',
    'synchronous_commit',
    'app.note',
    'max_connections',
    'checkpoint_timeout',
    'random_page_cost',
  ].flatMap((name) =>
    texts((chart, text) => CONSTRUCTS.TunedPostgres(chart, { parameters: { [name]: text } })),
  ),
  addIndex: (['table', 'column', 'schema', 'name', 'match'] as const).flatMap((key) =>
    texts((chart, text) =>
      new tuned.TunedPostgres(chart, 'db', { storage: Size.gibibytes(100) }).addIndex({
        ...INDEX,
        [key]: text,
      }),
    ),
  ),
  'Secret names': texts((chart, text) =>
    CONSTRUCTS.TunedPostgres(chart, { credentials: Secret.fromSecretName(chart, 'secret', text) }),
  ),
  'Secret names of a role': texts((chart, text) =>
    CONSTRUCTS.PostgresRole(chart, { credentials: Secret.fromSecretName(chart, 'secret', text) }),
  ),
  'the role of a connection': texts((chart, user) =>
    web(chart, {}).connectTo(
      new tuned.TunedPostgres(chart, 'db', {
        storage: Size.gibibytes(10),
        roles: [{ name: 'reports' }],
      }).connection({ user }),
    ),
  ),
  'RecoveryTarget.time': texts((chart, text) => recovered(chart, tuned.RecoveryTarget.time(text))),
  'RecoveryTarget.lsn': texts((chart, text) => recovered(chart, tuned.RecoveryTarget.lsn(text))),
  'RecoveryTarget.restorePoint': texts((chart, text) =>
    recovered(chart, tuned.RecoveryTarget.restorePoint(text)),
  ),
  'RecoveryTarget.transaction': numbers((chart, value) =>
    recovered(chart, tuned.RecoveryTarget.transaction(value)),
  ),
  'RecoverySource.backup': texts((chart, text) =>
    CONSTRUCTS.Recovery(chart, { source: tuned.RecoverySource.backup(text) }),
  ),
  'Secret names of an import': texts((chart, text) =>
    CONSTRUCTS.ImportDatabase(chart, { credentials: Secret.fromSecretName(chart, 'secret', text) }),
  ),
  'Secret names of dumps in a store': texts((chart, text) =>
    CONSTRUCTS.ObjectStoreDestination(chart, {
      credentials: Secret.fromSecretName(chart, 'secret', text),
    }),
  ),
  'Secret names of a recovery': texts((chart, text) =>
    CONSTRUCTS.ObjectStoreSource(chart, { credentials: Secret.fromSecretName(chart, 'secret', text) }),
  ),
  'Secret names of an index Job': texts((chart, text) =>
    CONSTRUCTS.PostgresIndexJob(chart, {
      user: 'owner',
      credentials: Secret.fromSecretName(chart, 'secret', text),
    }),
  ),
};

test.each(Object.entries(FACTORIES))('%s', (_, attacks) => {
  expect(attacks.length).toBeGreaterThan(5);
  expect(damages(attacks)).toEqual([]);
});
