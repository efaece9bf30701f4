/** The page that says what becomes of each known mistake, against the catalogue. */
import { readFileSync } from 'fs';
import { join } from 'path';
import { CATALOGUE } from '../../lib/checklist/catalogue';
import { ROOT } from '../project/snippets';

const page = readFileSync(join(ROOT, 'docs/autoscaling-rules.md'), 'utf8');
const rows = [...page.matchAll(/^\| ([HVPS]\d+) +\| (.+?) +\| (.+?) +\|$/gm)].map(
  ([, id, mistake, here]) => ({
    id,
    mistake,
    here,
  }),
);

test('every known mistake is there, once', () => {
  const numbered = (letter: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
  expect(rows.map(({ id }) => id)).toEqual([
    ...numbered('H', 16),
    ...numbered('V', 9),
    ...numbered('P', 6),
    ...numbered('S', 7),
  ]);
});

test('each names a rule of the catalogue, or says why there is none', () => {
  const known = CATALOGUE.map(({ id }) => id);
  for (const { here } of rows) {
    const named = [...here.matchAll(/\[([A-Z]+-\d{3})\]/g)].map(([, id]) => id);
    expect(named.filter((id) => !known.includes(id))).toEqual([]);
    expect(named.length > 0 || /\b(none|no rule)\b/.test(here)).toBe(true);
  }
});

test('every rule on autoscalers is on the page', () => {
  const own = CATALOGUE.map(({ id }) => id).filter((id) => /^(HPA|VPA)-/.test(id));
  // That something scales at all, and that a target is there, are no mistakes of an autoscaler's numbers.
  expect(own.filter((id) => !page.includes(`rules/${id}.md`))).toEqual(['HPA-001', 'VPA-002']);
});
