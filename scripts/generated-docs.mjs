/**
 * Writes the pages that are made of code: docs/guide.md and its table in the README, docs/rules/, docs/pgtune.md,
 * docs/attacks.md, the table of intents in docs/scaling.md, and what the guard of changes knows in docs/changes.md.
 *
 *   node scripts/generated-docs.mjs            writes them
 *   node scripts/generated-docs.mjs --check    fails when they are not what it would write
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { format } from 'prettier';
import { build } from './build.mjs';
import { loadTest } from './load-tests.mjs';
import { root } from './project.mjs';

build();
const require = createRequire(import.meta.url);
const { compareGuide } = require(join(root, 'build/apps/guide/differences.js'));
const { SCALING_INTENTS } = require(join(root, 'build/lib/scaling/scaling-intents.js'));
const { drainSeconds } = require(join(root, 'build/lib/scaling/drain-sizing.js'));
const { compareWithPgTune, VOLUME_GIB } = require(join(root, 'build/apps/pgtune/deviations.js'));
const { EXAMPLES } = require(join(root, 'build/lib/checklist/examples-table.js'));
const { GUARD_RULES } = require(join(root, 'build/lib/change/guard/guard.js'));
const { CATALOGUE, GUIDE_LINES } = require(join(root, 'build/lib/checklist/catalogue.js'));

const { ATTACKS, ATTACKS_IN_TIME, LATER } = loadTest('test/servers/attacks/index.ts');

const cell = (text) => text.replace(/[\\|<>]/g, (one) => `\\${one}`).replace(/\s+/g, ' ');
const code = (text) => `\`${text}\``;
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** Pages by their path below the root. */
async function pages() {
  const guide = compareGuide();
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const story = differences(guide);
  const files = {
    'README.md': readme.replace(
      /(<!-- guide -->\n)[\s\S]*?(<!-- \/guide -->)/,
      (_, start, end) => `${start}\n${story}\n\n${end}`,
    ),
    'docs/guide.md': guidePage(guide, story),
    'docs/scaling.md': readFileSync(join(root, 'docs/scaling.md'), 'utf8').replace(
      /(<!-- intents -->\n)[\s\S]*?(<!-- \/intents -->)/,
      (_, start, end) => `${start}\n${intentsTable()}\n\n${end}`,
    ),
    'docs/pgtune.md': pgTunePage(compareWithPgTune()),
    'docs/attacks.md': readFileSync(join(root, 'docs/attacks.md'), 'utf8').replace(
      /(<!-- attacks -->\n)[\s\S]*?(<!-- \/attacks -->)/,
      (_, start, end) => `${start}\n${attacksSection([...ATTACKS, ...ATTACKS_IN_TIME], LATER)}\n${end}`,
    ),
    'docs/changes.md': readFileSync(join(root, 'docs/changes.md'), 'utf8').replace(
      /(<!-- guard -->\n)[\s\S]*?(<!-- \/guard -->)/,
      (_, start, end) => `${start}\n${guardSection()}\n${end}`,
    ),
    'docs/rules/README.md': rulesIndex(),
    'docs/rules/SUP-001.md': suppressionPage(),
    ...Object.fromEntries(CATALOGUE.map((rule) => [`docs/rules/${rule.id}.md`, rulePage(rule)])),
  };
  const options = { parser: 'markdown', printWidth: 110, singleQuote: true };
  return Object.fromEntries(
    await Promise.all(Object.entries(files).map(async ([path, text]) => [path, await format(text, options)])),
  );
}

function differences({ differences: rows }) {
  return table(
    ['rule', 'the guide, as written', 'reconciled', 'as written, in production'],
    rows.map(({ rule, asWritten, reconciled, why }) => [
      `[${rule}](${'docs/rules/'}${rule}.md)`,
      cell(asWritten),
      code(reconciled.replaceAll('|', '\\|')),
      cell(why),
    ]),
  );
}

/** Intents by their names in the API, with the reason for each number. */
function intentsTable() {
  const name = (key) => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  const step = ({ type, value, periodSeconds }) =>
    `${value}${type === 'Percent' ? ' %' : value === 1 ? ' pod' : ' pods'} per ${periodSeconds} s`;
  const rules = ({ stabilizationWindowSeconds: window, policies }) =>
    `${window === 0 ? 'at once' : `after ${window} s`}, ${policies.map(step).join(' or ')}`;
  return table(
    ['intent', 'CPU', 'up', 'down', 'drain', 'why'],
    Object.entries(SCALING_INTENTS).map(([key, { cpuPercent, scaleUp, scaleDown, why }]) => [
      code(`ScalingIntent.${name(key)}`),
      `${cpuPercent} %`,
      rules(scaleUp),
      rules(scaleDown),
      `${drainSeconds(20, 2, scaleDown)} s`,
      cell(`${why.target}. Up: ${why.up}. Down: ${why.down}.`),
    ]),
  );
}

/** Kinds that are few are named; of many the page says what they have in common. */
const kindsText = (kinds) =>
  kinds.length <= 4
    ? kinds.join(', ')
    : 'StatefulSets with claim templates, claims, and resources whose operators make volumes';

function guardSection() {
  const row = ({ id, kinds, title, verdict }) => [
    `[${id}](#${id.toLowerCase()})`,
    ['CHG-013', 'CHG-015'].includes(id) ? 'classes and others' : kindsText(kinds),
    title,
    verdict,
  ];
  const part = ({ id, kinds, title, says, steps, source }) => [
    `### ${id}`,
    '',
    `${['CHG-013', 'CHG-015'].includes(id) ? '' : `${kindsText(kinds)}: `}${title}.`,
    '',
    `> ${cell(says)}`,
    '',
    ...steps.map((step, index) => `${index + 1}. ${cell(step)}`),
    '',
    `Source: ${cell(source)}.`,
    '',
  ];
  return [
    table(['id', 'of', 'what', 'verdict'], GUARD_RULES.map(row)),
    '',
    ...GUARD_RULES.flatMap(part),
  ].join('\n');
}

function guidePage({ asWritten, reconciled }, story) {
  const counts = new Map();
  for (const { rule, severity } of asWritten)
    counts.set(rule, { severity, count: (counts.get(rule)?.count ?? 0) + 1 });
  const errors = asWritten.filter(({ severity }) => severity === 'error').length;
  const open = reconciled.filter(({ suppressed }) => suppressed === undefined).length;
  return `# The guide, as written and reconciled

\`apps/guide/as-written.ts\` holds the examples of the performance-tuning guide to the letter, as plain objects: our
constructs would refuse most of it. \`apps/guide/reconciled.ts\` is the same stack with the constructs and the guide's
numbers, wherever they can stand together. This page is written by \`npm run docs\`.

## What changed, and why

${story.replaceAll('(docs/rules/', '(rules/')}

## What the checklist says

As written: ${asWritten.length} findings, ${errors} of them errors. Reconciled: ${open}.

${table(
  ['rule', 'severity', 'findings', 'the rule'],
  [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([rule, { severity, count }]) => [
      `[${rule}](rules/${rule}.md)`,
      severity,
      `${count}`,
      CATALOGUE.find(({ id }) => id === rule).title,
    ]),
)}
`;
}

function pgTunePage({ inputs, refused, deviations }) {
  return `# What differs from PGTune, and why

[PGTune](https://pgtune.leopard.in.ua) knows a machine; a container has a limit above which the kernel kills it, a volume
of a size, and a seccomp profile. This page compares the two over ${inputs} of PGTune's inputs: 0.5 to 128 GB, 1 to 32 CPU, all
workloads and disks, Postgres 14, 17 and 18; ours with a volume of ${VOLUME_GIB}Gi. It is written by \`npm run docs\` from
\`apps/pgtune/\`, where PGTune's formulas are stated anew. What is not in the table is the same for every input.

${table(
  ['parameter', 'inputs that differ', 'one of them', 'PGTune', 'ours', 'why'],
  deviations.map(({ parameter, inputs: differing, example, pgTune, ours, reason }) => [
    code(parameter),
    `${differing}`,
    example,
    pgTune,
    ours,
    cell(reason),
  ]),
)}

${refused.length} inputs are refused, because twenty connections with 1MB to sort do not fit into nine tenths of the memory: ${cell(refused[0])} and its like.
`;
}

/** Attacks by what a function says of them, in their order. */
function grouped(attacks, keyOf) {
  const groups = new Map();
  for (const attack of attacks) {
    const key = keyOf(attack);
    groups.set(key, [...(groups.get(key) ?? []), attack]);
  }
  return [...groups.values()];
}

/** Attacks that the same rule withstands, below what the wrong file and ours do. */
function attacksList(attacks, says) {
  const item = ({ name }) => `  - ${name.replace(/[*<_](?=[^`]*(?:`[^`]*`[^`]*)*$)/g, (one) => `\\${one}`)}`;
  return grouped(attacks, says)
    .map((alike) => [`- ${says(alike[0])}`, ...alike.map(item)].join('\n'))
    .join('\n');
}

function attacksSection(attacks, later) {
  const families = grouped(attacks, ({ family }) => family);
  const title = ([{ family }]) => family;
  const sentence = (text) => text[0].toUpperCase() + text.slice(1);
  const says = ({ wrongFile, wrong, ours }) => `**${sentence(wrongFile.name)}** ${wrong}. **Ours** ${ours}.`;
  const anchor = (family) =>
    family
      .toLowerCase()
      .replace(/[^a-z0-9 ]/g, '')
      .replaceAll(' ', '-');
  return `${attacks.length} attacks in ${families.length} families, each made twice on real nginx: on a file that it harms, and on the one of
[NginxCachingProxy](constructs/nginx-caching-proxy.md), which it does not. Where the guide's file withstands an attack, the wrong one
is the guide's with a line that is often seen, or ours with one rule taken out; requests that nginx refuses by itself harm a relay
of bytes. They are in \`test/servers/attacks/\`, and \`npx jest test/servers/nginx-attacks\` makes all of them. F1 to F16 are the
flaws of the guide's configuration.

${table(
  ['family', 'attacks'],
  families.map((alike) => [`[${title(alike)}](#${anchor(title(alike))})`, `${alike.length}`]),
)}

${families.map((alike) => `## ${title(alike)}\n\n${attacksList(alike, says)}`).join('\n\n')}

${
  later.length === 0
    ? ''
    : `## Not withstood

${later.length} attacks that harm ours too. The tests assert that they do, so that none of them stays here once it is withstood.

${attacksList(later, ({ family, wrong, ours }) => `**${family}:** ours ${wrong}. To be: it ${ours}.`)}`
}
`;
}

function rulePage({ id, severity, byDefault, title, why, evidence }) {
  const lines = GUIDE_LINES.filter(({ rules }) => rules.includes(id)).map(({ line }) => line);
  const { reads, failing, mended, says } = EXAMPLES[id];
  const mild =
    byDefault === undefined ? '' : `, or ${byDefault} where nobody follows the guide (\`--profile default\`)`;
  return `# ${id}: ${title}

**Severity:** ${severity}${mild}${lines.length > 0 ? `. **Line of the guide's checklist:** ${lines.join(', ')}` : ''}

${why}

## How that is known

${evidence}
${
  reads.length === 0
    ? ''
    : `
## What is read

${reads.map((one) => `- ${code(one)}`).join('\n')}
`
}${
    failing === undefined
      ? ''
      : `
## An example

What breaks it (${cell(says)}):

\`\`\`yaml
${failing}\`\`\`

The same, mended:

\`\`\`yaml
${mended}\`\`\`
`
  }
## To suppress it

\`\`\`yaml
metadata:
  annotations:
    cdk8s-tuned/ignore: ${id}=why this object may break the rule
\`\`\`

Or for many objects at once, in [\`cdk8s-tuned.yaml\`](../checklist.md#for-a-repository).

[All rules](README.md)
`;
}

function suppressionPage() {
  return `# SUP-001: A suppression names a rule and says why

**Severity:** error

An annotation \`cdk8s-tuned/ignore\` is a list of \`ID=reason\`, joined by \`;\`. The id is that of a rule, the reason has at
least ten characters. Anything else excuses nothing, and is an error, because somebody relies on it.

[All rules](README.md)
`;
}

function rulesIndex() {
  return `# Rules of the checklist

${CATALOGUE.length} rules over the final JSON of any manifests. A rule that finds nothing to look at is not applicable, which is
no pass. [How to run them](../checklist.md). This page is written by \`npm run docs\`.

${table(
  ['rule', 'severity', 'what holds'],
  CATALOGUE.map(({ id, severity, title }) => [`[${id}](${id}.md)`, severity, title]),
)}

## The guide's checklist

${table(
  ['line', 'rules'],
  GUIDE_LINES.map(({ line, rules }) => [
    line,
    rules.map((id) => `[${id}](${id}.md)`).join(', ') || 'none: manifests alone cannot tell',
  ]),
)}
`;
}

const written = await pages();
const obsolete = existsSync(join(root, 'docs/rules'))
  ? readdirSync(join(root, 'docs/rules'))
      .map((file) => `docs/rules/${file}`)
      .filter((path) => !(path in written))
  : [];
const stale = Object.entries(written).filter(
  ([path, text]) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text,
);
if (process.argv.includes('--check')) {
  const names = [...stale.map(([path]) => path), ...obsolete];
  if (names.length > 0) {
    console.error(`not what their generator writes: ${names.join(', ')}; run \`npm run docs\``);
    process.exitCode = 1;
  }
} else {
  for (const path of obsolete) rmSync(join(root, path));
  for (const [path, text] of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}
