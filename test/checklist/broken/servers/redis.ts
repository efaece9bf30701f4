/** Directives, probes and clients that do not go with a cache. */
import { type Breakage, containersOf, redis, setEnv, spec } from '../breakage';

export const REDIS_BREAKAGES: readonly Breakage[] = [
  {
    what: 'maxmemory in units of Kubernetes',
    breakIt: (all) => redis(all, (text) => text.replace(/^maxmemory \d+/m, 'maxmemory 2Gi')),
    rules: ['CAC-021', 'OOM-002'],
  },
  {
    what: 'the default snapshots',
    breakIt: (all) => redis(all, (text) => text.replace('save ""', '')),
    rules: ['CAC-020'],
  },
  {
    what: 'a directive of the other engine',
    breakIt: (all) => redis(all, (text) => `${text}maxmemory-policy allkeys-lrm\n`),
    rules: ['CAC-021'],
  },
  {
    what: 'a directive of a newer version',
    breakIt: (all) => {
      containersOf(all, 'StatefulSet', 'data-cache')[0].image = 'docker.io/valkey/valkey:8.0.1';
      redis(all, (text) => `${text}commandlog-reply-larger-than 1024\n`);
    },
    rules: ['CAC-021'],
  },
  {
    what: 'a command renamed twice',
    breakIt: (all) => redis(all, (text) => `${text}rename-command FLUSHALL ""\nrename-command flushall ""\n`),
    rules: ['CAC-021'],
  },
  {
    what: 'more I/O threads than CPUs',
    breakIt: (all) => redis(all, (text) => `${text}io-threads 4\n`),
    rules: ['CAC-022'],
  },
  {
    what: 'a ready cache that is loading',
    breakIt: (all) =>
      (containersOf(all, 'StatefulSet', 'data-cache')[0].readinessProbe.exec.command = [
        'valkey-cli',
        'ping',
      ]),
    rules: ['CAC-023'],
  },
  {
    what: 'a cache that is killed while it is loading',
    breakIt: (all) =>
      (containersOf(all, 'StatefulSet', 'data-cache')[0].livenessProbe.exec.command = [
        'sh',
        '-c',
        'test "$(valkey-cli -h 127.0.0.1 ping)" = PONG',
      ]),
    rules: ['CAC-023'],
  },
  {
    what: 'a password among arguments',
    breakIt: (all) => containersOf(all, 'StatefulSet', 'data-cache')[0].args.push('--requirepass', 'hunter2'),
    rules: ['CAC-024'],
  },
  {
    what: 'a password in a probe',
    breakIt: (all) =>
      (containersOf(all, 'StatefulSet', 'data-cache')[0].startupProbe.exec.command = [
        'valkey-cli',
        '-a',
        'hunter2',
        'ping',
      ]),
    rules: ['CAC-024'],
  },
  {
    what: 'a renamed CONFIG',
    breakIt: (all) => redis(all, (text) => `${text}rename-command CONFIG ""\n`),
    rules: ['CAC-025'],
  },
  {
    what: 'a queue of connections that no kernel grants',
    breakIt: (all) => redis(all, (text) => `${text}tcp-backlog 4096\n`),
    rules: ['CAC-026'],
  },
  {
    what: 'huge pages left to the node',
    breakIt: (all) => redis(all, (text) => text.replace('disable-thp yes', 'disable-thp no')),
    rules: ['CAC-027'],
  },
  {
    what: 'an init container that changes the kernel',
    breakIt: (all) => {
      const { spec: pod } = spec(all, 'StatefulSet', 'data-cache').template;
      const [cache] = pod.containers;
      pod.initContainers = [
        {
          name: 'sysctl',
          image: cache.image,
          command: ['sysctl', '-w', 'vm.overcommit_memory=1'],
          resources: cache.resources,
          securityContext: cache.securityContext,
        },
      ];
    },
    rules: ['CAC-027'],
  },
  {
    what: 'two caches behind one Service',
    breakIt: (all) => (spec(all, 'StatefulSet', 'data-cache').replicas = 2),
    rules: ['CAC-028', 'REL-002'],
  },
  {
    what: 'a client that may take all memory',
    breakIt: (all) =>
      redis(all, (text) =>
        text.replace(
          /^client-output-buffer-limit normal .*$/m,
          '$&\nclient-output-buffer-limit normal 0 0 0',
        ),
      ),
    rules: ['CAC-029'],
  },
  {
    what: 'clients that may take all memory together',
    breakIt: (all) => redis(all, (text) => text.replace(/^maxmemory-clients .*$/m, 'maxmemory-clients 0')),
    rules: ['CAC-029'],
  },
  {
    what: 'jobs in a cache',
    breakIt: (all) =>
      setEnv(
        containersOf(all, 'Deployment', 'shop-worker')[0],
        'CELERY_BROKER_URL',
        'redis://data-cache:6379/0',
      ),
    rules: ['CAC-030'],
  },
  {
    what: 'ten seconds for a Redis that waits for ten',
    breakIt: (all) =>
      (spec(all, 'StatefulSet', 'data-cache').template.spec.terminationGracePeriodSeconds = 10),
    rules: ['CAC-031'],
  },
  {
    what: 'a cache in the clear for another namespace',
    breakIt: (all) =>
      spec(all, 'NetworkPolicy', 'data-cache').ingress.push({
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } },
            podSelector: { matchLabels: { app: 'web' } },
          },
        ],
        ports: [{ port: 6379, protocol: 'TCP' }],
      }),
    rules: ['CAC-032'],
  },
];
