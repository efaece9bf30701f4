/** Settings of a Postgres that do not go with its pod. */
import { find } from '../../../support/synth';
import { type Breakage, containersOf, postgres, setEnv, spec } from '../breakage';

const line = (name: string, value: string) => (text: string) =>
  text.replace(new RegExp(`^${name} = .*$`, 'm'), `${name} = ${value}`);
const add = (text: string) => (before: string) => `${before}${text}\n`;

export const POSTGRES_BREAKAGES: readonly Breakage[] = [
  {
    what: 'shared buffers of half the container',
    breakIt: (all) => postgres(all, line('shared_buffers', "'8GB'")),
    rules: ['DB-011', 'OOM-001'],
  },
  {
    what: 'shared buffers as a bare number of pages',
    breakIt: (all) => postgres(all, line('shared_buffers', '1048576')),
    rules: ['DB-011', 'OOM-001'],
  },
  {
    what: 'a cache of more than the container',
    breakIt: (all) => postgres(all, line('effective_cache_size', "'24GB'")),
    rules: ['DB-011'],
  },
  {
    what: 'a try for huge pages',
    breakIt: (all) => postgres(all, line('huge_pages', "'try'")),
    rules: ['DB-012'],
  },
  {
    what: 'io_uring under RuntimeDefault',
    breakIt: (all) => postgres(all, line('io_method', "'io_uring'")),
    rules: ['DB-013'],
  },
  {
    what: 'more parallel workers than CPU',
    breakIt: (all) => postgres(all, line('max_parallel_workers', '8')),
    rules: ['DB-014'],
  },
  {
    what: 'fewer processes than parallel workers',
    breakIt: (all) => postgres(all, line('max_worker_processes', '2')),
    rules: ['DB-014'],
  },
  {
    what: 'a database without fsync',
    breakIt: (all) => postgres(all, add('fsync = off')),
    rules: ['DB-015'],
  },
  {
    what: 'a database without autovacuum',
    breakIt: (all) => postgres(all, add("autovacuum = 'off'")),
    rules: ['DB-015'],
  },
  {
    what: 'minimal WAL beside walsenders',
    breakIt: (all) => postgres(all, add('wal_level = minimal')),
    rules: ['DB-016'],
  },
  {
    what: 'a least WAL above the most',
    breakIt: (all) => postgres(all, line('min_wal_size', "'8GB'")),
    rules: ['DB-016'],
  },
  {
    what: 'a slot that keeps WAL for ever',
    breakIt: (all) => postgres(all, line('max_slot_wal_keep_size', '-1')),
    rules: ['DB-016'],
  },
  {
    what: 'no directory for the socket',
    breakIt: (all) => {
      const [container] = containersOf(all, 'StatefulSet', 'data-db');
      container.volumeMounts.find((one: { name: string }) => one.name === 'run').mountPath = '/run/elsewhere';
    },
    rules: ['DB-017'],
  },
  {
    what: 'a minute to recover',
    breakIt: (all) => (containersOf(all, 'StatefulSet', 'data-db')[0].startupProbe.failureThreshold = 6),
    rules: ['DB-018'],
  },
  {
    what: 'a database that trusts everybody',
    breakIt: (all) =>
      setEnv(containersOf(all, 'StatefulSet', 'data-db')[0], 'POSTGRES_HOST_AUTH_METHOD', 'trust'),
    rules: ['DB-019'],
  },
  {
    what: 'a line of pg_hba.conf that trusts a network',
    breakIt: (all) =>
      (find(all, 'ConfigMap', 'data-db').data['pg_hba.conf'] += 'host all all 10.0.0.0/8 trust\n'),
    rules: ['DB-019'],
  },
  {
    what: 'a configuration that nothing reads',
    breakIt: (all) => (spec(all, 'StatefulSet', 'data-db').template.spec.containers[0].args = []),
    rules: ['DB-020'],
  },
];
