/** The last lines of `npm test`: how many tests passed and failed in all, and what could not run here. */
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

const linesOf = (file) =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];

/** Counts of all runs of jest that wrote into a file, and the reasons that tests wrote into another. */
export function tallyLines(tally, reasons) {
  const runs = linesOf(tally);
  const sum = (count) => runs.reduce((total, run) => total + run[count], 0);
  const broken = sum('broken') > 0 ? `, ${sum('broken')} suites did not start` : '';
  const skipped = skippedLine(
    runs.flatMap((run) => run.skipped),
    linesOf(reasons),
  );
  return [...skipped, `${sum('passed')} passed, ${sum('failed')} failed${broken}`];
}

/** One line; tests that share a reason share its mention. */
function skippedLine(skipped, noted) {
  const suites = new Map();
  for (const { file, tests } of skipped) {
    const reasons = noted.filter((one) => one.file === file).map((one) => one.reason);
    const reason = [...new Set(reasons)].join(' and ') || 'not asked for';
    const name = basename(file).replace(/(\.(test|exhaustive))?\.ts$/, '');
    const what = `${tests} ${tests === 1 ? 'test' : 'tests'} of ${name}`;
    suites.set(reason, [...(suites.get(reason) ?? []), what]);
  }
  if (suites.size === 0) return [];
  const parts = [...suites].map(([reason, names]) => `${names.join(', ')}: ${reason}`);
  return [`skipped: ${parts.join('; ')}`];
}
