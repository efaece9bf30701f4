/**
 * Regenerates `imports/` from CustomResourceDefinitions with `cdk8s import`.
 *
 *   node scripts/imports.mjs            from the files in ../shared/schemas/crds (structure only: names and types)
 *   node scripts/imports.mjs --check    fails when `imports/` is not what the generator writes
 *
 * `cdk8s.yaml` names the official addresses of the same definitions, for `npx cdk8s import`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const crds = join(root, '../shared/schemas/crds');

/** A file of `imports/` and the definitions it is made of: one file per API group. */
const GROUPS = {
  'autoscaling.k8s.io': ['autoscaling.k8s.io_verticalpodautoscalers'],
  'gateway.networking.k8s.io': ['gateway.networking.k8s.io_httproutes'],
  'keda.sh': ['keda.sh_scaledobjects', 'keda.sh_triggerauthentications'],
  'monitoring.coreos.com': [
    'monitoring.coreos.com_podmonitors',
    'monitoring.coreos.com_prometheusrules',
    'monitoring.coreos.com_servicemonitors',
  ],
};

/** Writes the imports into a directory. */
export function generateImports(output) {
  const scratch = mkdtempSync(join(tmpdir(), 'cdk8s-tuned-imports-'));
  try {
    for (const [group, files] of Object.entries(GROUPS)) {
      const document = join(scratch, `${group}.yaml`);
      writeFileSync(
        document,
        files.map((file) => readFileSync(join(crds, `${file}.yaml`), 'utf8')).join('\n---\n'),
      );
      execFileSync(
        process.execPath,
        [
          join(root, 'node_modules/cdk8s-cli/bin/cdk8s'),
          'import',
          document,
          '--language',
          'typescript',
          '--output',
          output,
          '--no-save',
          '--no-check-upgrade',
        ],
        { cwd: scratch, stdio: ['ignore', 'ignore', 'inherit'] },
      );
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Names of the files that differ between `imports/` and what the generator writes. */
export function staleImports() {
  const fresh = mkdtempSync(join(tmpdir(), 'cdk8s-tuned-imports-check-'));
  try {
    generateImports(fresh);
    const read = (directory, file) =>
      existsSync(join(directory, file)) ? readFileSync(join(directory, file), 'utf8') : undefined;
    const files = new Set([...readdirSync(fresh), ...readdirSync(join(root, 'imports'))]);
    return [...files].sort().filter((file) => read(fresh, file) !== read(join(root, 'imports'), file));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!existsSync(crds)) {
    console.error(
      'imports: ../shared/schemas/crds is absent; use `npx cdk8s import`, which reads the addresses in cdk8s.yaml',
    );
    process.exit(1);
  }
  if (process.argv.includes('--check')) {
    const stale = staleImports();
    if (stale.length > 0) {
      console.error(
        `imports/ is not what its generator writes: ${stale.join(', ')}; run \`npm run imports\``,
      );
      process.exit(1);
    }
  } else {
    generateImports(join(root, 'imports'));
  }
}
