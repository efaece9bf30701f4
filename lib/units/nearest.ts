/** What may have been meant by a name that is none. */

/** Edits of one letter that make one text of another (Levenshtein). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++)
      row.push(Math.min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + Number(a[i - 1] !== b[j - 1])));
    previous = row;
  }
  return previous[b.length];
}

/** The known name that is at most so many edits away, in either case of letters; the first of several as near. */
export function nearestName(name: string, known: Iterable<string>, edits = 2): string | undefined {
  let nearest: string | undefined;
  let least = edits + 1;
  for (const one of known) {
    // A name of another length is at least that far away.
    if (Math.abs(one.length - name.length) >= least) continue;
    const distance = editDistance(name.toLowerCase(), one.toLowerCase());
    if (distance < least) [nearest, least] = [one, distance];
  }
  return nearest;
}
