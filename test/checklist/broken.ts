/** Fields of the passing stack set to something wrong, by the rule that should say so. */
import { find, type Manifest } from '../support/synth';

export interface Breakage {
  readonly what: string;
  readonly breakIt: (objects: Manifest[]) => void;
  /** Exactly the rules that should speak. */
  readonly rules: readonly string[];
}

export const containersOf = (objects: Manifest[], kind: string, name: string): Manifest[] =>
  find(objects, kind, name).spec.template.spec.containers;
export const web = (objects: Manifest[]) => containersOf(objects, 'Deployment', 'shop-web')[0];
const conf = (objects: Manifest[], name: string, key: string, edit: (text: string) => string) => {
  const { data } = find(objects, 'ConfigMap', name);
  const before: string = data[key];
  data[key] = edit(before);
  if (data[key] === before) throw new Error(`${name}/${key} has no such line`);
};
const nginx = (objects: Manifest[], edit: (text: string) => string) =>
  conf(objects, 'edge-proxy', 'nginx.conf', edit);
const redis = (objects: Manifest[], edit: (text: string) => string) =>
  conf(objects, 'data-cache', 'cache.conf', edit);
export const postgres = (objects: Manifest[], edit: (text: string) => string) =>
  conf(objects, 'data-db', 'postgresql.conf', edit);
const pgbouncer = (objects: Manifest[], edit: (text: string) => string) =>
  conf(objects, 'reports-db-pooler', 'pgbouncer.ini', edit);
export const spec = (objects: Manifest[], kind: string, name: string) => find(objects, kind, name).spec;
const hpa = (objects: Manifest[], name: string) => spec(objects, 'HorizontalPodAutoscaler', name);
const spread = (objects: Manifest[]) =>
  spec(objects, 'Deployment', 'shop-web').template.spec.topologySpreadConstraints[0];
export const setEnv = (container: Manifest, name: string, value: string) => {
  container.env = [...(container.env ?? []).filter((one: Manifest) => one.name !== name), { name, value }];
};

/** Takes alerts away. */
const without = (objects: Manifest[], alerts: readonly string[]) => {
  for (const group of find(objects, 'PrometheusRule').spec.groups)
    group.rules = group.rules.filter(({ alert }: { alert?: string }) => !alerts.includes(alert ?? ''));
};

const setScalingTest = (objects: Manifest[], text: string) => {
  const { metadata } = find(objects, 'HorizontalPodAutoscaler', 'shop-web');
  metadata.annotations = { 'cdk8s-tuned/scaling-tested': text };
};

export const BREAKAGES: readonly Breakage[] = [
  {
    what: 'an image called latest',
    breakIt: (all) => (web(all).image = 'registry.example.com/shop:latest'),
    rules: ['REL-005'],
  },
  {
    what: 'an image without a tag',
    breakIt: (all) => (web(all).image = 'registry.example.com:5000/shop'),
    rules: ['REL-005'],
  },
  {
    what: 'half a byte of memory',
    breakIt: (all) => (web(all).resources.requests.memory = '512m'),
    rules: ['COR-007', 'RES-006'],
  },
  {
    what: 'a quantity that is none',
    breakIt: (all) => (web(all).resources.limits.cpu = 'lots'),
    rules: ['RES-006'],
  },
  {
    what: 'a request above its limit',
    breakIt: (all) => (web(all).resources.requests.memory = '1Gi'),
    rules: ['COR-007', 'HPA-004'],
  },
  {
    what: 'a request below the limit of a database',
    breakIt: (all) => (containersOf(all, 'StatefulSet', 'data-db')[0].resources.requests.memory = '8Gi'),
    rules: ['RES-005'],
  },
  {
    what: 'a database in half its container',
    breakIt: (all) => {
      const { resources } = containersOf(all, 'StatefulSet', 'data-db')[0];
      resources.limits.memory = '8Gi';
      resources.requests.memory = '8Gi';
    },
    rules: ['DB-011', 'OOM-001'],
  },
  {
    what: 'ten times the work_mem',
    breakIt: (all) => postgres(all, (text) => text.replace("work_mem = '10MB'", "work_mem = '100MB'")),
    rules: ['OOM-001'],
  },
  {
    what: 'fewer connections than pools',
    breakIt: (all) => postgres(all, (text) => text.replace('max_connections = 200', 'max_connections = 100')),
    rules: ['DB-002'],
  },
  { what: 'larger pools', breakIt: (all) => setEnv(web(all), 'DB_POOL_SIZE', '20'), rules: ['DB-002'] },
  {
    what: 'an unlimited pool',
    breakIt: (all) => setEnv(web(all), 'DB_MAX_OVERFLOW', '-1'),
    rules: ['DB-001'],
  },
  {
    what: 'more replicas than the pools bear',
    breakIt: (all) => (spec(all, 'HorizontalPodAutoscaler', 'shop-web').maxReplicas = 40),
    rules: ['DB-002'],
  },
  {
    what: 'poolers that open more than the database has',
    breakIt: (all) =>
      pgbouncer(all, (text) =>
        text
          .replace(/^default_pool_size = \d+/m, 'default_pool_size = 40')
          .replace(/^max_db_connections = \d+/m, 'max_db_connections = 0'),
      ),
    rules: ['DB-002'],
  },
  {
    what: 'a pooler by session',
    breakIt: (all) =>
      pgbouncer(all, (text) => text.replace('pool_mode = transaction', 'pool_mode = session')),
    rules: ['DB-003'],
  },
  {
    what: 'a pooler without prepared statements',
    breakIt: (all) => pgbouncer(all, (text) => text.replace('max_prepared_statements = 200', '')),
    rules: ['DB-003'],
  },
  {
    what: 'more clients than the poolers take',
    breakIt: (all) =>
      pgbouncer(all, (text) => text.replace(/^max_client_conn = \d+/m, 'max_client_conn = 20')),
    rules: ['DB-007'],
  },
  {
    what: 'WAL as large as the volume',
    breakIt: (all) => postgres(all, (text) => text.replace("max_wal_size = '4GB'", "max_wal_size = '150GB'")),
    rules: ['DB-004'],
  },
  {
    what: 'data at the root of its volume',
    breakIt: (all) =>
      setEnv(containersOf(all, 'StatefulSet', 'data-db')[0], 'PGDATA', '/var/lib/postgresql/data'),
    rules: ['DB-005'],
  },
  {
    what: 'thirty seconds for the last checkpoint',
    breakIt: (all) => (spec(all, 'StatefulSet', 'data-db').template.spec.terminationGracePeriodSeconds = 30),
    rules: ['DB-006'],
  },
  {
    what: 'maxmemory as large as the limit',
    breakIt: (all) => redis(all, (text) => text.replace(/^maxmemory \d+/m, 'maxmemory 2736mb')),
    rules: ['OOM-002'],
  },
  {
    what: 'maxmemory in units of Kubernetes',
    breakIt: (all) => redis(all, (text) => text.replace(/^maxmemory \d+/m, 'maxmemory 2Gi')),
    rules: ['CAC-021', 'OOM-002'],
  },
  {
    what: 'snapshots in the same container',
    breakIt: (all) => redis(all, (text) => text.replace('save ""', 'save 60 10000')),
    rules: ['OOM-002'],
  },
  {
    what: 'a cache that answers with errors',
    breakIt: (all) =>
      redis(all, (text) => text.replace('maxmemory-policy allkeys-lru', 'maxmemory-policy noeviction')),
    rules: ['CAC-002'],
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
  {
    what: 'a password in a ConfigMap',
    breakIt: (all) => redis(all, (text) => `${text}requirepass hunter2\n`),
    rules: ['SEC-003'],
  },
  {
    what: 'a password in a variable',
    breakIt: (all) => setEnv(web(all), 'SMTP_PASSWORD', 'hunter2'),
    rules: ['SEC-003'],
  },
  {
    what: 'a cache that nobody uses',
    breakIt: (all) => {
      for (const name of ['shop-web', 'shop-worker', 'shop-renderer'])
        setEnv(containersOf(all, 'Deployment', name)[0], 'CACHE_HOST', 'elsewhere');
    },
    rules: ['CAC-001'],
  },
  {
    what: 'a cold page fetched by everybody',
    breakIt: (all) => nginx(all, (text) => text.replace('proxy_cache_lock on;', '')),
    rules: ['CAC-003'],
  },
  {
    what: 'an expired page fetched by everybody',
    breakIt: (all) => nginx(all, (text) => text.replace(' updating ', ' ')),
    rules: ['CAC-003'],
  },
  {
    what: 'a private answer that is stored',
    breakIt: (all) => nginx(all, (text) => text.replace(/proxy_no_cache \$is_authorized/, 'proxy_no_cache')),
    rules: ['CAC-004'],
  },
  {
    what: 'private answers that nothing tells apart',
    breakIt: (all) =>
      nginx(all, (text) =>
        text.replace(/^.*proxy_no_cache .*$/m, '').replace(/^.*proxy_cache_bypass .*$/m, ''),
      ),
    rules: ['CAC-004'],
  },
  {
    what: 'a cache as large as its volume',
    breakIt: (all) => nginx(all, (text) => text.replace('max_size=4g', 'max_size=8g')),
    rules: ['CAC-005', 'CAC-010'],
  },
  {
    what: 'temporary files on the volume of the cache',
    breakIt: (all) =>
      nginx(all, (text) =>
        text.replace('proxy_temp_path /tmp/proxy', 'proxy_temp_path /var/cache/nginx/temp'),
      ),
    rules: ['CAC-006'],
  },
  {
    what: 'temporary files in the cache',
    breakIt: (all) => nginx(all, (text) => text.replace('use_temp_path=on', 'use_temp_path=off')),
    rules: ['CAC-006'],
  },
  {
    what: 'the free space of the node',
    breakIt: (all) => nginx(all, (text) => text.replace('use_temp_path=on', 'use_temp_path=on min_free=1g')),
    rules: ['CAC-007'],
  },
  {
    what: 'a lock that ends before the answer',
    breakIt: (all) =>
      nginx(all, (text) => text.replace(/proxy_cache_lock_timeout \w+/, 'proxy_cache_lock_timeout 5s')),
    rules: ['CAC-008'],
  },
  {
    what: 'a page that is dropped while it is valid',
    breakIt: (all) => nginx(all, (text) => text.replace(/inactive=60m use/, 'inactive=5m use')),
    rules: ['CAC-009'],
  },
  {
    what: 'a zone that is full before the cache',
    breakIt: (all) => nginx(all, (text) => text.replace(/keys_zone=pages:\w+/, 'keys_zone=pages:10m')),
    rules: ['CAC-010'],
  },
  {
    what: 'any host in the key',
    breakIt: (all) => nginx(all, (text) => text.replace('server_name shop.example.com', 'server_name _')),
    rules: ['CAC-011'],
  },
  {
    what: 'the method in the key',
    breakIt: (all) =>
      nginx(all, (text) => text.replace('proxy_cache_key $', 'proxy_cache_key $request_method$')),
    rules: ['CAC-012'],
  },
  {
    what: 'an origin that is not heeded',
    breakIt: (all) =>
      nginx(all, (text) =>
        text.replace('proxy_cache pages;', 'proxy_cache pages; proxy_ignore_headers Set-Cookie;'),
      ),
    rules: ['CAC-013'],
  },
  {
    what: 'a page that is compressed for everybody',
    breakIt: (all) => nginx(all, (text) => text.replace('gunzip on;', 'gzip on;')),
    // Compressing takes more memory than unpacking, for every connection.
    rules: ['CAC-014', 'OOM-003'],
  },
  {
    what: 'cached files that threads read',
    breakIt: (all) => nginx(all, (text) => text.replace('sendfile off;', 'sendfile off; aio threads;')),
    rules: ['CAC-015'],
  },
  {
    what: 'captures on an old nginx',
    breakIt: (all) => {
      containersOf(all, 'Deployment', 'edge-proxy')[0].image = 'nginx:1.29.7';
      nginx(all, (text) => text.replace('return 421;', 'return 421 $1;'));
    },
    rules: ['CAC-016'],
  },
  {
    what: 'as many workers as the node has cores',
    breakIt: (all) => nginx(all, (text) => text.replace('worker_processes 1', 'worker_processes auto')),
    rules: ['CAC-017'],
  },
  {
    what: 'fewer descriptors than connections',
    breakIt: (all) =>
      nginx(all, (text) => text.replace(/worker_rlimit_nofile \d+/, 'worker_rlimit_nofile 4096')),
    rules: ['CAC-018'],
  },
  {
    what: 'a location with one header of its own',
    breakIt: (all) =>
      nginx(all, (text) =>
        text.replace(
          'proxy_pass http://compressor;',
          'proxy_set_header X-A a; proxy_pass http://compressor;',
        ),
      ),
    rules: ['CAC-019'],
  },
  {
    what: 'one server that a failure takes away',
    breakIt: (all) => nginx(all, (text) => text.replace(/max_fails=0 resolve/, 'resolve')),
    rules: ['CAC-040'],
  },
  {
    what: 'a drain that outlasts the pod',
    breakIt: (all) =>
      nginx(all, (text) => text.replace('worker_shutdown_timeout 30s', 'worker_shutdown_timeout 5m')),
    rules: ['CAC-041'],
  },
  {
    what: 'a probe that asks the origin',
    breakIt: (all) => {
      containersOf(all, 'Deployment', 'edge-proxy')[0].livenessProbe.httpGet = { path: '/', port: 'http' };
    },
    rules: ['CAC-042'],
  },
  {
    what: 'a zone as large as the container',
    breakIt: (all) => nginx(all, (text) => text.replace(/keys_zone=pages:\w+/, 'keys_zone=pages:500m')),
    rules: ['OOM-003'],
  },
  {
    what: 'more connections than the memory bears',
    breakIt: (all) =>
      nginx(all, (text) =>
        text
          .replace(/worker_connections \d+/, 'worker_connections 4096')
          .replace(/worker_rlimit_nofile \d+/, 'worker_rlimit_nofile 18192'),
      ),
    rules: ['OOM-003'],
  },
  {
    what: 'buffers that are larger than the memory bears for every connection',
    breakIt: (all) => nginx(all, (text) => text.replace(/proxy_buffers 8 16k/, 'proxy_buffers 64 16k')),
    rules: ['OOM-003'],
  },
  {
    what: 'a volume in memory as large as the container',
    breakIt: (all) => {
      const shm = spec(all, 'StatefulSet', 'data-db').template.spec.volumes.find(
        (one: Manifest) => one.name === 'shm',
      );
      shm.emptyDir.sizeLimit = '16Gi';
    },
    rules: ['OOM-003'],
  },
  {
    what: 'a heap as large as the container',
    breakIt: (all) => setEnv(containersOf(all, 'Deployment', 'shop-renderer')[0], 'GOMEMLIMIT', '2GiB'),
    rules: ['OOM-004'],
  },
  {
    what: 'a JVM as large as the container',
    breakIt: (all) => setEnv(web(all), 'JAVA_TOOL_OPTIONS', '-Xms64m -Xmx512m'),
    rules: ['OOM-004'],
  },
  {
    what: 'a Node.js heap as large as the container',
    breakIt: (all) => setEnv(web(all), 'NODE_OPTIONS', '--max-old-space-size=512'),
    rules: ['OOM-004'],
  },
  {
    what: 'one question for two probes',
    breakIt: (all) => {
      const container = web(all);
      container.livenessProbe = { ...container.readinessProbe };
    },
    rules: ['PRB-003'],
  },
  {
    what: 'a probe on a port that is not there',
    breakIt: (all) => (web(all).readinessProbe.httpGet.port = 'htpp'),
    rules: ['PRB-004'],
  },
  {
    what: 'a probe that takes longer than its period',
    breakIt: (all) => (web(all).livenessProbe.timeoutSeconds = 60),
    rules: ['PRB-004'],
  },
  {
    what: 'no time after the hook',
    breakIt: (all) => (spec(all, 'Deployment', 'shop-web').template.spec.terminationGracePeriodSeconds = 10),
    rules: ['PRB-005'],
  },
  {
    what: 'replicas under an autoscaler',
    breakIt: (all) => (spec(all, 'Deployment', 'shop-web').replicas = 3),
    rules: ['HPA-002'],
  },
  {
    what: 'two autoscalers on one target',
    breakIt: (all) =>
      all.push({
        ...structuredClone(find(all, 'HorizontalPodAutoscaler', 'shop-web')),
        metadata: { name: 'second', namespace: 'shop-prod' },
      }),
    rules: ['HPA-002', 'SCALE-001'],
  },
  {
    what: 'one replica',
    breakIt: (all) => (spec(all, 'HorizontalPodAutoscaler', 'shop-web').minReplicas = 1),
    rules: ['HPA-003'],
  },
  {
    what: 'nothing to scale',
    breakIt: (all) => (spec(all, 'HorizontalPodAutoscaler', 'shop-web').maxReplicas = 4),
    rules: ['HPA-003', 'SCALE-001'],
  },
  {
    what: 'a target that the limit makes unreachable',
    breakIt: (all) =>
      (spec(all, 'HorizontalPodAutoscaler', 'shop-web').metrics[0].resource.target.averageUtilization = 400),
    rules: ['HPA-004'],
  },
  {
    what: 'replicas that follow every dip',
    breakIt: (all) => {
      const { scaleDown } = spec(all, 'HorizontalPodAutoscaler', 'shop-web').behavior;
      scaleDown.stabilizationWindowSeconds = 0;
      scaleDown.policies = [{ type: 'Percent', value: 100, periodSeconds: 15 }];
    },
    rules: ['HPA-005'],
  },
  {
    what: 'scaling up forbidden',
    breakIt: (all) =>
      (spec(all, 'HorizontalPodAutoscaler', 'shop-web').behavior.scaleUp.selectPolicy = 'Disabled'),
    rules: ['HPA-005', 'SCALE-001'],
  },
  {
    what: 'a VPA on what the HPA measures',
    breakIt: (all) => (spec(all, 'VerticalPodAutoscaler', 'shop-web').updatePolicy.updateMode = 'Recreate'),
    rules: ['HPA-006'],
  },
  {
    what: 'a VPA in mode Auto',
    breakIt: (all) => (spec(all, 'VerticalPodAutoscaler', 'shop-worker').updatePolicy.updateMode = 'Auto'),
    rules: ['VPA-001'],
  },
  {
    what: 'a VPA for nobody',
    breakIt: (all) => (spec(all, 'VerticalPodAutoscaler', 'shop-worker').targetRef.name = 'shop-wroker'),
    rules: ['VPA-002'],
  },
  {
    what: 'a budget that allows no eviction',
    breakIt: (all) => {
      const own = spec(all, 'PodDisruptionBudget', 'shop-web');
      delete own.maxUnavailable;
      own.minAvailable = 3;
    },
    rules: ['REL-001', 'REL-008'],
  },
  {
    what: 'a budget of all replicas in percent',
    breakIt: (all) => {
      const own = spec(all, 'PodDisruptionBudget', 'shop-web');
      delete own.maxUnavailable;
      own.minAvailable = '100%';
    },
    rules: ['REL-001', 'REL-008'],
  },
  {
    what: 'a rollout below capacity',
    breakIt: (all) => (spec(all, 'Deployment', 'shop-web').strategy.rollingUpdate.maxUnavailable = '25%'),
    rules: ['REL-004'],
  },
  {
    what: 'two databases without replication',
    breakIt: (all) => (spec(all, 'StatefulSet', 'data-db').replicas = 2),
    rules: ['REL-002', 'REL-003'],
  },
  {
    what: 'a database open to every address',
    breakIt: (all) =>
      spec(all, 'NetworkPolicy', 'data-db').ingress.push({
        from: [{ ipBlock: { cidr: '0.0.0.0/0' } }],
        ports: [{ port: 5432 }],
      }),
    rules: ['NET-003'],
  },
  {
    what: 'a database that lets its application no longer in',
    breakIt: (all) => (spec(all, 'NetworkPolicy', 'data-db').ingress = []),
    rules: ['NET-002'],
  },
  {
    what: 'a policy for nobody',
    breakIt: (all) => (spec(all, 'NetworkPolicy', 'shop-web').podSelector.matchLabels = { app: 'nobody' }),
    rules: ['NET-001', 'NET-004'],
  },
  {
    what: 'an alert on a metric that nobody serves',
    breakIt: (all) =>
      (find(all, 'PrometheusRule', 'monitoring-performance').spec.groups[1].rules[0].expr =
        'pod_memory_usage_bytes > 1 or cpu > 1'),
    rules: ['MON-003'],
  },
  ...['HighErrorRate', 'HighLatency', 'AutoscalerAtMaximum', 'PostgresConnectionsHigh'].map((alert) => ({
    what: `no ${alert}`,
    breakIt: (all: Manifest[]) => without(all, [alert]),
    rules: ['MON-002'],
  })),
  {
    what: 'no alert on the cache',
    breakIt: (all) => without(all, ['CacheTooSmall', 'CacheRefusesConnections']),
    rules: ['MON-002'],
  },
  {
    what: 'a monitor on a port that is not there',
    breakIt: (all) => (find(all, 'ServiceMonitor', 'shop-web').spec.endpoints[0].port = 'metrics'),
    rules: ['MON-004'],
  },
  {
    what: 'an autoscaler that nobody has tested',
    breakIt: (all) => delete find(all, 'HorizontalPodAutoscaler', 'shop-web').metadata.annotations,
    rules: ['SCALE-001'],
  },
  {
    what: 'a scaling test that cannot be read',
    breakIt: (all) => setScalingTest(all, 'spike:base=30,peak=240; ; unmetLoad<=lots'),
    rules: ['SCALE-001'],
  },
  {
    what: 'a scaling test without a threshold',
    breakIt: (all) => setScalingTest(all, 'spike:base=30,peak=240; capacityPerPod=20; '),
    rules: ['SCALE-001'],
  },
  {
    what: 'a scaling test that its autoscaler fails',
    breakIt: (all) => setScalingTest(all, 'spike:base=30,peak=240; capacityPerPod=20; unmetLoad<=0'),
    rules: ['SCALE-001'],
  },
  {
    what: 'a load test that scales another workload',
    breakIt: (all) => {
      delete find(all, 'HorizontalPodAutoscaler', 'shop-web').metadata.annotations;
      find(all, 'CronJob').metadata.annotations = { 'cdk8s-tuned/forces-scale-up': 'shop-worker' };
    },
    rules: ['SCALE-001'],
  },
  {
    what: 'load tests on top of each other',
    breakIt: (all) => (find(all, 'CronJob').spec.concurrencyPolicy = 'Allow'),
    rules: ['LOAD-001'],
  },
  {
    what: 'a schedule of four fields',
    breakIt: (all) => (find(all, 'CronJob').spec.schedule = '0 4 * *'),
    rules: ['LOAD-001'],
  },
  {
    what: 'a load test that cannot fail',
    breakIt: (all) => {
      const [container] = find(all, 'CronJob').spec.jobTemplate.spec.template.spec.containers;
      container.args = ['wrk', '-t12', '-c400', '-d30s', 'http://shop-web'];
      container.image = 'example.com/wrk:4.2';
    },
    rules: ['LOAD-002'],
  },
  {
    what: 'a privileged container',
    breakIt: (all) => (web(all).securityContext.privileged = true),
    rules: ['SEC-001'],
  },
  {
    what: 'a pod outside AppArmor',
    breakIt: (all) =>
      (spec(all, 'Deployment', 'shop-web').template.spec.securityContext.appArmorProfile = {
        type: 'Unconfined',
      }),
    rules: ['SEC-001'],
  },
  {
    what: 'a type of SELinux that is none of containers',
    breakIt: (all) => (web(all).securityContext.seLinuxOptions = { type: 'spc_t' }),
    rules: ['SEC-001'],
  },
  {
    what: 'a process of the host',
    breakIt: (all) => (web(all).securityContext.windowsOptions = { hostProcess: true }),
    rules: ['SEC-001'],
  },
  {
    what: 'a probe that asks another host',
    breakIt: (all) => (web(all).livenessProbe.httpGet.host = '169.254.169.254'),
    rules: ['SEC-001'],
  },
  {
    what: 'the network of the host',
    breakIt: (all) => (spec(all, 'Deployment', 'shop-web').template.spec.hostNetwork = true),
    rules: ['SEC-001'],
  },
  {
    what: 'a directory of the host',
    breakIt: (all) => {
      spec(all, 'Deployment', 'shop-web').template.spec.volumes.push({
        name: 'host',
        hostPath: { path: '/' },
      });
      web(all).volumeMounts.push({ name: 'host', mountPath: '/host' });
    },
    rules: ['SEC-001'],
  },
  {
    what: 'a capability',
    breakIt: (all) => (web(all).securityContext.capabilities.add = ['SYS_ADMIN']),
    rules: ['SEC-001'],
  },
  { what: 'the user root', breakIt: (all) => (web(all).securityContext.runAsUser = 0), rules: ['SEC-001'] },
  {
    what: 'a writable root file system',
    breakIt: (all) => (web(all).securityContext.readOnlyRootFilesystem = false),
    rules: ['SEC-002'],
  },
  {
    what: 'an object twice',
    breakIt: (all) => all.push(structuredClone(find(all, 'Namespace', 'shop-prod'))),
    rules: ['COR-001'],
  },
  {
    what: 'a selector of other pods',
    breakIt: (all) => (spec(all, 'Deployment', 'shop-web').selector.matchLabels = { app: 'web' }),
    rules: ['COR-002'],
  },
  {
    what: 'a Service to a port that is not there',
    breakIt: (all) => (spec(all, 'Service', 'shop-web').ports[0].targetPort = 9999),
    rules: ['COR-003'],
  },
  {
    what: 'a mount without a volume',
    breakIt: (all) => web(all).volumeMounts.push({ name: 'nowhere', mountPath: '/x' }),
    rules: ['COR-004'],
  },
  {
    what: 'a command with a file that is not there',
    breakIt: (all) =>
      (containersOf(all, 'Deployment', 'edge-proxy')[0].command[2] = '/etc/caching-proxy/ngnix.conf'),
    rules: ['COR-004'],
  },
  {
    what: 'a variable twice',
    breakIt: (all) => web(all).env.push({ name: 'HTTP_TIMEOUT', value: '1' }),
    rules: ['COR-005'],
  },
  {
    what: 'a route to a port that is not there',
    breakIt: (all) => (find(all, 'HTTPRoute').spec.rules[0].backendRefs[0].port = 81),
    rules: ['COR-006'],
  },
  {
    what: 'two autoscalers that count each other’s pods',
    breakIt: (all) => {
      const labels = { 'app.kubernetes.io/component': 'worker' };
      for (const name of ['shop-worker', 'shop-renderer']) {
        spec(all, 'Deployment', name).selector.matchLabels = labels;
      }
    },
    rules: ['COR-009', 'HPA-002', 'REL-009'],
  },
  {
    what: 'an HPA beside a ScaledObject',
    breakIt: (all) => (hpa(all, 'shop-renderer').scaleTargetRef.name = 'jobs-orders'),
    rules: ['HPA-002'],
  },
  {
    what: 'a metric of a container that is not there',
    breakIt: (all) => {
      const [metric] = hpa(all, 'shop-renderer').metrics;
      metric.type = 'ContainerResource';
      metric.containerResource = { ...metric.resource, container: 'rendrer' };
      delete metric.resource;
    },
    rules: ['HPA-004', 'SCALE-001'],
  },
  {
    what: 'a sidecar without a request',
    breakIt: (all) => {
      const pod = spec(all, 'Deployment', 'shop-renderer').template.spec;
      pod.containers.push({
        ...structuredClone(pod.containers[0]),
        name: 'sidecar',
        ports: [],
        resources: { ...pod.containers[0].resources, requests: {}, limits: {} },
      });
    },
    rules: ['HPA-004', 'HPA-012', 'RES-001', 'RES-002', 'RES-003', 'RES-004', 'SCALE-001'],
  },
  {
    what: 'a sidecar that hides a hot container',
    breakIt: (all) => {
      const pod = spec(all, 'Deployment', 'shop-renderer').template.spec;
      pod.containers.push({ ...structuredClone(pod.containers[0]), name: 'sidecar', ports: [] });
    },
    rules: ['HPA-012'],
  },
  {
    what: 'a target that a wide tolerance makes unreachable',
    breakIt: (all) => {
      hpa(all, 'jobs-mails').metrics[0].resource.target.averageUtilization = 350;
      hpa(all, 'jobs-mails').behavior.scaleUp.tolerance = '200m';
    },
    rules: ['HPA-004', 'SCALE-001'],
  },
  {
    what: 'a minimum above the maximum',
    breakIt: (all) => (hpa(all, 'shop-renderer').minReplicas = 9),
    rules: ['HPA-003', 'HPA-007', 'SCALE-001'],
  },
  {
    what: 'an API of the past',
    breakIt: (all) =>
      (find(all, 'HorizontalPodAutoscaler', 'shop-renderer').apiVersion = 'autoscaling/v2beta2'),
    rules: ['HPA-007'],
  },
  {
    what: 'a period of an hour',
    breakIt: (all) => (hpa(all, 'shop-renderer').behavior.scaleUp.policies[0].periodSeconds = 3600),
    rules: ['HPA-007', 'SCALE-001'],
  },
  {
    what: 'a step of nothing',
    breakIt: (all) => (hpa(all, 'shop-renderer').behavior.scaleUp.policies[0].value = 0),
    rules: ['HPA-007', 'SCALE-001'],
  },
  {
    what: 'a window of two hours',
    breakIt: (all) => (hpa(all, 'shop-renderer').behavior.scaleUp.stabilizationWindowSeconds = 7200),
    rules: ['HPA-007', 'SCALE-001'],
  },
  {
    what: 'no policies',
    breakIt: (all) => (hpa(all, 'shop-renderer').behavior.scaleUp.policies = []),
    rules: ['HPA-007', 'SCALE-001'],
  },
  {
    what: 'a resource of a value',
    breakIt: (all) =>
      (hpa(all, 'shop-renderer').metrics[0].resource.target = { type: 'Value', value: '500m' }),
    rules: ['HPA-007', 'SCALE-001'],
  },
  {
    what: 'a DaemonSet that should scale',
    breakIt: (all) => {
      find(all, 'Deployment', 'shop-renderer').kind = 'DaemonSet';
      hpa(all, 'shop-renderer').scaleTargetRef.kind = 'DaemonSet';
    },
    rules: ['HPA-007'],
  },
  {
    what: 'an HPA that sleeps',
    breakIt: (all) => (hpa(all, 'shop-renderer').minReplicas = 0),
    rules: ['HPA-003', 'HPA-008'],
  },
  {
    what: 'a drain of two hours',
    breakIt: (all) =>
      (hpa(all, 'shop-renderer').behavior.scaleDown.policies = [
        { type: 'Pods', value: 1, periodSeconds: 1200 },
      ]),
    rules: ['HPA-009', 'SCALE-001'],
  },
  {
    what: 'replicas that are never removed',
    breakIt: (all) => (hpa(all, 'shop-renderer').behavior.scaleDown.selectPolicy = 'Disabled'),
    rules: ['HPA-009', 'SCALE-001'],
  },
  {
    what: 'steps of half a minute on memory, and a start of two',
    breakIt: (all) => (web(all).startupProbe.failureThreshold = 60),
    rules: ['HPA-010'],
  },
  {
    what: 'a start of ten minutes under CPU',
    breakIt: (all) =>
      (containersOf(all, 'Deployment', 'shop-renderer')[0].startupProbe.failureThreshold = 300),
    rules: ['HPA-011'],
  },
  {
    what: 'a pod that is ready as soon as it runs',
    breakIt: (all) => delete containersOf(all, 'Deployment', 'shop-renderer')[0].startupProbe,
    rules: ['HPA-011'],
  },
  {
    what: 'a tolerance for a cluster that lacks it',
    breakIt: (all) =>
      (find(all, 'HorizontalPodAutoscaler', 'jobs-mails').metadata.annotations[
        'cdk8s-tuned/kubernetes-version'
      ] = '1.34'),
    rules: ['HPA-013'],
  },
  {
    what: 'CPU that should wake up a workload',
    breakIt: (all) => {
      const own = spec(all, 'ScaledObject', 'jobs-orders');
      own.triggers = own.triggers.filter((trigger: Manifest) => trigger.type === 'cpu');
      delete own.fallback;
    },
    rules: ['HPA-014'],
  },
  {
    what: 'an idle workload of one',
    breakIt: (all) => (spec(all, 'ScaledObject', 'jobs-orders').idleReplicaCount = 1),
    rules: ['HPA-014'],
  },
  {
    what: 'a schedule above the maximum',
    breakIt: (all) => (spec(all, 'ScaledObject', 'jobs-orders').triggers[1].metadata.desiredReplicas = '60'),
    rules: ['HPA-014'],
  },
  {
    what: 'a schedule of six fields',
    breakIt: (all) => (spec(all, 'ScaledObject', 'jobs-orders').triggers[1].metadata.start = '0 0 6 * * *'),
    rules: ['HPA-014'],
  },
  {
    what: 'a fallback above the maximum',
    breakIt: (all) => (spec(all, 'ScaledObject', 'jobs-orders').fallback.replicas = 60),
    rules: ['HPA-014'],
  },
  {
    what: 'a web app that sleeps',
    breakIt: (all) => {
      const own = hpa(all, 'shop-web');
      find(all, 'HorizontalPodAutoscaler', 'shop-web').kind = 'ScaledObject';
      find(all, 'ScaledObject', 'shop-web').apiVersion = 'keda.sh/v1alpha1';
      Object.assign(own, {
        minReplicaCount: 0,
        maxReplicaCount: 20,
        metrics: undefined,
        triggers: [{ type: 'kafka', metadata: {} }],
      });
    },
    rules: ['HPA-003'],
  },
  {
    what: 'a password in a trigger',
    breakIt: (all) =>
      (spec(all, 'ScaledObject', 'jobs-orders').triggers[0].metadata.host =
        'amqp://orders:hunter2@queue.shop.svc:5672/'),
    rules: ['HPA-015'],
  },
  {
    what: 'a mode that was rewritten',
    breakIt: (all) =>
      (find(all, 'VerticalPodAutoscaler', 'shop-worker').metadata.annotations = {
        'cdk8s-tuned/rewritten': 'updateMode Auto is now Recreate',
      }),
    rules: ['VPA-003'],
  },
  {
    what: 'one replica that should be evicted',
    breakIt: (all) => {
      hpa(all, 'shop-worker').minReplicas = 1;
      delete spec(all, 'VerticalPodAutoscaler', 'shop-worker').updatePolicy.minReplicas;
    },
    rules: ['HPA-003', 'VPA-004'],
  },
  {
    what: 'requests of a Guaranteed pod that change alone',
    breakIt: (all) => {
      const [container] = containersOf(all, 'Deployment', 'jobs-orders');
      container.resources.limits = { ...container.resources.requests };
      const [policy] = spec(all, 'VerticalPodAutoscaler', 'jobs-orders').resourcePolicy.containerPolicies;
      policy.controlledValues = 'RequestsOnly';
    },
    rules: ['VPA-005'],
  },
  {
    what: 'bounds without room between them',
    breakIt: (all) =>
      (spec(
        all,
        'VerticalPodAutoscaler',
        'shop-worker',
      ).resourcePolicy.containerPolicies[0].minAllowed.memory = '8Gi'),
    rules: ['VPA-006'],
  },
  {
    what: 'a bound below the floor',
    breakIt: (all) =>
      (spec(
        all,
        'VerticalPodAutoscaler',
        'shop-worker',
      ).resourcePolicy.containerPolicies[0].maxAllowed.memory = '128Mi'),
    rules: ['VPA-007'],
  },
  {
    what: 'two VPAs on one target',
    breakIt: (all) =>
      all.push({
        ...structuredClone(find(all, 'VerticalPodAutoscaler', 'shop-worker')),
        metadata: { name: 'second', namespace: 'shop-prod' },
      }),
    rules: ['VPA-008'],
  },
  {
    what: 'a VPA beside resources of the pod',
    breakIt: (all) =>
      (spec(all, 'Deployment', 'shop-worker').template.spec.resources = {
        requests: { cpu: '100m', memory: '128Mi' },
      }),
    rules: ['VPA-008'],
  },
  {
    what: 'resizing on a cluster that nobody names',
    breakIt: (all) => delete find(all, 'VerticalPodAutoscaler', 'jobs-orders').metadata.annotations,
    rules: ['VPA-009'],
  },
  {
    what: 'a feature that is alpha',
    breakIt: (all) =>
      (spec(all, 'VerticalPodAutoscaler', 'shop-worker').startupBoost = {
        cpu: { type: 'Factor', factor: 2 },
      }),
    rules: ['VPA-009'],
  },
  {
    what: 'evictions without a budget',
    breakIt: (all) => {
      const place = all.indexOf(find(all, 'PodDisruptionBudget', 'shop-worker'));
      all.splice(place, 1);
    },
    rules: ['REL-001'],
  },
  {
    what: 'a budget of a number',
    breakIt: (all) => {
      const own = spec(all, 'PodDisruptionBudget', 'shop-web');
      delete own.maxUnavailable;
      own.minAvailable = 1;
    },
    rules: ['REL-008'],
  },
  {
    what: 'a budget of the only replica of what sleeps',
    breakIt: (all) => {
      Object.assign(spec(all, 'ScaledObject', 'jobs-orders'), {
        minReplicaCount: 0,
        idleReplicaCount: undefined,
      });
      const own = spec(all, 'PodDisruptionBudget', 'jobs-orders');
      delete own.maxUnavailable;
      own.minAvailable = 1;
    },
    rules: ['REL-001', 'REL-008', 'VPA-004'],
  },
  {
    what: 'two bounds in one budget',
    breakIt: (all) => (spec(all, 'PodDisruptionBudget', 'shop-web').minAvailable = 1),
    rules: ['REL-008', 'REL-009'],
  },
  {
    what: 'a budget of one release',
    breakIt: (all) => {
      spec(all, 'PodDisruptionBudget', 'shop-web').selector.matchLabels.version = '1.8.2';
      spec(all, 'Deployment', 'shop-web').template.metadata.labels.version = '1.8.2';
    },
    rules: ['REL-009'],
  },
  {
    what: 'a spread over all revisions',
    breakIt: (all) => delete spread(all).matchLabelKeys,
    rules: ['REL-010'],
  },
  {
    what: 'a key in both selectors of a spread',
    breakIt: (all) => spread(all).matchLabelKeys.push('app.kubernetes.io/name'),
    rules: ['REL-011'],
  },
  {
    what: 'domains of a spread that need not hold',
    breakIt: (all) => (spread(all).minDomains = 3),
    rules: ['REL-011'],
  },
  {
    what: 'one pod for each zone',
    breakIt: (all) => {
      const { podAntiAffinity } = spec(all, 'Deployment', 'shop-web').template.spec.affinity;
      const [{ podAffinityTerm }] = podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution;
      podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution = [
        { ...podAffinityTerm, topologyKey: 'topology.kubernetes.io/zone' },
      ];
    },
    rules: ['REL-012'],
  },
  {
    what: 'a rollout that cannot begin',
    breakIt: (all) => (spec(all, 'Deployment', 'shop-web').strategy.rollingUpdate.maxSurge = 0),
    rules: ['REL-013'],
  },
  {
    what: 'a quota below the peak',
    breakIt: (all) => (spec(all, 'ResourceQuota', 'shop').hard.pods = '40'),
    rules: ['RES-007'],
  },
];
