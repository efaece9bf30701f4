import { formatBytes } from '../../units/quantity';
import { MIB } from '../../units/quantity';
import type { ImageCapabilities } from '../image-capabilities';
import type { ComputedParameter, ParameterProblem } from '../postgres-parameters';
import { formatSize, formatTime } from '../postgres-units';
import type { DiskTuning } from './disks';
import { computed, fixed, floorTo, type Setting } from './setting';
import type { WorkloadTuning } from './workloads';

const WAL_SEGMENT = 16 * MIB;
/** Part of a volume that data and WAL share, for WAL (reference: postgres.md, PG-WAL-1; a proposal). */
const WAL_PART = 0.2;
/** Time that a start gets at the least. A proposal: CloudNativePG's. */
const USUAL_STARTUP_SECONDS = 3600;

export interface WalInput {
  readonly volumeBytes: number;
  readonly workload: WorkloadTuning;
  readonly disk: DiskTuning;
  readonly major: number;
  readonly image: ImageCapabilities;
  /** Time that a start may take, when the user says so. */
  readonly startupSeconds?: number;
  readonly parameters: Readonly<Partial<Record<ComputedParameter, number>>>;
}

export interface Wal {
  readonly maxWal: number;
  readonly minWal: number;
  /** Time that the replay of `max_wal_size` takes at the disk's least pace. */
  readonly recoverySeconds: number;
  /** Time that a start may take. */
  readonly startupSeconds: number;
  readonly problems: readonly ParameterProblem[];
}

export function solveWal({ volumeBytes, workload, disk, startupSeconds, parameters }: WalInput): Wal {
  const replayed = startupSeconds === undefined ? Infinity : startupSeconds * disk.redoBytesPerSecond;
  const maxWal =
    parameters.max_wal_size ??
    floorTo(Math.min(workload.maxWal, WAL_PART * volumeBytes, replayed), 2 * WAL_SEGMENT);
  const minWal = parameters.min_wal_size ?? Math.max(2 * WAL_SEGMENT, floorTo(maxWal / 4, 2 * WAL_SEGMENT));
  const recoverySeconds = Math.ceil(maxWal / disk.redoBytesPerSecond);
  const problems: ParameterProblem[] = [];
  for (const name of ['max_wal_size', 'wal_keep_size', 'max_slot_wal_keep_size'] as const) {
    const size = parameters[name];
    if (size !== undefined && size > volumeBytes / 2) {
      problems.push({
        name,
        value: formatSize(size),
        allowed: `WAL shares the volume of ${formatBytes(volumeBytes)} with the data; allowed: at most half of it`,
      });
    }
  }
  if (minWal >= maxWal) {
    const given = parameters.min_wal_size === undefined ? 'max_wal_size' : 'min_wal_size';
    problems.push({
      name: given,
      value: formatSize(parameters[given] ?? maxWal),
      allowed: `min_wal_size ${formatSize(minWal)} must be below max_wal_size ${formatSize(maxWal)}`,
    });
  }
  if (maxWal > replayed) {
    problems.push({
      name: 'max_wal_size',
      value: formatSize(maxWal),
      allowed: `a recovery replays it in ${recoverySeconds} s, and the start may take ${startupSeconds} s: it would be killed and begin anew; lower it, or raise startupTime`,
    });
  }
  return {
    maxWal,
    minWal,
    recoverySeconds,
    startupSeconds: startupSeconds ?? Math.max(USUAL_STARTUP_SECONDS, recoverySeconds),
    problems,
  };
}

export function walSettings(
  input: WalInput,
  { maxWal, minWal, recoverySeconds, startupSeconds }: Wal,
  walBuffers: number,
): Setting[] {
  const { workload, volumeBytes, disk } = input;
  const bound =
    maxWal === workload.maxWal
      ? 'what the workload needs; it'
      : maxWal < floorTo(WAL_PART * volumeBytes, 2 * WAL_SEGMENT)
        ? 'what a recovery can replay within the time of a start; it'
        : 'a fifth of the volume, which';
  return [
    ...computed('WAL', [
      ['wal_buffers', formatSize(walBuffers), '3 % of shared_buffers, at most one segment of 16MB'],
      [
        'max_wal_size',
        formatSize(maxWal),
        `${bound} has ${formatBytes(volumeBytes)} for data and WAL; a recovery replays it in at most ${recoverySeconds} s, and a start may take ${startupSeconds} s`,
      ],
      [
        'min_wal_size',
        formatSize(minWal),
        'a quarter of max_wal_size: segments are reused instead of made anew',
      ],
      ['max_slot_wal_keep_size', formatSize(maxWal), 'an abandoned replication slot cannot fill the volume'],
      ...compression(input, disk),
    ]),
    ...fixed('WAL', [
      ['checkpoint_timeout', formatTime(15 * 60_000), 'fewer full-page writes than with the default of 5min'],
      ['checkpoint_completion_target', '0.9', 'checkpoints are spread over the time between them'],
    ]),
  ];
}

/**
 * Compressed full pages are 70 % less WAL for 12 % more CPU in the minutes after a checkpoint (reference: postgres.md
 * §7): worth it where the disk is what transactions wait for.
 */
function compression({ major, image }: WalInput, disk: DiskTuning): Array<readonly [string, string, string]> {
  // Until 14 it is a switch, for pglz.
  const method = major < 15 ? 'on' : image.lz4 ? 'lz4' : 'pglz';
  return [
    [
      'wal_compression',
      disk.compressWal ? method : 'off',
      disk.compressWal
        ? `on ${disk.name} writing costs more than compressing`
        : `on ${disk.name} the CPU is short before the WAL is`,
    ],
    ...(image.lz4 && major >= 14
      ? [
          [
            'default_toast_compression',
            'lz4',
            'large values pack and unpack with less CPU than with pglz',
          ] as const,
        ]
      : []),
  ];
}
