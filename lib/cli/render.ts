/** Manifests that only a tool can write: charts by helm, kustomizations by kustomize or kubectl, where these are installed. */
import { spawnSync } from 'child_process';
import { basename } from 'path';
import { UsageError } from './command';

/** What a tool wrote, or why it could not. */
export type Rendered = { readonly text: string } | { readonly error: string };

/** Objects of a chart with its own values. */
export function renderChart(chart: string): Rendered {
  return run(chart, [['helm', ['template', basename(chart), chart]]]);
}

/** Objects of a kustomization. */
export function renderKustomization(directory: string): Rendered {
  return run(directory, [
    ['kustomize', ['build', directory]],
    ['kubectl', ['kustomize', directory]],
  ]);
}

function run(
  what: string,
  commands: ReadonlyArray<readonly [program: string, args: readonly string[]]>,
): Rendered {
  for (const [program, args] of commands) {
    const { error, status, stdout, stderr } = spawnSync(program, args, {
      encoding: 'utf8',
      env: process.env,
      maxBuffer: 1 << 29,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (error && (error as NodeJS.ErrnoException).code === 'ENOENT') continue;
    if (error) return { error: error.message };
    if (status === 0) return { text: stdout };
    return {
      error: `${program} ${args.join(' ')}: ${stderr.trim().split('\n').at(-1) ?? `exit code ${status}`}`,
    };
  }
  const programs = commands.map(([program]) => program).join(' or ');
  throw new UsageError(`--render needs ${programs} for ${what}; install it, or leave --render out`);
}
