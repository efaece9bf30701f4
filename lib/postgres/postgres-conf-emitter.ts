import type { Setting } from './postgres-tuning';

const WIDTH = 110;

/** Prints settings as `postgresql.conf`: by section, each line under its reason. */
export function printPostgresConf(settings: readonly Setting[]): string {
  const sections = [...new Set(settings.map((setting) => setting.section))];
  return sections
    .map((section) => {
      const lines = settings
        .filter((setting) => setting.section === section)
        .flatMap(({ name, value, reason }) => [...comment(reason), `${name} = ${quote(value)}`]);
      return `#### ${section}\n${lines.join('\n')}\n`;
    })
    .join('\n');
}

/**
 * A value as the configuration file's grammar takes it: numbers bare, all else in single quotes, with quotes doubled
 * and backslashes escaped.
 */
function quote(value: string): string {
  if (/^\d+(\.\d+)?$/.test(value)) return value;
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

function comment(text: string): string[] {
  const lines: string[] = [];
  let line = '#';
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > WIDTH) {
      lines.push(line);
      line = '#';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
