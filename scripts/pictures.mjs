/**
 * Draws docs/images/ by the commands that the pages show.
 *
 *   node scripts/pictures.mjs            draws them
 *   node scripts/pictures.mjs --check    fails when they are not what their commands draw
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from './build.mjs';
import { root } from './project.mjs';

/** Pages whose commands draw a picture: `npx cdk8s-tuned … --svg FILE`, over several lines when they end in `\`. */
const PAGES = ['README.md', 'docs/simulator.md'];

/** Arguments of each command that draws, and the file that it names. */
function commands() {
  const drawn = new Map();
  for (const page of PAGES) {
    const text = readFileSync(join(root, page), 'utf8').replace(/\\\n\s*/g, '');
    for (const [, line] of text.matchAll(/^npx cdk8s-tuned (simulate .*--svg .*)$/gm)) {
      const args = line.trim().split(/\s+/);
      drawn.set(args[args.indexOf('--svg') + 1], args);
    }
  }
  return drawn;
}

build();
const program = join(root, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).bin['cdk8s-tuned']);
const scratch = mkdtempSync(join(tmpdir(), 'cdk8s-tuned-pictures-'));
try {
  const stale = [...commands()].flatMap(([file, args]) => {
    const fresh = join(scratch, 'picture.svg');
    const given = args.map((one) => (one === file ? fresh : one));
    execFileSync(process.execPath, [program, ...given], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const picture = readFileSync(fresh, 'utf8');
    const target = join(root, file);
    return existsSync(target) && readFileSync(target, 'utf8') === picture ? [] : [[file, picture]];
  });
  if (!process.argv.includes('--check')) {
    for (const [file, picture] of stale) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), picture);
    }
  } else if (stale.length > 0) {
    console.error(
      `not what their commands draw: ${stale.map(([file]) => file).join(', ')}; run \`npm run pictures\``,
    );
    process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
