/** Words that a container runs, also where a shell runs them. */
import { type Json, listAt } from './json';

const SHELL = /(^|\/)(sh|bash|ash|dash)$/;

/**
 * Words of command and arguments; those of the script where a shell runs one (`sh -c "exec redis-server --save ''"`). What a
 * shell would work out, such as variables, stays as it is written.
 */
export function commandWords(container: Json): readonly string[] {
  const words = [...listAt(container, 'command'), ...listAt(container, 'args')].flatMap((word) =>
    typeof word === 'string' || typeof word === 'number' ? [`${word}`] : [],
  );
  const [program = '', ...rest] = words;
  const script = SHELL.test(program) ? rest.findIndex((word) => /^-\w*c$/.test(word)) : -1;
  return script < 0 ? words : shellWords(rest[script + 1] ?? '');
}

/** Words of a line as a shell splits it: by blanks and the ends of commands, with quotes taken off. */
function shellWords(script: string): string[] {
  const tokens = script.matchAll(/(?:[^\s"';&|\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+/g);
  return [...tokens].map(([token]) =>
    token.replace(
      /"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'|\\([\s\S])/g,
      (_, double?: string, single?: string, escaped?: string) =>
        double?.replace(/\\(["\\$`])/g, '$1') ?? single ?? escaped?.trim() ?? '',
    ),
  );
}

/** The field that holds what a container is told: its command, where that says it, or its arguments. */
export function fieldThatSays(container: Json, what: RegExp | string): 'command' | 'args' {
  const says = (word: unknown) =>
    typeof what === 'string' ? String(word).includes(what) : what.test(String(word));
  return listAt(container, 'command').some(says) ? 'command' : 'args';
}
