import { PostgresDisk, PostgresWorkload } from 'cdk8s-tuned';
import { compareWithPgTune, REASONS } from '../../apps/pgtune/deviations';
import { pgTune } from '../../apps/pgtune/pgtune';

test('for a web database of 4GB, 2 CPU and SSD PGTune says what it says', () => {
  const settings = pgTune({
    version: 17,
    workload: PostgresWorkload.WEB,
    memoryKb: 4 * 1024 * 1024,
    cpus: 2,
    disk: PostgresDisk.SSD,
  });
  expect(Object.fromEntries(settings)).toEqual({
    max_connections: '200',
    shared_buffers: '1GB',
    effective_cache_size: '3GB',
    maintenance_work_mem: '256MB',
    checkpoint_completion_target: '0.9',
    wal_buffers: '16MB',
    default_statistics_target: '100',
    random_page_cost: '1.1',
    effective_io_concurrency: '200',
    work_mem: '5041kB',
    huge_pages: 'off',
    min_wal_size: '1GB',
    max_wal_size: '4GB',
    wal_compression: 'lz4',
    jit: 'off',
  });
});

describe('over a grid of its inputs', () => {
  const { inputs, refused, deviations } = compareWithPgTune();

  test('every parameter that we set otherwise has its reason, and no reason is left over', () => {
    expect(deviations.filter(({ reason }) => reason === '').map(({ parameter }) => parameter)).toEqual([]);
    expect(deviations.map(({ parameter }) => parameter)).toEqual(Object.keys(REASONS).sort());
  });

  test('few are refused, all of them too small for as many CPU', () => {
    expect(refused.length).toBeLessThan(inputs / 100);
    expect(refused.filter((input) => !input.includes('0.5GB'))).toEqual([]);
  });
});
