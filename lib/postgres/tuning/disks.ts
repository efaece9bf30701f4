import { MIB } from '../../units/quantity';
import { PostgresDisk } from '../postgres-workload';

/** What a kind of disk bears. Costs and concurrency are PGTune's; the rest are proposals. */
export interface DiskTuning {
  readonly randomPageCost: string;
  /** Requests that the disk answers at once; Postgres takes at most 1000. */
  readonly concurrency: number;
  readonly vacuumCostLimit: number;
  /** WAL that a recovery replays in a second, at the least. */
  readonly redoBytesPerSecond: number;
  /** Writing, and not the CPU, is what holds transactions up: it pays to compress full pages. */
  readonly compressWal: boolean;
  readonly name: string;
}

export const DISKS: Readonly<Record<PostgresDisk, DiskTuning>> = {
  [PostgresDisk.HDD]: {
    randomPageCost: '4',
    concurrency: 2,
    vacuumCostLimit: 200,
    redoBytesPerSecond: 4 * MIB,
    compressWal: true,
    name: 'spinning disks',
  },
  [PostgresDisk.SAN]: {
    randomPageCost: '1.1',
    concurrency: 300,
    vacuumCostLimit: 1000,
    redoBytesPerSecond: 16 * MIB,
    compressWal: true,
    name: 'storage arrays',
  },
  [PostgresDisk.SSD]: {
    randomPageCost: '1.1',
    concurrency: 200,
    vacuumCostLimit: 1000,
    redoBytesPerSecond: 16 * MIB,
    compressWal: false,
    name: 'SSD and network volumes',
  },
  [PostgresDisk.NVME]: {
    randomPageCost: '1.1',
    concurrency: 1000,
    vacuumCostLimit: 2000,
    redoBytesPerSecond: 32 * MIB,
    compressWal: false,
    name: 'local NVMe',
  },
};
