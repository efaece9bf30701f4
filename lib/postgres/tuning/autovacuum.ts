import type { DiskTuning } from './disks';
import { computed, fixed, type Setting } from './setting';

/** Workers by CPU: PGTune's. */
export function autovacuumWorkersOf(cores: number): number {
  if (cores >= 32) return 5;
  return cores >= 16 ? 4 : 3;
}

export function autovacuumSettings(workers: number, disk: DiskTuning): Setting[] {
  return [
    ...computed('Autovacuum', [
      ['autovacuum_max_workers', `${workers}`, '3; 4 from 16 CPU on and 5 from 32'],
      [
        'autovacuum_vacuum_cost_limit',
        `${disk.vacuumCostLimit}`,
        disk.vacuumCostLimit > 200
          ? `${disk.name} bear ${disk.vacuumCostLimit / 200} times the default pace`
          : `${disk.name} bear no more than the default pace`,
      ],
    ]),
    ...fixed('Autovacuum', [
      ['autovacuum_vacuum_scale_factor', '0.05', 'clean a table when 5 % of its rows are dead, not 20 %'],
      ['autovacuum_analyze_scale_factor', '0.02', 'fresh statistics when 2 % of the rows have changed'],
    ]),
  ];
}
