import { formatBytes, MIB } from '../../units/quantity';
import type { ImageCapabilities } from '../image-capabilities';
import type { ComputedParameter, ParameterProblem } from '../parameters/postgres-parameters';
import { formatSize, formatTime } from '../parameters/postgres-units';
import type { DiskTuning } from './disks';
import { computed, fixed, floorTo, type Setting } from './setting';
import type { WorkloadTuning } from './workloads';

const WAL_SEGMENT = 16 * MIB;
/** Part of a volume that data and WAL share, for WAL (reference: postgres.md, PG-WAL-1; a proposal). */
const WAL_PART = 0.2;
/** The same of a volume of its own: `max_wal_size`, and all WAL that is kept. The rest is for what comes in meanwhile. */
const OWN_WAL_PART = 0.3;
const OWN_KEPT_PART = 0.8;
/** WAL that is kept for a standby without a slot, such as a new one. CloudNativePG's default. */
const USUAL_KEEP = 512 * MIB;
/** Time that a start gets at the least. A proposal: CloudNativePG's. */
const USUAL_STARTUP_SECONDS = 3600;

export interface WalInput {
  /** Size of the data volume. */
  readonly volumeBytes: number;
  /** Size of the volume of the WAL; undefined: it shares that of the data. */
  readonly walVolumeBytes?: number;
  /** Whether standbys follow, which need WAL that the server no longer does. */
  readonly hasStandbys?: boolean;
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
  /** WAL that is kept for slots, and for standbys without one. */
  readonly slotKeep: number;
  readonly keep: number;
  /** Time that the replay of `max_wal_size` takes at the disk's least pace. */
  readonly recoverySeconds: number;
  /** Time that a start may take. */
  readonly startupSeconds: number;
  readonly problems: readonly ParameterProblem[];
}

export function solveWal(input: WalInput): Wal {
  const { workload, disk, startupSeconds, parameters } = input;
  const part = walPart(input);
  const replayed = startupSeconds === undefined ? Infinity : startupSeconds * disk.redoBytesPerSecond;
  const maxWal =
    parameters.max_wal_size ?? floorTo(Math.min(workload.maxWal, part, replayed), 2 * WAL_SEGMENT);
  const minWal = parameters.min_wal_size ?? Math.max(2 * WAL_SEGMENT, floorTo(maxWal / 4, 2 * WAL_SEGMENT));
  const recoverySeconds = Math.ceil(maxWal / disk.redoBytesPerSecond);
  const keep =
    parameters.wal_keep_size ??
    (input.hasStandbys === true ? Math.min(USUAL_KEEP, floorTo(maxWal / 2, WAL_SEGMENT)) : 0);
  const slotKeep = parameters.max_slot_wal_keep_size ?? slotKeepOf(input, maxWal, keep);
  const problems = volumeProblems(input, maxWal + keep + slotKeep);
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
    keep,
    slotKeep,
    recoverySeconds,
    startupSeconds: startupSeconds ?? Math.max(USUAL_STARTUP_SECONDS, recoverySeconds),
    problems,
  };
}

/** WAL that may lie on its volume between two checkpoints. */
function walPart({ volumeBytes, walVolumeBytes }: WalInput): number {
  return walVolumeBytes === undefined ? WAL_PART * volumeBytes : OWN_WAL_PART * walVolumeBytes;
}

/** On a volume of its own, all that is left: the longer a standby may be away without being made anew. */
function slotKeepOf({ walVolumeBytes }: WalInput, maxWal: number, keep: number): number {
  return walVolumeBytes === undefined
    ? maxWal
    : Math.max(WAL_SEGMENT, floorTo(OWN_KEPT_PART * walVolumeBytes - maxWal - keep, WAL_SEGMENT));
}

function volumeProblems(
  { volumeBytes, walVolumeBytes, parameters }: WalInput,
  kept: number,
): ParameterProblem[] {
  const given = (['max_wal_size', 'wal_keep_size', 'max_slot_wal_keep_size'] as const).filter(
    (name) => parameters[name] !== undefined,
  );
  const problem = (name: (typeof given)[number], allowed: string) => ({
    name,
    value: formatSize(parameters[name] ?? 0),
    allowed,
  });
  if (walVolumeBytes === undefined) {
    return given
      .filter((name) => (parameters[name] ?? 0) > volumeBytes / 2)
      .map((name) =>
        problem(
          name,
          `WAL shares the volume of ${formatBytes(volumeBytes)} with the data; allowed: at most half of it`,
        ),
      );
  }
  if (kept <= OWN_KEPT_PART * walVolumeBytes) return [];
  return given
    .slice(0, 1)
    .map((name) =>
      problem(
        name,
        `max_wal_size, wal_keep_size and max_slot_wal_keep_size together keep ${formatSize(kept)}; allowed: ${OWN_KEPT_PART * 100} % of the volume of ${formatBytes(walVolumeBytes)}`,
      ),
    );
}

export function walSettings(
  input: WalInput,
  { maxWal, minWal, keep, slotKeep, recoverySeconds, startupSeconds }: Wal,
  walBuffers: number,
): Setting[] {
  const { workload, volumeBytes, walVolumeBytes, disk } = input;
  const room =
    walVolumeBytes === undefined
      ? `has ${formatBytes(volumeBytes)} for data and WAL`
      : `has ${formatBytes(walVolumeBytes)} for WAL`;
  const bound =
    maxWal === workload.maxWal
      ? 'what the workload needs; the volume'
      : maxWal < floorTo(walPart(input), 2 * WAL_SEGMENT)
        ? 'what a recovery can replay within the time of a start; the volume'
        : `${walVolumeBytes === undefined ? 'a fifth' : 'three tenths'} of the volume, which`;
  return [
    ...computed('WAL', [
      ['wal_buffers', formatSize(walBuffers), '3 % of shared_buffers, at most one segment of 16MB'],
      [
        'max_wal_size',
        formatSize(maxWal),
        `${bound} ${room}; a recovery replays it in at most ${recoverySeconds} s, and a start may take ${startupSeconds} s`,
      ],
      [
        'min_wal_size',
        formatSize(minWal),
        'a quarter of max_wal_size: segments are reused instead of made anew',
      ],
      [
        'max_slot_wal_keep_size',
        formatSize(slotKeep),
        'an abandoned replication slot cannot fill the volume',
      ],
      ...(input.hasStandbys === true
        ? [
            [
              'wal_keep_size',
              formatSize(keep),
              'for a standby that has no slot yet; the others follow by theirs',
            ] as const,
          ]
        : []),
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
