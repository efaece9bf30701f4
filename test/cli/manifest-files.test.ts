/** Trees as people have them: what is read, what is told, and what ends nothing. */
import { execFileSync } from 'child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { dirname, join } from 'path';
import { readManifests } from '../../lib/cli/manifest-files';

const directories: string[] = [];
afterAll(() => directories.forEach((path) => rmSync(path, { recursive: true, force: true })));

/** A directory with these files. */
function tree(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'cdk8s-tuned-tree-'));
  directories.push(path);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

const read = (path: string) => readManifests([path], () => '');
const MAP = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;
const names = (path: string) =>
  read(path).documents.map(({ value }) => (value as { metadata?: { name?: string } }).metadata?.name);

test('every suffix that people use, below every directory, in the order of the names', () => {
  const path = tree({
    'b.yaml': MAP('b'),
    'a/x.YAML': MAP('x'),
    'a/w.yml': MAP('w'),
    'c.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}',
    'notes.txt': 'no: manifest',
    '.git/config.yaml': MAP('git'),
    'node_modules/x/y.yaml': MAP('module'),
  });
  expect(names(path)).toEqual(['w', 'x', 'b', 'c']);
});

test('what is no file, leads nowhere, or is no text is told, and ends nothing', () => {
  const path = tree({ 'good.yaml': MAP('good'), 'directory.yaml/inside.yaml': MAP('inside') });
  symlinkSync(join(path, 'nowhere'), join(path, 'broken.yaml'));
  symlinkSync(join(path, 'good.yaml'), join(path, 'link.yaml'));
  execFileSync('mkfifo', [join(path, 'pipe.yaml')]);
  writeFileSync(join(path, 'bytes.yaml'), Buffer.from([0, 255, 254, 1, 10, 58]));
  const { unread } = read(path);
  expect(names(path)).toEqual(['inside', 'good', 'good']);
  expect(unread.map(({ file }) => file)).toEqual(
    [join(path, 'broken.yaml'), join(path, 'bytes.yaml')].sort(),
  );
});

test('a chart is told with the command that renders it, and is not read', () => {
  const path = tree({
    'app.yaml': MAP('app'),
    'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
    'chart/values.yaml': 'image: shop\n',
    'chart/templates/x.yaml': 'a: {{ .Values.image }}\n',
    'chart/charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
    'chart/charts/sub/templates/y.yaml': '{{ include "x" . }}\n',
  });
  const { notes, unread, isPartial } = read(path);
  expect(names(path)).toEqual(['app']);
  expect({ unread, isPartial }).toEqual({ unread: [], isPartial: true });
  expect(notes).toEqual([
    expect.stringContaining(`helm template ${join(path, 'chart')} | cdk8s-tuned check -`),
  ]);
});

test('patches of a kustomization are no objects, and its namespace is that of its resources', () => {
  const path = tree({
    'base/kustomization.yaml': 'resources: [web.yaml]\n',
    'base/web.yaml': MAP('web'),
    'prod/kustomization.yaml':
      'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: prod\nresources: [../base, extra.yaml]\npatches: [{path: patch.yaml}]\npatchesStrategicMerge: [old.yaml]\n',
    'prod/extra.yaml': MAP('extra'),
    'prod/patch.yaml': MAP('web'),
    'prod/old.yaml': MAP('web'),
  });
  const { documents, notes } = read(path);
  expect(names(path)).toEqual([undefined, 'web', 'extra', undefined]);
  expect(documents.map(({ source }) => source?.namespace)).toEqual([undefined, undefined, 'prod', undefined]);
  expect(notes).toEqual([
    expect.stringMatching(/^2 files are patches of kustomizations: .*kubectl kustomize .*prod/),
  ]);
});

describe('--render', () => {
  const OVERLAY = {
    'base/kustomization.yaml': 'resources: [web.yaml]\n',
    'base/web.yaml': MAP('web'),
    'prod/kustomization.yaml': 'resources: [../base]\npatches: [{path: patch.yaml}]\n',
    'prod/patch.yaml': MAP('patch'),
    'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
    'chart/templates/x.yaml': 'a: {{ .Values.image }}\n',
    'plain.yaml': MAP('plain'),
  };
  /** Programs that write what they are asked for, in the place of the real ones. */
  function withTools(tools: Readonly<Record<string, string>>, path: string) {
    const bin = tree(tools);
    for (const name of Object.keys(tools)) chmodSync(join(bin, name), 0o755);
    const before = process.env.PATH;
    process.env.PATH = `${bin}:/usr/bin:/bin`;
    try {
      return readManifests([path], () => '', { render: true });
    } finally {
      process.env.PATH = before;
    }
  }
  const saying = (name: string) =>
    `#!/bin/sh\nprintf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata:\\n  name: ${name}\\n  namespace: %s\\n' "$(basename "$2")"\n`;

  test('takes what tools write in the place of the files that they read', () => {
    const path = tree(OVERLAY);
    const { documents, unread, isPartial } = withTools(
      { helm: saying('of-helm'), kustomize: saying('of-kustomize') },
      path,
    );
    const named = documents.map(({ value, source }) => [
      (value as { metadata: { name: string; namespace?: string } }).metadata,
      source?.file.replace(path, ''),
    ]);
    expect({ unread, isPartial, named }).toEqual({
      unread: [],
      isPartial: false,
      named: [
        [{ name: 'plain' }, '/plain.yaml'],
        [{ name: 'of-helm', namespace: 'chart' }, '/chart/Chart.yaml (rendered)'],
        // Only the overlay, which takes the base.
        [{ name: 'of-kustomize', namespace: 'prod' }, '/prod/kustomization.yaml (rendered)'],
      ],
    });
  });

  test('tells what a tool refuses, and checks the rest', () => {
    const path = tree(OVERLAY);
    const { unread } = withTools(
      { helm: '#!/bin/sh\necho "values: required" >&2\nexit 1\n', kustomize: saying('k') },
      path,
    );
    expect(unread).toEqual([
      {
        file: join(path, 'chart/Chart.yaml'),
        line: 1,
        message: expect.stringMatching(/^helm template chart .*: values: required$/),
      },
    ]);
  });

  test('tells which tool is not there', () => {
    expect(() => withTools({ kustomize: saying('k') }, tree(OVERLAY))).toThrow('--render needs helm for');
  });
});

test('standard input is read beside files', () => {
  const path = tree({ 'a.yaml': MAP('a') });
  const { documents } = readManifests([path, '-'], () => MAP('b'));
  expect(documents.map(({ source }) => source?.file)).toEqual([join(path, 'a.yaml'), 'standard input']);
});
