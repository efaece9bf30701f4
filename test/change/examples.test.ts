/** The workflows in examples/: their scripts run with programs in the place of those that need a network. */
import { spawnSync } from 'child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { parse } from 'yaml';
import { ROOT } from '../project/snippets';

const MARKER = '<!-- cdk8s-tuned diff dist -->';

const workflow = (name: string) => parse(readFileSync(join(ROOT, 'examples', name), 'utf8'));

/** A directory with programs that write down how they were called, and answer as they are told. */
function sandbox(programs: Readonly<Record<string, string>>) {
  const directory = mkdtempSync(join(tmpdir(), 'cdk8s-tuned-example-'));
  for (const [name, body] of Object.entries(programs)) {
    const file = join(directory, name);
    writeFileSync(file, `#!/bin/sh\necho "${name} $*" >> calls\n${body}\n`);
    chmodSync(file, 0o755);
  }
  writeFileSync(join(directory, 'calls'), '');
  return {
    run: (script: string, env: NodeJS.ProcessEnv = {}) =>
      spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
        cwd: directory,
        encoding: 'utf8',
        env: { PATH: `${directory}:${process.env.PATH}`, GITHUB_OUTPUT: 'output', ...env },
      }),
    calls: () => readFileSync(join(directory, 'calls'), 'utf8'),
    read: (name: string) => readFileSync(join(directory, name), 'utf8'),
    has: (name: string) => existsSync(join(directory, name)),
    remove: () => rmSync(directory, { recursive: true }),
  };
}

const npx = (code: number) => `printf '%s\\n' '${MARKER}' '### 1 object changes'; exit ${code}`;

describe('GitHub', () => {
  interface Step {
    readonly name?: string;
    readonly run?: string;
  }
  const steps: readonly Step[] = workflow('github-diff.yml').jobs.diff.steps;
  const script = (name: string) => steps.find((step) => step.name === name)?.run ?? '';
  const env = { BASE: 'origin/main', REPOSITORY: 'a/b', NUMBER: '7' };

  test.each([
    ['', '--method POST repos/a/b/issues/7/comments --field body=@diff.md'],
    ['41', '--method PATCH repos/a/b/issues/comments/41 --field body=@diff.md'],
  ])('the comment is made, or updated where it is there: %j', (id, call) => {
    const here = sandbox({ npx: npx(1), gh: `case "$*" in *--paginate*) printf '%s' '${id}';; esac` });
    expect(here.run(script('compare'), env).status).toBe(0);
    expect(here.read('output')).toBe('code=1\n');
    expect(here.run(script('comment'), env)).toMatchObject({ status: 0, stderr: '' });
    expect(here.calls()).toContain('npx cdk8s-tuned diff --rev origin/main dist --format markdown');
    expect(here.calls()).toContain(`startswith("${MARKER}")`);
    expect(here.calls()).toContain(call);
    expect(here.run(script('verdict'), { CODE: '1' }).status).toBe(1);
    expect(here.run(script('verdict'), { CODE: '0' }).status).toBe(0);
    here.remove();
  });
});

describe('GitLab', () => {
  const script: readonly string[] = workflow('gitlab-diff.yml').diff.script;
  const env = {
    CI_API_V4_URL: 'https://gitlab.example.com/api/v4',
    CI_PROJECT_ID: '3',
    CI_MERGE_REQUEST_IID: '7',
    DIFF_TOKEN: 'token',
  };
  const notes = 'https://gitlab.example.com/api/v4/projects/3/merge_requests/7/notes';

  test.each([
    [0, '[]', `--request POST --header PRIVATE-TOKEN: token --data-urlencode body@diff.md ${notes}\n`],
    [
      1,
      JSON.stringify([
        { id: 5, body: 'other' },
        { id: 41, body: `${MARKER}\\nold` },
      ]),
      `--request PUT --header PRIVATE-TOKEN: token --data-urlencode body@diff.md ${notes}/41\n`,
    ],
  ])('the note is made, or updated where it is there; exit code %i', (code, answer, call) => {
    const here = sandbox({ npx: npx(code), curl: `case "$*" in *per_page*) printf '%s' '${answer}';; esac` });
    const { status, stderr } = here.run(script.at(-1) ?? '', env);
    expect({ status, stderr }).toEqual({ status: code, stderr: '' });
    expect(here.calls()).toContain('npx cdk8s-tuned diff --rev FETCH_HEAD dist --format markdown');
    expect(here.calls()).toContain(call);
    here.remove();
  });
});
