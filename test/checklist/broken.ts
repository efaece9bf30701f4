/** Fields of the passing stack set to something wrong, by the rule that should say so. */
import { find, type Manifest } from '../support/synth';

export interface Breakage {
  readonly what: string;
  readonly breakIt: (objects: Manifest[]) => void;
  /** Exactly the rules that should speak. */
  readonly rules: readonly string[];
}

const containersOf = (objects: Manifest[], kind: string, name: string): Manifest[] =>
  find(objects, kind, name).spec.template.spec.containers;
const web = (objects: Manifest[]) => containersOf(objects, 'Deployment', 'shop-web')[0];
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
const postgres = (objects: Manifest[], edit: (text: string) => string) =>
  conf(objects, 'data-db', 'postgresql.conf', edit);
const spec = (objects: Manifest[], kind: string, name: string) => find(objects, kind, name).spec;
const setEnv = (container: Manifest, name: string, value: string) => {
  container.env = [...(container.env ?? []).filter((one: Manifest) => one.name !== name), { name, value }];
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
    rules: ['OOM-001'],
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
    rules: ['CAC-005'],
  },
  {
    what: 'a zone as large as the container',
    breakIt: (all) => nginx(all, (text) => text.replace(/keys_zone=pages:\w+/, 'keys_zone=pages:500m')),
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
    rules: ['HPA-002'],
  },
  {
    what: 'one replica',
    breakIt: (all) => (spec(all, 'HorizontalPodAutoscaler', 'shop-web').minReplicas = 1),
    rules: ['HPA-003'],
  },
  {
    what: 'nothing to scale',
    breakIt: (all) => (spec(all, 'HorizontalPodAutoscaler', 'shop-web').maxReplicas = 4),
    rules: ['HPA-003'],
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
    rules: ['HPA-005'],
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
    rules: ['REL-001'],
  },
  {
    what: 'a budget of all replicas in percent',
    breakIt: (all) => {
      const own = spec(all, 'PodDisruptionBudget', 'shop-web');
      delete own.maxUnavailable;
      own.minAvailable = '100%';
    },
    rules: ['REL-001'],
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
      (find(all, 'PrometheusRule').spec.groups[1].rules[0].expr = 'pod_memory_usage_bytes > 1 or cpu > 1'),
    rules: ['MON-003'],
  },
  {
    what: 'a monitor on a port that is not there',
    breakIt: (all) => (find(all, 'ServiceMonitor').spec.endpoints[0].port = 'metrics'),
    rules: ['MON-004'],
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
    breakIt: (all) => all.push(structuredClone(find(all, 'Namespace'))),
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
];
