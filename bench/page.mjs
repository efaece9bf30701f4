/** Sections of docs/benchmarks.md, each with the command that wrote it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { root } from '../scripts/project.mjs';

const PAGE = join(root, 'docs/benchmarks.md');

/** Puts a section into the page, in the place of the one of the same command: `npm run <script> -- <name>`. */
export async function writeSection(script, name, { title, how, rows }) {
  const [head, ...body] = rows;
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const section = [
    `<!-- ${script} ${name} -->`,
    '',
    `## ${title}`,
    '',
    `\`npm run ${script} -- ${name}\`. ${how}`,
    '',
    ...[head, head.map(() => '---'), ...body].map(line),
    '',
    '<!-- end -->',
  ].join('\n');
  const before = existsSync(PAGE)
    ? readFileSync(PAGE, 'utf8')
    : '# Benchmarks\n\nBoth sides of every comparison ran in one run on one machine; only ratios are kept, for the machine differs. Each\nsection names the command that wrote it.\n';
  const old = new RegExp(`<!-- ${script} ${name} -->[\\s\\S]*?<!-- end -->`);
  // A function, since a replacement text may hold dollars.
  const text = old.test(before) ? before.replace(old, () => section) : `${before}\n${section}\n`;
  writeFileSync(PAGE, await format(text, { parser: 'markdown', printWidth: 110 }));
}
