import { type ChangeReport, reportChanges } from '../../lib/change/change-report';
import { Inventory } from '../../lib/inventory/inventory';
import { CHANGE_FORMATS, COLOURED, PLAIN } from '../../lib/report/change-formats';
import { changesToMarkdown, LONGEST_COMMENT, markerOf } from '../../lib/report/change-markdown';

const configMap = (name: string, text: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop' },
  data: { 'a.conf': text },
});
const service = (clusterIP?: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { clusterIP, ports: [{ port: 80 }] },
});
const report = (before: readonly object[], after: readonly object[]): ChangeReport =>
  reportChanges(Inventory.of(before), Inventory.of(after), { from: 'HEAD~1:dist/prod', to: 'dist/prod' });
const one = report(
  [configMap('a', 'x 1\ny 2\n'), service()],
  [configMap('a', 'x 1\ny 3\n'), service('None')],
);

test('text: the verdict, what is refused with its steps, and each object', () => {
  expect(CHANGE_FORMATS.text(one, PLAIN)).toBe(
    [
      '2 objects change: 1 is refused',
      '',
      'refused CHG-009 Service shop/web',
      '  spec.clusterIP: none -> None',
      '  spec.clusterIPs[0]: may not change once set',
      '  1. give the Service a new name beside the old one, move the clients, then remove the old one',
      '  2. or kubectl delete service web --namespace shop and apply it: its address changes, and it answers nobody meanwhile',
      '  https://github.com/cdk8s-tuned/cdk8s-tuned/blob/main/docs/changes.md#chg-009',
      '',
      'objects',
      '  ~ ConfigMap shop/a',
      '      data["a.conf"]:',
      '        - y 2',
      '        + y 3',
      '  ~ Service shop/web',
      '      spec.clusterIP: none -> None',
      '',
      '0 objects are the same',
      '',
    ].join('\n'),
  );
});

test('text: of an object with thousands of fields the first are shown, and how many there are', () => {
  const wide = (value: string) => ({
    ...configMap('wide', ''),
    data: Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`key-${index}`, value])),
  });
  const text = CHANGE_FORMATS.text(report([wide('a')], [wide('b')]), PLAIN);
  expect(text.split('\n').length).toBeLessThan(60);
  expect(text).toContain('      … 1960 more fields; --format json has all');
});

test('colours are told by lines, and say the same', () => {
  const coloured = CHANGE_FORMATS.text(one, COLOURED);
  expect(coloured).toContain('\u001b[32m        + y 3\u001b[0m');
  // eslint-disable-next-line no-control-regex -- the codes of colours
  expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(CHANGE_FORMATS.text(one, PLAIN));
});

test('JSON is the whole report', () => {
  expect(JSON.parse(CHANGE_FORMATS.json(one, PLAIN))).toEqual(JSON.parse(JSON.stringify(one)));
});

test('markdown: a marker, the headline, one table, and details folded', () => {
  const text = changesToMarkdown(one);
  expect(text.split('\n').slice(0, 4)).toEqual([
    '<!-- cdk8s-tuned diff dist/prod -->',
    '### ❌ 2 objects change: 1 is refused',
    '',
    '`HEAD~1:dist/prod` → `dist/prod`',
  ]);
  expect(text.match(/^\| --- /gm)).toHaveLength(1);
  expect(text).toContain(
    '<details><summary>ConfigMap shop/a</summary>\n\n```diff\ndata["a.conf"]:\n- y 2\n+ y 3\n```\n\n</details>',
  );
});

test('the marker is the same for every revision, and ends no comment', () => {
  expect(markerOf('main:dist/prod')).toBe(markerOf('dist/prod'));
  expect(markerOf('a --> <b>')).toBe('<!-- cdk8s-tuned diff a_--___b_ -->');
  expect(markerOf('a --> <b>').slice(4, -3)).not.toContain('-->');
});

test('text of anybody is no markup, mentions nobody, and leaves no fence', () => {
  const hostile = 'a|b <img src=x> @everyone `x` ```\n</details>\n````\n# y';
  const text = changesToMarkdown(
    report(
      [configMap(hostile, 'a'), configMap('b', `1\n`)],
      [configMap(hostile, 'b'), configMap('b', `${hostile}\n`)],
    ),
  );
  const outside = text.replace(/^(`{3,})diff\n[^]*?\n\1$/gm, '').replace(/`[^`\n]*`/g, '');
  expect(outside).not.toMatch(/<img|@everyone/);
  expect(outside.match(/<\/details>/g)?.length).toBe(outside.match(/<details>/g)?.length);
  expect(outside).not.toMatch(/^# y/m);
});

test('a terminal is told no control characters', () => {
  const text = CHANGE_FORMATS.text(
    report(
      [configMap('a\u001b[2J', 'x\u001b]0;y\u0007 1')],
      [configMap('a\u001b[2J', 'x\u001b]0;y\u0007 2')],
    ),
    PLAIN,
  );
  // eslint-disable-next-line no-control-regex -- what is looked for
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});

test('a comment is never longer than GitHub takes, and says what it leaves out', () => {
  const many = (text: string) =>
    Array.from({ length: 900 }, (_, index) => configMap(`config-${index}`, `${text.repeat(20)} ü\n${index}`));
  const text = changesToMarkdown(report(many('a'), many('b')));
  expect(Buffer.byteLength(text, 'utf8')).toBeLessThanOrEqual(LONGEST_COMMENT);
  expect(text).toMatch(/Too long for a comment: .*details of \d+ objects are left out/);
});

test('long texts end, and a value on several lines is one line', () => {
  const long = Array.from({ length: 100 }, (_, index) => `line ${index}`).join('\n');
  const text = CHANGE_FORMATS.text(report([configMap('a', 'x\n')], [configMap('a', `${long}\n`)]), PLAIN);
  expect(text).toContain('… 61 more lines');
  expect(
    CHANGE_FORMATS.text(report([{ ...configMap('a', 'x'), data: {} }], [configMap('a', 'x\ny')]), PLAIN),
  ).toContain('none -> x⏎y');
});
