/** What may be a password is compared, and never told. */
import { isRecord } from '../../inventory/json';
import type { FieldChange } from './field-changes';

/** What stands in the place of a value. */
export const HIDDEN = '(not shown)';

const SECRET_NAME = /pass(word|wd|phrase)?|secret|token|credential|api_?key|private_?key|access_?key/i;
const USER_INFO = /:\/\/[^/\s]*:[^/\s]*@/;
/** A name that says password, and a value. */
const SECRET_LINE =
  /(pass(word|wd|phrase)?|requirepass|masterauth|secret|token|credential|api_?key|private_?key|access_?key)\S*["']?\s*[:= ]\s*\S/i;

/** Whether a line of a file may hold a password. */
export function mayHoldSecret(line: string): boolean {
  return USER_INFO.test(line) || SECRET_LINE.test(line);
}

/** Changes of an object without what nobody may see: data of Secrets, and values that may be passwords. */
export function withoutSecrets(kind: string, changes: readonly FieldChange[]): FieldChange[] {
  return changes.map((change) => {
    if (kind === 'Secret' && /^(data|stringData)\b/.test(change.pattern)) return hidden(change);
    if (/\.env\[\]\.value$/.test(change.pattern) && isSecretVariable(change)) return hidden(change);
    return {
      ...change,
      before: masked(change.before),
      after: masked(change.after),
    };
  });
}

function isSecretVariable({ path, before, after }: FieldChange): boolean {
  const [, name = ''] = /\[name="([^"]*)"\]\.value$/.exec(path) ?? [];
  return SECRET_NAME.test(name) || [before, after].some((value) => USER_INFO.test(String(value)));
}

const hidden = (change: FieldChange): FieldChange => ({
  ...change,
  before: change.before === undefined ? undefined : HIDDEN,
  after: change.after === undefined ? undefined : HIDDEN,
});

/** The same value, with what may be a password hidden, however deep it lies. */
function masked(value: unknown): unknown {
  if (typeof value === 'string')
    return value
      .split('\n')
      .map((line) => (mayHoldSecret(line) ? HIDDEN : line))
      .join('\n');
  if (Array.isArray(value)) return (value as unknown[]).map(masked);
  if (!isRecord(value)) return value;
  const isNamedSecret = typeof value.name === 'string' && 'value' in value && SECRET_NAME.test(value.name);
  return Object.fromEntries(
    Object.entries(value).map(([key, own]) => [key, key === 'value' && isNamedSecret ? HIDDEN : masked(own)]),
  );
}
