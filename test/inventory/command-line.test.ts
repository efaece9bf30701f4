import { commandWords } from '../../lib/inventory/command-line';
import { parsePostgresArguments } from '../../lib/postgres/stateful-set/postgres-conf';
import { parseRedisArguments } from '../../lib/redis/configuration/redis-conf';

test.each([
  ['arguments alone', { args: ['--save', ''] }, ['--save', '']],
  [
    'command and arguments',
    { command: ['postgres'], args: ['-c', 'fsync=off'] },
    ['postgres', '-c', 'fsync=off'],
  ],
  [
    'a script',
    { command: ['sh', '-c'], args: [`exec redis-server --save "" --maxmemory 1gb --requirepass "$PASS"`] },
    ['exec', 'redis-server', '--save', '', '--maxmemory', '1gb', '--requirepass', '$PASS'],
  ],
  [
    'a script of several commands',
    { command: ['/bin/bash', '-ec', 'chown x /data && exec postgres -c "work_mem=4MB"'] },
    ['chown', 'x', '/data', 'exec', 'postgres', '-c', 'work_mem=4MB'],
  ],
  ['numbers, which YAML makes of words', { args: ['-N', 200] }, ['-N', '200']],
  ['nothing', {}, []],
])('%s', (_, container, words) => {
  expect(commandWords(container)).toEqual(words);
});

test('settings of postgres, in each of its spellings', () => {
  const words = [
    'postgres',
    '-c',
    'shared_buffers=3GB',
    '-cfsync=off',
    '--work-mem=4MB',
    '-N',
    '300',
    '-D',
    '/data',
  ];
  expect(Object.fromEntries(parsePostgresArguments(words))).toEqual({
    shared_buffers: '3GB',
    fsync: 'off',
    work_mem: '4MB',
    max_connections: '300',
  });
});

test('directives of redis, each with its arguments', () => {
  const words = [
    'redis-server',
    '/etc/redis.conf',
    '--save',
    '',
    '--client-output-buffer-limit',
    'normal 64mb 32mb 30',
  ];
  expect(Object.fromEntries(parseRedisArguments(words))).toEqual({
    save: [['']],
    'client-output-buffer-limit': [['normal', '64mb', '32mb', '30']],
  });
});
