import { FindingSeverity } from '../../../finding/finding';
import { fieldThatSays } from '../../../inventory/command-line';
import { listAt, numberAt, recordAt, recordsAt } from '../../../inventory/json';
import { relationsOf } from '../../../inventory/relations';
import { TERMINATION_SLACK_SECONDS } from '../../../pod/termination-sizing';
import { parseRedisSize } from '../../../redis/configuration/redis-conf';
import { type EngineTarget, refusalOf, targetOfImage } from '../../../redis/configuration/redis-directives';
import { queuesByServer } from '../../../redis/reading/queues';
import { type RedisInstance, redisInstances, redisServers } from '../../../redis/reading/redis-instances';
import { loneCache, toOnePod } from '../../one-pod';
import { type Problem, type Rule, rule, when } from '../../rule';

const fileOf = ({ source }: Pick<RedisInstance, 'source'>, name: string) =>
  source ? `data.${source.key}: ${name}` : 'spec';

/** Command and arguments of a container in one text. */
const commandOf = (container: unknown) =>
  [...listAt(container, 'command'), ...listAt(container, 'args')].map(String).join(' ');

const probeCommand = (container: unknown, probe: string) =>
  listAt(container, probe, 'exec', 'command').map(String).join(' ');

function targetOf({ image }: RedisInstance): EngineTarget {
  const { engine, version } = targetOfImage(image);
  return { engine: engine ?? 'redis', version };
}

const THREADS_FROM_CORES = 4;
/** Longest queue of connections that every kernel grants. */
const GRANTED_BACKLOG = 511;
const DEFAULT_GRACE_SECONDS = 30;

export const REDIS_RULES: readonly Rule[] = [
  rule({
    id: 'CAC-020',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'A Redis says whether it writes snapshots',
    why: 'Without a save directive the servers write snapshots by default: the process forks, and pages that change meanwhile are held twice.',
    evidence: 'A snapshot under load copied 69 of 98 MB.',
    of: redisInstances,
    check: (one) =>
      when(!one.settings.has('save'), {
        path: fileOf(one, 'save'),
        measured: `not set: ${one.settings.text('save')}`,
        expected: 'save "", or the snapshots that are meant',
        fix: 'add save "" to a cache',
      }),
  }),
  rule({
    id: 'CAC-021',
    severity: FindingSeverity.ERROR,
    title: 'A Redis reads every line of its configuration',
    why: 'A directive that the engine or its version does not know, a size in units of Kubernetes or a command renamed twice is fatal when it starts.',
    evidence:
      'Redis 7.0.15 and Valkey 8.0.1 were started with each; redis.io and valkey.io for what came later.',
    of: redisInstances,
    check: (one) => {
      const target = targetOf(one);
      const refused = [...one.settings.all].flatMap(([name, uses]) =>
        uses.flatMap((args) => refusalOf(name, args, target) ?? []),
      );
      const renamed = one.settings.uses('rename-command').map(([name]) => (name ?? '').toLowerCase());
      const twice = renamed.filter((name, index) => renamed.indexOf(name) < index);
      return [...refused, ...twice.map((name) => `rename-command ${name} is there twice`)].map(
        (measured): Problem => ({
          path: fileOf(one, measured.split(' ')[0]),
          measured,
          expected: 'directives of this engine and version, sizes in bytes or kb, mb and gb',
          fix: 'correct or remove the line',
        }),
      );
    },
  }),
  rule({
    id: 'CAC-022',
    severity: FindingSeverity.WARNING,
    title: 'I/O threads have CPUs of their own',
    why: 'With fewer CPUs than threads they take turns with the main thread, and every request waits for them.',
    evidence: 'valkey.conf: at least four cores, and fewer threads than cores.',
    of: redisInstances,
    check: (one) => {
      const threads = one.settings.number('io-threads');
      const cores = one.cpuLimitMillis === undefined ? Infinity : one.cpuLimitMillis / 1000;
      const most = cores < THREADS_FROM_CORES ? 1 : cores - 1;
      return when(threads > most, {
        path: fileOf(one, 'io-threads'),
        measured: `${threads} threads at a CPU limit of ${cores}`,
        expected: `at most ${Math.floor(most)}`,
        fix: 'lower io-threads, or raise the CPU limit',
      });
    },
  }),
  rule({
    id: 'CAC-023',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'A Redis that loads its data is alive, and not ready',
    why: 'The client ends with 0 for LOADING too: a readiness probe that does not look at the answer sends requests to a server that refuses them, and a liveness probe that wants PONG restarts one that is loading, so that it begins anew.',
    evidence: 'OT-CONTAINER-KIT/redis-operator 1567, bitnami/charts 6685, webrecorder/browsertrix 1219.',
    of: (inventory) =>
      redisServers(inventory).filter(({ container: { container } }) =>
        /ping/i.test(probeCommand(container, 'readinessProbe') + probeCommand(container, 'livenessProbe')),
      ),
    check: ({ container: { container, path } }) => {
      const [ready, alive] = ['readinessProbe', 'livenessProbe'].map((name) => probeCommand(container, name));
      return [
        ...when(/ping/i.test(ready) && !ready.includes('PONG'), {
          path: `${path}.readinessProbe.exec.command`,
          measured: 'the exit code of ping, which is 0 for LOADING',
          expected: 'a comparison of the answer with PONG',
          fix: `test "$(redis-cli ping)" = PONG`,
        }),
        ...when(alive.includes('PONG') && !alive.includes('LOADING'), {
          path: `${path}.livenessProbe.exec.command`,
          measured: 'PONG only',
          expected: 'LOADING is good too',
          fix: 'accept every answer that a living server gives',
        }),
      ];
    },
  }),
  rule({
    id: 'CAC-024',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'No password is an argument of a Redis or its client',
    why: 'Arguments are in the manifest, in the list of processes and in every log of them.',
    evidence: 'redis-cli warns of it itself.',
    of: (inventory) =>
      redisServers(inventory).flatMap(({ object, workload }) =>
        workload.containers.map((subject) => ({ object, subject })),
      ),
    check: ({ subject: { container, path } }) => {
      const texts = [
        commandOf(container),
        ...['readinessProbe', 'livenessProbe', 'startupProbe'].map((name) => probeCommand(container, name)),
      ];
      const told = texts.some((text) =>
        /(--requirepass|--masterauth|--primaryauth|--pass|(redis|valkey)-cli\b.* -a)\s+(?!")(?!\$)\S/.test(
          text,
        ),
      );
      return when(told, {
        path: `${path}.${fieldThatSays(container, /pass|auth|cli/)}`,
        measured: 'a password',
        expected: 'aclfile, or REDISCLI_AUTH from a Secret',
        fix: 'refer to a Secret, and change the password',
      });
    },
  }),
  rule({
    id: 'CAC-025',
    severity: FindingSeverity.WARNING,
    title: 'Commands are kept from users by ACL, not by renaming',
    why: 'Sentinels, operators and exporters call CONFIG by its name, and stop working.',
    evidence: 'redis/redis 2733, oliver006/redis_exporter 146.',
    of: redisInstances,
    check: (one) => {
      const names = one.settings.uses('rename-command').map(([name]) => (name ?? '').toUpperCase());
      return when(names.includes('CONFIG'), {
        path: fileOf(one, 'rename-command'),
        measured: 'CONFIG is renamed',
        expected: 'users with the rights that they need',
        fix: 'remove it, and give the application a user with -@admin -@dangerous',
      });
    },
  }),
  rule({
    id: 'CAC-026',
    severity: FindingSeverity.WARNING,
    title: 'A longer queue of connections is one that the kernel grants',
    why: 'The kernel cuts tcp-backlog down to net.core.somaxconn of the pod, in silence.',
    evidence: 'redis.conf, tcp-backlog; Kubernetes, unsafe sysctls.',
    of: redisServers,
    check: (one) => {
      const backlog = one.settings.number('tcp-backlog');
      const granted = recordsAt(one.workload.pod, 'securityContext', 'sysctls').find(
        ({ name }) => name === 'net.core.somaxconn',
      );
      const most = granted === undefined ? GRANTED_BACKLOG : Number(granted.value);
      return when(backlog > most, {
        path: fileOf(one, 'tcp-backlog'),
        measured: `${backlog}, and ${granted === undefined ? 'no sysctl' : `net.core.somaxconn=${String(granted.value)}`}`,
        expected: `at most ${most}`,
        fix: 'lower it, or set the sysctl where the nodes allow it',
      });
    },
  }),
  rule({
    id: 'CAC-027',
    severity: FindingSeverity.WARNING,
    title: 'Huge pages are turned off by the server, not on the node',
    why: 'An init container that writes to the kernel has to be privileged, and changes the node for everybody on it; disable-thp needs no rights.',
    evidence: 'bitnami/redis sysctl init container; redis.conf, disable-thp.',
    of: (inventory) => redisServers(inventory).map((server) => ({ object: server.object, server })),
    check: ({ server }) => [
      ...server.workload.containers
        .filter(({ isInit, container }) => isInit && /sysctl|transparent_hugepage/.test(commandOf(container)))
        .map(({ path }): Problem => ({
          path,
          measured: 'an init container that changes the kernel',
          expected: 'disable-thp yes, and vm.overcommit_memory by whoever runs the nodes',
          fix: 'remove it',
        })),
      ...when(server.settings.text('disable-thp') === 'no', {
        path: fileOf(server, 'disable-thp'),
        measured: 'no',
        expected: 'yes',
        fix: 'remove the line',
      }),
    ],
  }),
  rule({
    id: 'CAC-028',
    severity: FindingSeverity.WARNING,
    title: 'Replicas of a Redis replicate it',
    why: 'Several pods behind one Service that know nothing of each other are as many caches: what one was told, the next does not know.',
    evidence: 'Redis, replication: a replica is told of its primary.',
    of: redisServers,
    check: ({ workload }, inventory) =>
      when(workload.maxReplicas > 1 && loneCache(workload, inventory) !== undefined, {
        path: 'spec.replicas',
        measured: `${workload.maxReplicas} pods, and no replicaof and no cluster-enabled`,
        expected: 'one pod, or replication',
        fix: `${toOnePod(workload)}, or set up replication (RedisTopology.sentinel, .cluster)`,
      }),
  }),
  rule({
    id: 'CAC-029',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'A client that does not read cannot take all memory',
    why: 'By default what a client has not read yet is kept without a bound, and maxmemory does not hold against many of them.',
    evidence:
      'redis/redis 6646; slow readers and long pipelines in a memory cgroup of the container’s limit.',
    of: redisInstances,
    check: (one) => {
      const normal = one.settings
        .uses('client-output-buffer-limit')
        .filter(([kind]) => kind === 'normal')
        .at(-1);
      const hard = normal && parseRedisSize(normal[1] ?? '');
      const all = one.settings.text('maxmemory-clients');
      return [
        ...when(hard === undefined || hard === 0, {
          path: fileOf(one, 'client-output-buffer-limit'),
          measured: normal ? `normal ${normal.slice(1).join(' ')}` : 'not set: normal 0 0 0',
          expected: 'a bound, such as normal 64mb 32mb 30',
          fix: 'bound the output buffers of normal clients',
        }),
        ...when(/^0%?$/.test(all), {
          path: fileOf(one, 'maxmemory-clients'),
          measured: 'not set',
          expected: 'a bound for all clients together, such as 10%',
          fix: 'set maxmemory-clients',
        }),
      ];
    },
  }),
  rule({
    id: 'CAC-030',
    severity: FindingSeverity.ERROR,
    title: 'A queue has a Redis of its own',
    why: 'A cache evicts any key when it is full, also a job that nobody has done yet; a server that never evicts answers the cache with errors. The policy is one for all keys.',
    evidence: 'BullMQ and Sidekiq ask for noeviction; fleetyards/fleetyards 4829.',
    of: (inventory) =>
      redisServers(inventory).map((server) => ({
        ...server,
        queues: queuesByServer(inventory).get(server.workload) ?? [],
      })),
    check: ({ queues: names, ...one }) => {
      const policy = one.settings.text('maxmemory-policy');
      return when(names.length > 0 && policy !== 'noeviction', {
        path: fileOf(one, 'maxmemory-policy'),
        measured: `${policy}, and ${names.join(', ')} keep jobs in it`,
        expected: 'a server with noeviction for the queue, and another one for the cache',
        fix: 'run a second server, and lead the queue there',
      });
    },
  }),
  rule({
    id: 'CAC-031',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'A Redis has time to stop',
    why: 'It waits for its replicas and writes what it still holds; killed before that, it loses it.',
    evidence: 'redis.conf, shutdown-timeout.',
    of: redisServers,
    check: (one) => {
      const grace = numberAt(one.workload.pod, 'terminationGracePeriodSeconds') ?? DEFAULT_GRACE_SECONDS;
      const wait = one.settings.number('shutdown-timeout');
      return when(grace < wait + TERMINATION_SLACK_SECONDS, {
        path: `${one.workload.podPath}.terminationGracePeriodSeconds`,
        measured: `${grace} s, and it waits up to ${wait} s`,
        expected: `at least ${wait + TERMINATION_SLACK_SECONDS} s`,
        fix: 'raise the grace period',
      });
    },
  }),
  rule({
    id: 'CAC-032',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'A Redis that other namespaces use speaks TLS',
    why: 'Between namespaces the password and every value cross networks that other teams are on.',
    evidence: 'NSA/CISA hardening guide: encrypt traffic between namespaces.',
    of: (inventory) =>
      redisServers(inventory).map((server) => ({
        ...server,
        strangers: relationsOf(server.workload, inventory).policies.filter((policy) =>
          letsStrangersIn(policy.manifest, portOf(server)),
        ),
      })),
    check: ({ strangers, ...one }) =>
      when(strangers.length > 0 && !one.settings.has('tls-port'), {
        path: fileOf(one, 'tls-port'),
        measured: `no TLS, and ${strangers.map(({ name }) => name).join(', ')} lets other namespaces in`,
        expected: 'tls-port, and port 0',
        fix: 'give it a certificate, or use it from its own namespace only',
      }),
  }),
];

function portOf(server: Pick<RedisInstance, 'settings'>): number {
  return server.settings.number('port');
}

/** Whether a policy lets pods of named or all other namespaces reach a port. */
function letsStrangersIn(policy: unknown, port: number): boolean {
  return recordsAt(policy, 'spec', 'ingress').some(
    (one) =>
      recordsAt(one, 'ports').some((entry) => entry.port === port) &&
      recordsAt(one, 'from').some((peer) => recordAt(peer, 'namespaceSelector') !== undefined),
  );
}
