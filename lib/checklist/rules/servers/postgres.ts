/** What a Postgres is told in its configuration, against the pod that it runs in. */
import { FindingSeverity } from '../../../finding/finding';
import { type ConfiguredServer, mountedFiles } from '../../../inventory/configured-servers';
import { variablesOf } from '../../../inventory/environment';
import type { Inventory } from '../../../inventory/inventory';
import { isRecord, type Json, listAt, numberAt, recordAt, recordsAt, textAt } from '../../../inventory/json';
import { postgresInstances, postgresServers } from '../../../postgres/reading/postgres-instances';
import { memoryUseOf } from '../../../postgres/reading/postgres-memory';
import { MAX_SHARED_PART } from '../../../postgres/tuning/memory-budget';
import { formatBytes, MIB, parseBytes } from '../../../units/quantity';
import { type Problem, type Rule, rule, when } from '../../rule';

type Postgres = ConfiguredServer<Map<string, string>>;

/** Time that redo may take; a proposal, CloudNativePG waits 3600 s. */
const RECOVERY_SECONDS = 600;

/** Words of command and arguments. */
const wordsOf = ({ container: { container } }: Postgres): readonly string[] =>
  [...listAt(container, 'command'), ...listAt(container, 'args')].filter(
    (word): word is string => typeof word === 'string',
  );

/** Servers that do not take their settings from a file that is elsewhere. */
const configuredHere = ({ source }: { readonly source?: unknown }) => source !== undefined;
const configuredInstances = (inventory: Inventory) => postgresInstances(inventory).filter(configuredHere);

/** The main mount that holds a path, with its volume. */
function volumeAt({ workload, container }: Postgres, path: string): Json | undefined {
  const mount = recordsAt(container.container, 'volumeMounts').find((one) => {
    const at = textAt(one, 'mountPath');
    return at !== undefined && (path === at || path.startsWith(`${at}/`));
  });
  return recordsAt(workload.pod, 'volumes').find((volume) => mount && volume.name === mount.name);
}

export const POSTGRES_RULES: readonly Rule[] = [
  rule({
    id: 'DB-011',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'Shared buffers leave the container room to work in',
    why: 'shared_buffers sized by the memory of the node, or by most of the container, leave nothing for backends, sorts and the page cache that Postgres relies on.',
    evidence:
      'timescaledb-docker#54 read 8 388 608 TB from the cgroup; a quarter is what every tuner starts from.',
    of: (inventory) =>
      postgresInstances(inventory).filter(({ memoryLimitBytes }) => memoryLimitBytes !== undefined),
    check: (server) => {
      const { memoryLimitBytes: limit = 0 } = server;
      const { sharedBuffers } = memoryUseOf(server.settings);
      const cache = server.settings.has('effective_cache_size')
        ? server.settings.bytes('effective_cache_size')
        : 0;
      return [
        ...when(sharedBuffers > MAX_SHARED_PART * limit, {
          path: server.settingPath('shared_buffers'),
          measured: `${server.settings.shown('shared_buffers')} of ${formatBytes(limit)}`,
          expected: `at most ${100 * MAX_SHARED_PART} % of the memory limit (${Math.floor((MAX_SHARED_PART * limit) / MIB)}MB)`,
          fix: 'use a quarter of the limit',
        }),
        ...when(cache > limit, {
          path: server.settingPath('effective_cache_size'),
          measured: `${server.settings.text('effective_cache_size')} with a limit of ${formatBytes(limit)}`,
          expected: 'at most the memory limit: the page cache is charged to it',
          fix: 'use three quarters of the limit',
        }),
      ];
    },
  }),
  rule({
    id: 'DB-012',
    severity: FindingSeverity.ERROR,
    title: 'A Postgres asks for huge pages only when its pod has requested them',
    why: 'On a node with huge pages, "try" (the default) takes pages that the pod has no right to, and the server dies of SIGBUS.',
    evidence: 'docker-library/postgres#451 and #946, bitnami/charts#15419.',
    of: configuredInstances,
    check: (server) => {
      const { limits } = server;
      const requested = Object.keys(limits).filter((name) => name.startsWith('hugepages-'));
      const bytes = Math.max(0, ...requested.map((name) => parseBytes(String(limits[name] as string)) ?? 0));
      const needed = memoryUseOf(server.settings).sharedBuffers;
      const mode = server.settings.text('huge_pages');
      return when(server.settings.isOn('huge_pages') && bytes < needed, {
        // "try" only fails on nodes where somebody has set huge pages aside; "on" fails on all others.
        severity: mode === 'on' ? undefined : FindingSeverity.WARNING,
        path: server.settingPath('huge_pages'),
        measured: `${server.settings.shown('huge_pages')}, and ${requested.length === 0 ? 'no hugepages limit' : `a hugepages limit of ${formatBytes(bytes)}`}`,
        expected: `off, or a hugepages limit above shared_buffers (${formatBytes(needed)})`,
        fix: 'set huge_pages = off',
      });
    },
  }),
  rule({
    id: 'DB-013',
    severity: FindingSeverity.ERROR,
    title: 'The I/O method of a Postgres is one that its pod may use',
    why: 'RuntimeDefault seccomp profiles refuse io_uring: the server does not start.',
    evidence: 'containerd PR 9320, cloudnative-pg PR 10446; PGTune writes io_uring for every Postgres 18.',
    of: (inventory) => postgresInstances(inventory).filter(({ settings }) => settings.has('io_method')),
    check: (server) => {
      const profile = server.seccompProfile;
      return when(server.settings.text('io_method') === 'io_uring' && profile !== 'Localhost', {
        path: server.settingPath('io_method'),
        measured: `io_uring under the seccomp profile ${profile ?? 'of the runtime'}`,
        expected: 'worker or sync, or a Localhost profile that allows io_uring',
        fix: 'set io_method = worker',
      });
    },
  }),
  rule({
    id: 'DB-014',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'A Postgres plans no more parallel workers than it has CPU',
    why: 'Workers above the CPU limit are throttled together with the query that waits for them; each is charged with its own work_mem.',
    evidence: 'Postgres defaults to 8 and CloudNativePG to 32, whatever the CPU limit.',
    of: (inventory) =>
      configuredInstances(inventory).filter(({ cpuLimitMillis }) => cpuLimitMillis !== undefined),
    check: (server) => {
      const cpu = Math.ceil((server.cpuLimitMillis ?? 0) / 1000);
      const { settings } = server;
      const workers = settings.number('max_parallel_workers');
      const gather = settings.number('max_parallel_workers_per_gather');
      return [
        ...when(workers > cpu && gather > 0, {
          path: server.settingPath('max_parallel_workers'),
          measured: `${server.settings.shown('max_parallel_workers')} with ${cpu} CPU`,
          expected: `at most ${cpu}`,
          fix: 'set it to the CPU limit; below 2 CPU set max_parallel_workers_per_gather to 0',
        }),
        ...when(workers > settings.number('max_worker_processes'), {
          path: server.settingPath('max_worker_processes'),
          measured: server.settings.shown('max_worker_processes'),
          expected: `at least max_parallel_workers (${workers})`,
          fix: 'raise it',
        }),
      ];
    },
  }),
  rule({
    id: 'DB-015',
    severity: FindingSeverity.ERROR,
    title: 'A Postgres keeps what it has committed, and cleans up',
    why: 'Without fsync or full_page_writes a crash leaves a database that cannot be read; without autovacuum tables bloat until transaction ids run out.',
    evidence: 'PostgreSQL documentation, chapters "Write Ahead Log" and "Routine Vacuuming".',
    of: configuredInstances,
    check: (server) =>
      ['fsync', 'full_page_writes', 'autovacuum'].flatMap((name) =>
        when(!server.settings.isOn(name), {
          path: server.settingPath(name),
          measured: server.settings.text(name),
          expected: 'on',
          fix: 'remove the line; look elsewhere for speed',
        }),
      ),
  }),
  rule({
    id: 'DB-016',
    severity: FindingSeverity.ERROR,
    title: 'The settings of WAL agree',
    why: 'wal_level minimal beside walsenders keeps the server from starting; a slot without a bound keeps WAL until the volume is full.',
    evidence: 'Postgres refuses to start; cloudnative-pg#8791, a replica that was away filled the volume.',
    of: configuredInstances,
    check: (server) => {
      const { settings } = server;
      return [
        ...when(settings.text('wal_level') === 'minimal' && settings.text('max_wal_senders') !== '0', {
          path: server.settingPath('wal_level'),
          measured: `minimal with max_wal_senders ${server.settings.shown('max_wal_senders')}`,
          expected: 'replica, or max_wal_senders 0',
          fix: 'set wal_level = replica',
        }),
        ...when(!(settings.bytes('min_wal_size') < settings.bytes('max_wal_size')), {
          path: server.settingPath('min_wal_size'),
          measured: `${server.settings.shown('min_wal_size')} with max_wal_size ${server.settings.shown('max_wal_size')}`,
          expected: 'less than max_wal_size',
          fix: 'lower it',
        }),
        ...when(
          settings.number('max_replication_slots') > 0 && settings.text('max_slot_wal_keep_size') === '-1',
          {
            severity: settings.has('max_slot_wal_keep_size') ? undefined : FindingSeverity.WARNING,
            path: server.settingPath('max_slot_wal_keep_size'),
            measured: server.settings.shown('max_slot_wal_keep_size'),
            expected: 'a size, or max_replication_slots 0',
            fix: 'bound it by what the volume can hold beside the data',
          },
        ),
      ];
    },
  }),
  rule({
    id: 'DB-017',
    severity: FindingSeverity.ERROR,
    title: 'A Postgres with a read-only root file system has its directories to write',
    why: 'It keeps its socket and lock file in /var/run/postgresql, and sorts and initdb use /tmp: without them it does not start.',
    evidence: 'docker-library/postgres#154, goauthentik/helm PR 427.',
    of: (inventory) =>
      postgresServers(inventory).filter(
        ({ container, workload }) =>
          recordAt(container.container, 'securityContext')?.readOnlyRootFilesystem === true &&
          workload.object.kind === 'StatefulSet',
      ),
    check: (server) =>
      ['/var/run/postgresql', '/tmp'].flatMap((path) =>
        when(!isRecord(volumeAt(server, path)?.emptyDir), {
          path: `${server.container.path}.volumeMounts`,
          measured: `no emptyDir at ${path}`,
          expected: 'one with a sizeLimit',
          fix: 'mount it',
        }),
      ),
  }),
  rule({
    id: 'DB-018',
    severity: FindingSeverity.WARNING,
    title: 'A Postgres may take its time to recover',
    why: 'After a crash it replays WAL, and is alive without accepting connections. A probe that restarts it then makes it begin again.',
    evidence: 'cagriekin/charts#141: redo from the start, again and again; cloudnative-pg PR 11152.',
    of: (inventory) => postgresServers(inventory).filter(({ object }) => object.kind === 'StatefulSet'),
    check: ({ container: { container, path } }): Problem[] => {
      const budget = (probe: Json | undefined) =>
        (numberAt(probe, 'initialDelaySeconds') ?? 0) +
        (numberAt(probe, 'failureThreshold') ?? 3) * (numberAt(probe, 'periodSeconds') ?? 10);
      const startup = recordAt(container, 'startupProbe');
      const liveness = recordAt(container, 'livenessProbe');
      if (!startup && !liveness) return [];
      const seconds = budget(startup ?? liveness);
      return when(seconds < RECOVERY_SECONDS, {
        path: `${path}.startupProbe`,
        measured: startup ? `${seconds} s` : `not set, and a livenessProbe that ends it after ${seconds} s`,
        expected: `a startup probe that waits at least ${RECOVERY_SECONDS} s`,
        fix: 'raise failureThreshold × periodSeconds above the time that redo takes',
      });
    },
  }),
  rule({
    id: 'DB-019',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'Who connects to a Postgres over the network shows a password',
    why: '"trust" lets everybody in who reaches the port, as any role; md5 can be replayed from what a backup holds.',
    evidence: 'PostgreSQL documentation, "The pg_hba.conf File"; md5 is deprecated in 18.',
    of: (inventory) =>
      postgresServers(inventory).map((server) => ({
        ...server,
        access: mountedFiles(server.workload, inventory).filter(({ key }) => /pg_hba\.conf$/.test(key)),
      })),
    check: ({ container, access }, inventory) => {
      const method = variablesOf(container, inventory).get('POSTGRES_HOST_AUTH_METHOD');
      return [
        ...when(method === 'trust' || method === 'md5', {
          path: `${container.path}.env`,
          measured: `POSTGRES_HOST_AUTH_METHOD ${method}`,
          expected: 'scram-sha-256',
          fix: 'remove the variable, and set a password',
        }),
        ...access.flatMap(({ key, text }) =>
          text
            .split('\n')
            .map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
            .filter(
              ([type, , , ...rest]) =>
                /^host/.test(type) && rest.some((word) => /^(trust|md5|password)$/.test(word)),
            )
            .map((words) => ({
              path: `data.${key}`,
              measured: words.join(' '),
              expected: 'scram-sha-256 or cert',
              fix: 'change the method',
            })),
        ),
      ];
    },
  }),
  rule({
    id: 'DB-020',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'A postgresql.conf that is mounted is read',
    why: 'The image looks for its configuration in the data directory: a file mounted elsewhere is never read, and all defaults hold.',
    evidence: 'bitnami/charts#32136 and #12255: settings not applied; config_file is an argument.',
    of: (inventory) => postgresServers(inventory).filter(configuredHere),
    check: (server, inventory) => {
      const { source, container } = server;
      const names = [...wordsOf(server), ...variablesOf(container, inventory).values()];
      const reads = names.some((word) => /config_file|hba_file|\.conf\b/.test(word));
      return when(!reads, {
        path: `${container.path}.args`,
        measured: `nothing names ${source?.key}`,
        expected: `-c config_file=…/${source?.key}`,
        fix: 'add the argument',
      });
    },
  }),
];
