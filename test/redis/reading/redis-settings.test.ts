import { RedisSettings } from '../../../lib/redis/reading/redis-settings';

test('the last line of a directive holds, and without one the default of the engine', () => {
  const given = new Map([['maxmemory', [['1gb'], ['2gb']]]]);
  const settings = new RedisSettings(given, 'valkey');
  expect(settings.text('maxmemory')).toBe('2gb');
  expect(settings.uses('maxmemory')).toEqual([['1gb'], ['2gb']]);
  expect(settings.number('tcp-backlog')).toBe(511);
  expect(settings.text('save')).toBe('3600 1 300 100 60 10000');
  expect(settings.text('lazyfree-lazy-eviction')).toBe('yes');
  expect(new RedisSettings(given, 'redis').text('lazyfree-lazy-eviction')).toBe('no');
});
