import { type Amounts, Inventory } from '../inventory/inventory';
import { formatCpu, GIB, MIB } from '../units/quantity';

/** A manifest file of `dist/`, parsed. */
export interface StackFile {
  readonly environment: string;
  readonly stack: string;
  /** Path as the user types it. */
  readonly path: string;
  readonly documents: readonly unknown[];
}

/** One line of the summary: a stack, or all stacks of an environment. */
export interface SummaryRow {
  readonly environment: string;
  readonly stack: string;
  readonly objects: string;
  readonly requestAtMin: string;
  readonly requestAtMax: string;
  readonly path: string;
}

/** What was synthesized: a row per stack, and a total per environment, in the order of the files. */
export function summarize(files: readonly StackFile[]): SummaryRow[] {
  const environments = [...new Set(files.map((file) => file.environment))];
  return environments.flatMap((environment) => {
    const stacks = files.filter((file) => file.environment === environment);
    const all = Inventory.of(stacks.flatMap((file) => file.documents));
    return [
      ...stacks.map(({ stack, path, documents }) => ({
        environment,
        stack,
        ...describe(Inventory.of(documents)),
        path,
      })),
      { environment, stack: 'all', ...describe(all), objects: `${all.objects.length} in all`, path: '' },
    ];
  });
}

function describe(inventory: Inventory): Pick<SummaryRow, 'objects' | 'requestAtMin' | 'requestAtMax'> {
  const none = inventory.workloads.length === 0;
  return {
    objects: [...inventory.countByKind].map(([kind, count]) => `${count} ${kind}`).join(', '),
    requestAtMin: none ? '' : formatAmounts(inventory.totalRequest('min')),
    requestAtMax: none ? '' : formatAmounts(inventory.totalRequest('max')),
  };
}

/** CPU and memory to read, not to parse: memory in Gi with one decimal, or in Mi below that. */
function formatAmounts({ cpuMillis, memoryBytes }: Amounts): string {
  const memory =
    memoryBytes >= GIB ? `${(memoryBytes / GIB).toFixed(1)}Gi` : `${Math.ceil(memoryBytes / MIB)}Mi`;
  return `${formatCpu(cpuMillis)} / ${memory}`;
}
