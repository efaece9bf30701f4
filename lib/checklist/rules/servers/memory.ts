import { FindingSeverity } from '../../../finding/finding';
import { limitsOf } from '../../../inventory/configured-servers';
import { heapBounds } from '../../../inventory/heaps';
import type { ContainerOf, KubernetesObject } from '../../../inventory/inventory';
import { recordAt, recordsAt, textAt } from '../../../inventory/json';
import { mainContainers } from '../../../inventory/relations';
import { nginxMemory } from '../../../nginx/reading/nginx-memory';
import { configuredServers, type Nginx } from '../../../nginx/reading/nginx-servers';
import {
  explainNginxMemory,
  NGINX_MEMORY_SHARE,
  nginxWorstCaseBytes,
} from '../../../nginx/tuning/nginx-memory-budget';
import { postgresInstances } from '../../../postgres/reading/postgres-instances';
import { memoryUseOf } from '../../../postgres/reading/postgres-memory';
import { explainMemory, MEMORY_SHARE, worstCaseBytes } from '../../../postgres/tuning/memory-budget';
import { CachePersistence, ValueSizes } from '../../../redis/cache-engine';
import { parseRedisSize } from '../../../redis/configuration/redis-conf';
import { redisInstances } from '../../../redis/reading/redis-instances';
import { maxMemoryFor } from '../../../redis/tuning/redis-memory-budget';
import { formatBytes, MIB, parseBytes } from '../../../units/quantity';
import { type Problem, type Rule, rule, when } from '../../rule';

const memoryLimitOf = (container: ContainerOf): number | undefined => limitsOf(container).memoryLimitBytes;

const mib = (bytes: number) => `${Math.ceil(bytes / MIB)}MiB`;

export const MEMORY_RULES: readonly Rule[] = [
  rule({
    id: 'OOM-001',
    severity: FindingSeverity.ERROR,
    title: 'A Postgres fits its container when all connections work at once',
    why: 'Above the limit the kernel kills a backend, and since Kubernetes 1.28 the whole container: every connection is lost, and the database recovers.',
    evidence:
      'PGTune’s settings for 512 MB in a 512 MiB cgroup with 150 clients: 107 kills, 148 clients aborted.',
    of: (inventory) =>
      postgresInstances(inventory).filter(({ memoryLimitBytes }) => memoryLimitBytes !== undefined),
    check: (server) => {
      const { source, memoryPath, memoryLimitBytes: limit = 0 } = server;
      const use = memoryUseOf(server.settings);
      const worst = worstCaseBytes(use);
      return when(!(worst <= MEMORY_SHARE * limit), {
        path: memoryPath,
        measured: `${formatBytes(limit)}; ${source === undefined ? 'its defaults allow' : `${source} allows`} ${mib(worst)}: ${explainMemory(use)}`,
        expected: `at most 0.9 of the limit (${mib(MEMORY_SHARE * limit)})`,
        fix: 'raise the limit, or lower max_connections, work_mem or shared_buffers',
      });
    },
  }),
  rule({
    id: 'OOM-002',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'A Redis evicts before the kernel kills it',
    why: 'maxmemory counts keys and values only; fragmentation, client buffers and the pages that a fork copies come on top.',
    evidence: 'RSS is 1.09 of the used memory at the eviction limit, a background save copies up to 70 %.',
    of: (inventory) =>
      redisInstances(inventory).filter(({ memoryLimitBytes }) => memoryLimitBytes !== undefined),
    check: ({ memoryLimitBytes: limit = 0, memoryPath, replicated, settings }) => {
      const given = settings.text('maxmemory');
      const maxMemory = parseRedisSize(given);
      const snapshots = settings.has('save')
        ? settings.uses('save').some((args) => args.some((arg) => arg !== ''))
        : settings.text('save') !== '';
      const persistent = settings.text('appendonly') === 'yes' || snapshots;
      const persistence = persistent ? CachePersistence.APPEND_ONLY : CachePersistence.NONE;
      const most = maxMemoryFor(limit, { persistence, replicated, valueSizes: ValueSizes.STEADY });
      return when(maxMemory === undefined || maxMemory === 0 || maxMemory > most, {
        path: memoryPath,
        measured: `${formatBytes(limit)}; maxmemory is ${settings.has('maxmemory') ? given : 'not set'}${maxMemory === undefined ? ', which is no size of Redis' : ''}`,
        expected: `maxmemory of at most ${Math.floor(most / MIB)}mb in it${replicated ? ', with replicas' : persistent ? ', with persistence' : ''}`,
        fix: 'lower maxmemory, or raise the limit',
      });
    },
  }),
  rule({
    id: 'OOM-003',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'Volumes in memory, and nginx’s zones and buffers, fit the limit',
    why: 'A volume in memory, shared zones and the buffers of every connection are charged to the container; visitors that do not read what they asked for hold all of them, and the kernel kills it.',
    evidence:
      'kubernetes/kubernetes PR 94444; a full tmpfs broke 93 % of answers; an nginx of 128 MiB with 4096 connections was killed by a thousand visitors that read nothing.',
    of: (inventory) => {
      const servers = configuredServers(inventory).flatMap((server) => nginxOf(server) ?? []);
      const known = new Set(servers.map(({ container }) => container.container));
      const others = mainContainers(inventory)
        .filter(({ container }) => !known.has(container))
        .flatMap((container) => volumesOf(container) ?? []);
      return [...others, ...servers].filter(({ container }) => memoryLimitOf(container) !== undefined);
    },
    check: ({ container, bytes, share, parts, fix }) => {
      const limit = memoryLimitOf(container) ?? 0;
      return when(!(bytes <= share * limit), {
        path: `${container.path}.resources.limits.memory`,
        measured: `${formatBytes(limit)}; ${parts}`,
        expected: `at most ${share} of the limit (${mib(share * limit)})`,
        fix,
      });
    },
  }),
  rule({
    id: 'OOM-004',
    severity: FindingSeverity.WARNING,
    title: 'The heap of a runtime fits the limit',
    why: 'A heap that may grow to the limit leaves nothing for stacks, buffers and the runtime itself.',
    evidence: 'Node.js --max-old-space-size, Go GOMEMLIMIT and Java -Xmx bound the heap only.',
    of: (inventory) =>
      mainContainers(inventory).flatMap((container) => {
        const limit = memoryLimitOf(container);
        if (limit === undefined) return [];
        return heapBounds(container, inventory, limit).map((heap) => ({
          object: container.object,
          container,
          heap,
        }));
      }),
    check: ({ container, heap }): Problem[] => {
      const limit = memoryLimitOf(container) ?? 0;
      return when(heap.bytes > HEAP_SHARE * limit, {
        path: `${container.path}.${heap.field}`,
        measured: `${heap.what} is ${mib(heap.bytes)} of ${mib(limit)}`,
        expected: `at most ${mib(HEAP_SHARE * limit)}, nine tenths of the limit`,
        fix: 'lower the heap, or raise the limit',
      });
    },
  }),
];

const HEAP_SHARE = 0.9;

/** What is charged to a container, and how much of its limit that may be. */
interface ChargedMemory {
  readonly object: KubernetesObject;
  readonly container: ContainerOf;
  readonly bytes: number;
  readonly share: number;
  readonly parts: string;
  readonly fix: string;
}

/** Part of the limit for volumes in memory where nothing is known of the process. A proposal. */
const VOLUME_SHARE = 0.5;

function volumesOf(container: ContainerOf): ChargedMemory | undefined {
  const volumes = memoryVolumes(container);
  if (volumes.length === 0) return undefined;
  return {
    object: container.object,
    container,
    bytes: sumOf(volumes),
    share: VOLUME_SHARE,
    parts: volumes
      .map(({ what, bytes }) => `${what} ${Number.isNaN(bytes) ? 'without a size' : mib(bytes)}`)
      .join(' + '),
    fix: 'give the volume a smaller sizeLimit, or raise the limit',
  };
}

function nginxOf(server: Nginx): ChargedMemory | undefined {
  const use = nginxMemory(server, sumOf(memoryVolumes(server.container)));
  if (!use) return undefined;
  const bytes = nginxWorstCaseBytes(use);
  return {
    object: server.object,
    container: server.container,
    bytes,
    share: NGINX_MEMORY_SHARE,
    parts: Number.isNaN(bytes)
      ? 'a zone or a volume in memory without a size'
      : `${server.source?.configMap.name}/${server.source?.key} allows ${mib(bytes)}: ${explainNginxMemory(use)}`,
    fix: 'lower worker_connections, the buffers, zones or volumes, or raise the limit',
  };
}

const sumOf = (parts: ReadonlyArray<{ readonly bytes: number }>) =>
  parts.reduce((total, { bytes }) => total + bytes, 0);

function memoryVolumes({ workload, container }: ContainerOf): Array<{ what: string; bytes: number }> {
  const mounted = new Set(recordsAt(container, 'volumeMounts').map((mount) => mount.name));
  return recordsAt(workload.pod, 'volumes').flatMap((volume) => {
    const emptyDir = recordAt(volume, 'emptyDir');
    if (emptyDir?.medium !== 'Memory' || !mounted.has(volume.name)) return [];
    const bytes = parseBytes(textAt(emptyDir, 'sizeLimit') ?? '') ?? NaN;
    return [{ what: `volume ${String(volume.name)}`, bytes }];
  });
}
