/** Where our settings differ from PGTune's, over a grid of its inputs, and why. */
import { Chart, Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import {
  PostgresDisk,
  PostgresVersion,
  PostgresWorkload,
  TunedApp,
  TunedPostgres,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { pgTune } from './pgtune';

export interface Deviation {
  readonly parameter: string;
  /** Inputs of the grid on which the two differ. */
  readonly inputs: number;
  /** One of them, such as `web, 4GB, 2 CPU, ssd, 17`. */
  readonly example: string;
  readonly pgTune: string;
  readonly ours: string;
  readonly reason: string;
}

/** Why we differ, by parameter. */
export const REASONS: Readonly<Record<string, string>> = {
  autovacuum_work_mem:
    'counted for each worker in the memory bound, so a part of the memory and not of a maintenance command; PGTune sets it only from 32GB on',
  huge_pages:
    'only where the pod requests them (`hugePages`): a try on a node that has some, without a request, ends in SIGBUS',
  io_method:
    'io_uring is forbidden by the seccomp profile RuntimeDefault, and the server would not start; workers read instead',
  maintenance_work_mem:
    'at most 2GB, and 1/16 for warehouses too: the command must fit into the tenth of the memory that the bound leaves free',
  max_connections: 'fewer where the memory bound does not bear the usual number with 4MB to sort for each',
  max_parallel_maintenance_workers: 'half of the CPU, rounded down',
  max_parallel_workers: 'fewer where the memory bound would not hold with all of them',
  max_parallel_workers_per_gather: 'half of the CPU, rounded down; none below two CPU',
  max_wal_senders: 'a backup while the server runs needs them',
  max_wal_size: 'at most a fifth of the volume, which data and WAL share: PGTune does not know the volume',
  max_worker_processes: 'at least 8, the default: background workers of extensions are not for queries',
  min_wal_size: 'a quarter of max_wal_size',
  random_page_cost: 'by the disk alone: a warehouse on SSD reads random pages as fast as anybody',
  wal_buffers: 'rounded down to 64kB',
  wal_compression:
    'only where the disk is what transactions wait for (HDD, SAN): lz4 costs 12 % more CPU in the minutes after a checkpoint',
  wal_level: 'a backup while the server runs needs more than minimal',
  work_mem:
    'by the closed bound: all connections at once, each with its plan nodes and hash_mem_multiplier, fit nine tenths of the limit. PGTune gives at least 4MB, also where that is more than there is',
};

const GRID = {
  memoryGiB: [0.5, 1, 2, 4, 8, 16, 32, 64, 128],
  cpus: [1, 2, 4, 5, 16, 32],
  versions: [PostgresVersion.V14, PostgresVersion.V17, PostgresVersion.V18],
} as const;

/** Size of the volume that ours are computed with; PGTune has none. */
export const VOLUME_GIB = 20;

function inputsOfGrid() {
  return GRID.versions.flatMap((version) =>
    Object.values(PostgresWorkload).flatMap((workload) =>
      Object.values(PostgresDisk).flatMap((disk) =>
        GRID.memoryGiB.flatMap((memoryGiB) =>
          GRID.cpus.map((cpus) => ({ version, workload, disk, memoryGiB, cpus })),
        ),
      ),
    ),
  );
}

type GridInput = ReturnType<typeof inputsOfGrid>[number];

/** Our settings; undefined where we refuse the input, as memory that does not bear twenty connections. */
function ours({ version, workload, disk, memoryGiB, cpus }: GridInput): Map<string, string> | undefined {
  const chart = new Chart(new TunedApp({ outdir: '/nowhere' }), 'pgtune');
  const props = {
    version,
    workload,
    disk,
    storage: Size.gibibytes(VOLUME_GIB),
    profile: WorkloadProfile.DATABASE.withMemory(Size.mebibytes(memoryGiB * 1024)).withCpu(
      Cpu.units(cpus),
      Cpu.units(cpus),
    ),
  };
  try {
    return new Map(new TunedPostgres(chart, 'db', props).explain().map(({ name, value }) => [name, value]));
  } catch (error) {
    if (error instanceof Error && error.name === 'InvalidPropsError') return undefined;
    throw error;
  }
}

export interface Comparison {
  readonly inputs: number;
  /** Inputs that PGTune answers and we refuse. */
  readonly refused: readonly string[];
  readonly deviations: readonly Deviation[];
}

/** Every parameter that PGTune sets and we set otherwise; ours is the default of Postgres where we set none. */
export function compareWithPgTune(): Comparison {
  const found = new Map<string, Omit<Deviation, 'reason'>>();
  const refused: string[] = [];
  const inputs = inputsOfGrid();
  for (const input of inputs) {
    const { version, workload, disk, memoryGiB, cpus } = input;
    const shown = `${workload}, ${memoryGiB}GB, ${cpus} CPU, ${disk}, Postgres ${version}`;
    const own = ours(input);
    if (!own) refused.push(shown);
    const theirs = pgTune({
      version: Number(version),
      workload,
      disk,
      cpus,
      memoryKb: memoryGiB * 1024 * 1024,
    });
    for (const [parameter, value] of own ? theirs : []) {
      const mine = own?.get(parameter) ?? 'not set';
      if (mine === value) continue;
      const before = found.get(parameter);
      found.set(parameter, {
        parameter,
        example: shown,
        pgTune: value,
        ours: mine,
        ...before,
        inputs: (before?.inputs ?? 0) + 1,
      });
    }
  }
  const deviations = [...found.values()]
    .map((one) => ({ ...one, reason: REASONS[one.parameter] ?? '' }))
    .sort((a, b) => (a.parameter < b.parameter ? -1 : 1));
  return { inputs: inputs.length, refused, deviations };
}
