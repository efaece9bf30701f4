/** `--fix` and `--diff`: files with what is certain mended, and what that changes in them. */
import { createTwoFilesPatch } from 'diff';
import type { Report } from '../checklist/evaluate';
import { type Splice, splice } from '../inventory/reading/yaml-edits';

/** Files by name, with their text. */
export type Texts = ReadonlyMap<string, string>;

/** The files that the fixes of a report change, mended; the first of two at one place counts. */
export function mended({ fixes }: Report, texts: Texts): Texts {
  const changes = new Map<string, Splice[]>();
  for (const { finding, change } of fixes) {
    if (finding.file === undefined || !texts.has(finding.file)) continue;
    const own = change();
    if (own) changes.set(finding.file, [...(changes.get(finding.file) ?? []), own]);
  }
  return new Map([...changes].map(([file, own]) => [file, splice(texts.get(file) ?? '', own)]));
}

/** A unified diff of files before and after, as `git apply` and `patch -p1` take it. */
export function diffOf(before: Texts, after: Texts): string {
  return [...after]
    .map(([file, text]) => {
      const old = before.get(file) ?? '';
      const name = file.replace(/^\.?\/+/, '');
      return createTwoFilesPatch(`a/${name}`, `b/${name}`, old, text, undefined, undefined, { context: 3 });
    })
    .map((patch) => patch.replace(/^=+\n/, ''))
    .join('');
}
