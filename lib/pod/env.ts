/** Variables of containers: checked, in the order in which the kubelet can expand them, and references that lead nowhere. */
import type { EnvValue } from 'cdk8s-plus-27';
import type { EnvVar } from 'kubernetes-types/core/v1';
import type { Checks } from '../finding/checks';
import { envNameRule } from '../units/names';
import { unsafeTextReason } from '../units/text';
import {
  deadReferences,
  expandingOnly,
  inOrderOfReference,
  type NamedText,
} from '../units/variable-references';

/** What of a container its variables are about. */
interface Expanding {
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env: ReadonlyMap<string, EnvValue>;
  readonly envFrom?: readonly object[];
}

/** Checks the environment that a user gives; newlines and tabs are text there, YAML quotes them. */
export function checkEnv(checks: Checks, env: Readonly<Record<string, EnvValue>> | undefined): void {
  for (const [name, { value }] of Object.entries(env ?? {})) {
    checks.at('env').text('name', name, envNameRule);
    const reason = typeof value === 'string' ? unsafeTextReason(value.replace(/[\n\t]/g, ' ')) : undefined;
    if (reason !== undefined) checks.at('env').fail(name, value, `it ${reason}; allowed: printable text`);
  }
}

const textsOf = (env: ReadonlyMap<string, EnvValue>): NamedText[] =>
  [...env].map(([name, { value }]) => ({ name, text: typeof value === 'string' ? value : undefined }));

/** Variables, each after those that it refers to. */
export function renderEnv(env: ReadonlyMap<string, EnvValue>): EnvVar[] {
  const values = new Map(env);
  return inOrderOfReference(textsOf(env)).flatMap(({ name }) => {
    const own = values.get(name);
    if (!own) return [];
    // One that holds only at times, and not now.
    if (own.valueFrom === undefined && own.value === undefined) return [];
    return own.valueFrom === undefined
      ? { name, value: own.value as string }
      : { name, valueFrom: own.valueFrom as EnvVar['valueFrom'] };
  });
}

/** Words of a user, in which variables of the container are expanded, and nothing else. */
export function renderWords(words: readonly string[] | undefined, { env, envFrom = [] }: Expanding) {
  const isKnown = (name: string) => env.has(name) || (envFrom.length > 0 && envNameRule(name) === undefined);
  return words?.map((word) => expandingOnly(word, isKnown));
}

/** What the kubelet would leave as it is written, one sentence for each. */
export function envProblems({ command = [], args = [], env, envFrom = [] }: Expanding): string[] {
  const all = textsOf(env);
  const hasOthers = envFrom.length > 0;
  const places = [
    ...all.map(({ name, text = '' }) => ({ prop: `env.${name}`, text, self: name })),
    ...command.map((text, index) => ({ prop: `command[${index}]`, text, self: undefined })),
    ...args.map((text, index) => ({ prop: `args[${index}]`, text, self: undefined })),
  ];
  return places.flatMap(({ prop, text, self }) =>
    deadReferences(text, all, hasOthers, self).map(({ reference, why }) =>
      why === 'it is not set'
        ? `${prop} refers to $(${reference}), which is no variable of the container: set it, or write $$(${reference}) for the text itself`
        : `${prop} refers to $(${reference}), which refers back to it: break the circle`,
    ),
  );
}
