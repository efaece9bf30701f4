/**
 * The checklist against every mutant of a stack that passes: every field that any rule reads is taken away, and set to
 * something else, one at a time, and exactly the rules that should speak do. What they are stands in `mutants.json`,
 * which people review; `UPDATE_MUTANTS=1 npm run test:exhaustive -- mutation` writes it anew.
 */
import { writeFileSync } from 'fs';
import { breakage, FIELDS, knownMutants, type Mutants, MUTANTS_FILE, removal, speakers } from './mutants';

/** A line for each field, so that a difference is read field by field. */
function print(mutants: Mutants): string {
  const section = (fields: Readonly<Record<string, unknown>>) =>
    Object.entries(fields)
      .map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
      .join(',\n');
  const sections = Object.entries(mutants).map(([name, fields]) => `  "${name}": {\n${section(fields)}\n  }`);
  return `{\n${sections.join(',\n')}\n}\n`;
}

test('every field that a rule reads is missed by exactly the rules that should miss it', () => {
  const found = { removed: speakers(FIELDS, removal), broken: speakers(FIELDS, breakage) };
  const lived = FIELDS.filter((name) => !(name in found.removed) && !(name in found.broken));
  let known = knownMutants();
  if (process.env.UPDATE_MUTANTS !== undefined) {
    const still = Object.entries(known.equivalent).filter(([name]) => lived.includes(name));
    known = { ...found, equivalent: Object.fromEntries(still) };
    writeFileSync(MUTANTS_FILE, print(known));
  }
  const unknown = lived.filter((name) => !(name in known.equivalent));
  process.stdout.write(
    `mutants: ${2 * FIELDS.length} of ${FIELDS.length} fields, equivalent: ${Object.keys(known.equivalent).length} fields, lived: ${unknown.length}\n`,
  );
  expect(unknown).toEqual([]);
  expect(found).toEqual({ removed: known.removed, broken: known.broken });
  expect(Object.keys(known.equivalent).filter((name) => !lived.includes(name))).toEqual([]);
}, 1_800_000);
