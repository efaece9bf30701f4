import { spawnSync } from 'child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync } from 'fs';
import { join } from 'path';
import { ROOT } from '../project/snippets';
import { DIST } from '../support/dist';
import { testUnless } from '../support/skip';
import { filesIn, scratchDirectory } from './both-apps';

const scratch = scratchDirectory();

/** Synthesizes the shop in surroundings of its own; tells what it wrote. */
function synthIn(
  name: string,
  { umask = '022', env = {}, uid }: { umask?: string; env?: object; uid?: number },
) {
  const outdir = join(scratch.path, name, 'dist');
  mkdirSync(join(outdir, '..'));
  for (const directory of [scratch.path, join(outdir, '..')]) chmodSync(directory, 0o777);
  const { status, stderr } = spawnSync('sh', ['-c', `umask ${umask} && exec "$NODE" "$APP"`], {
    encoding: 'utf8',
    uid,
    env: { NODE: process.execPath, APP: join(ROOT, 'build/apps/main.js'), CDK8S_OUTDIR: outdir, ...env },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return filesIn(outdir);
}

test('locale, time zone and umask change no byte', () => {
  const expected = filesIn(DIST);
  const turkish = { LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', TZ: 'Pacific/Kiritimati' };
  expect(synthIn('far', { umask: '077', env: turkish })).toEqual(expected);
  expect(synthIn('near', { umask: '000', env: { LANG: 'C', TZ: 'UTC' } })).toEqual(expected);
});

const OTHER_USER = spawnSync(process.execPath, [
  '-e',
  'process.setuid(65534); require(process.argv[1])',
  join(ROOT, 'build/lib'),
]);
testUnless(OTHER_USER.status === 0 ? undefined : 'no other user can read the library here')(
  'another user writes the same bytes',
  () => {
    expect(synthIn('other', { uid: 65534 })).toEqual(filesIn(DIST));
  },
);

test('`cdk8s synth` of this repository leaves dist/ alone when nothing changed, and lists a copy', () => {
  const files = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.yaml'),
  );
  const [first] = files.map((path) => join(DIST, path));
  utimesSync(first, 1, 1);
  const { status, stdout } = spawnSync(
    join(ROOT, 'node_modules/.bin/cdk8s'),
    ['synth', '--no-check-upgrade'],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  );
  expect(status).toBe(0);
  expect(stdout.match(/build\/manifests\//g)).toHaveLength(files.length);
  expect(statSync(first).mtimeMs).toBe(1000);
  expect(readFileSync(join(ROOT, 'build/manifests', files[0]), 'utf8')).toBe(readFileSync(first, 'utf8'));
});
