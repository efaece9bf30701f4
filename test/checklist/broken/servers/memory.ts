/** Memory that does not fit into the container. */
import type { Manifest } from '../../../support/synth';
import { type Breakage, containersOf, nginx, postgres, redis, setEnv, spec, web } from '../breakage';

export const MEMORY_BREAKAGES: readonly Breakage[] = [
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
    what: 'maxmemory as large as the limit',
    breakIt: (all) => redis(all, (text) => text.replace(/^maxmemory \d+/m, 'maxmemory 4144mb')),
    rules: ['OOM-002'],
  },
  {
    what: 'snapshots in a container that bears the keys without',
    breakIt: (all) =>
      redis(all, (text) =>
        text.replace('save ""', 'save 60 10000').replace(/^maxmemory \d+/m, 'maxmemory 3000mb'),
      ),
    rules: ['OOM-002'],
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
    breakIt: (all) => nginx(all, (text) => text.replace(/proxy_buffers 4 16k/g, 'proxy_buffers 64 16k')),
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
];
