import { CATALOGUE, docsOf, GUIDE_LINES } from '../checklist/catalogue';
import { EXAMPLES } from '../checklist/examples-table';
import { nearestName } from '../units/nearest';
import { type CommandOutput, EXIT, parseArguments, UsageError } from './command';

export const EXPLAIN_USAGE = `Usage: cdk8s-tuned explain RULE…

Says what a rule of the checklist reads, why it is there and how that is known, with an object that
breaks it beside the same one mended. \`explain all\` lists every rule.

  RULE        an id, such as HPA-001
`;

/** Runs `explain` with its arguments. */
export function explain(args: readonly string[]): CommandOutput {
  const { values, positionals } = parseArguments(args, {});
  if (values.help === true) return { text: EXPLAIN_USAGE, exitCode: EXIT.holds };
  if (positionals.length === 0) throw new UsageError(`which rule?\n\n${EXPLAIN_USAGE}`);
  if (positionals.includes('all'))
    return {
      text: `${CATALOGUE.map(({ id, title }) => `${id.padEnd(10)}${title}`).join('\n')}\n`,
      exitCode: EXIT.holds,
    };
  return { text: positionals.map((id) => pageOf(id.toUpperCase())).join('\n'), exitCode: EXIT.holds };
}

function pageOf(id: string): string {
  const rule = CATALOGUE.find((one) => one.id === id);
  if (!rule) {
    const near = nearestName(
      id,
      CATALOGUE.map((one) => one.id),
    );
    throw new UsageError(
      `no rule is called ${JSON.stringify(id)}${near === undefined ? '' : `; did you mean ${near}?`} \`cdk8s-tuned explain all\` lists them`,
    );
  }
  const { severity, byDefault, title, why, evidence } = rule;
  const lines = GUIDE_LINES.filter(({ rules }) => rules.includes(id)).map(({ line }) => line);
  const { reads, failing, mended, says } = EXAMPLES[id];
  const indented = (text: string) => text.trimEnd().replace(/^(?=.)/gm, '  ');
  return [
    `${id}: ${title}`,
    '',
    `Severity: ${byDefault === undefined ? severity : `${byDefault}; ${severity} with --profile guide`}`,
    ...(lines.length > 0 ? [`The guide: ${lines.join(', ')}`] : []),
    '',
    why,
    '',
    `How that is known: ${evidence}`,
    ...(reads.length > 0 ? ['', 'What is read:', ...reads.map((one) => `  ${one}`)] : []),
    ...(failing === undefined || mended === undefined
      ? []
      : [
          '',
          'What breaks it:',
          indented(failing),
          ...(says === undefined ? [] : [`  -> ${says}`]),
          '',
          'The same, mended:',
          indented(mended),
        ]),
    '',
    docsOf(id),
    '',
  ].join('\n');
}
