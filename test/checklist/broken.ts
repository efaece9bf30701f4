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
    rules: ['OOM-002'],
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
    rules: ['CAC-014'],
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
    rules: ['CAC-020'],
  },
  {
    what: 'a drain that outlasts the pod',
    breakIt: (all) =>
      nginx(all, (text) => text.replace('worker_shutdown_timeout 30s', 'worker_shutdown_timeout 5m')),
    rules: ['CAC-021'],
  },
  {
    what: 'a probe that asks the origin',
    breakIt: (all) => {
      containersOf(all, 'Deployment', 'edge-proxy')[0].livenessProbe.httpGet = { path: '/', port: 'http' };
    },
    rules: ['CAC-022'],
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
