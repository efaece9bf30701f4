/** What the other scripts share: the root, running a command, and installing what is missing. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Path of a program that a development dependency brings. */
export function bin(name) {
  return join(root, 'node_modules/.bin', name);
}

/** Runs a command in the project; its output is the user's, unless `quiet`: then it is shown only when it fails. */
export function run(command, args, { quiet = false, env = {}, mayFail = false, cwd = root } = {}) {
  const result = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.error) throw result.error;
  if (result.status !== 0 && quiet) process.stderr.write(`${result.stdout}${result.stderr}`);
  if (result.status !== 0 && !mayFail) process.exit(1);
  return result.status === 0;
}

/** Installs the npm packages of the lockfile, unless they are there. */
export function ensurePackages() {
  const installed = join(root, 'node_modules/.package-lock.json');
  const wanted = join(root, 'package-lock.json');
  const fresh =
    existsSync(installed) &&
    (statSync(installed).mtimeMs >= statSync(wanted).mtimeMs || sameVersions(installed, wanted));
  if (fresh) return;
  console.error('Installing npm packages …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { quiet: true });
}

function sameVersions(installed, wanted) {
  const versions = (file) => {
    const { packages } = JSON.parse(readFileSync(file, 'utf8'));
    return Object.entries(packages)
      .filter(([path, entry]) => path !== '' && !entry.optional)
      .map(([path, entry]) => `${path}@${entry.version}`)
      .sort()
      .join('\n');
  };
  return versions(installed) === versions(wanted);
}
