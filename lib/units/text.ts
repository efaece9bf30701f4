/**
 * Text that is safe to emit: what no string of ours may contain, whatever file it ends in.
 *
 * The YAML that cdk8s writes loses some strings (measured against the Go parser that kubectl uses): U+0085, U+2028
 * and U+2029 become null or a space, a lone surrogate makes the file unparsable, and `0o17` is read as the number 15.
 * Control characters are where injections start in every configuration format that we print.
 */

// eslint-disable-next-line no-control-regex -- the control characters are what this looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const LINE_SEPARATOR = /[\u2028\u2029]/;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const YAML_OCTAL = /^[-+]?0[oO][0-7]+$/;

/** Why a string cannot be emitted, or undefined when it can. */
export function unsafeTextReason(text: string): string | undefined {
  if (CONTROL.test(text)) return 'holds a control character (a newline, tab, NUL, …)';
  if (LINE_SEPARATOR.test(text)) return 'holds a Unicode line separator (U+2028 or U+2029)';
  if (LONE_SURROGATE.test(text)) return 'holds half of a surrogate pair, which is no character';
  if (text.includes('\ufeff')) return 'holds a byte order mark (U+FEFF)';
  if (YAML_OCTAL.test(text)) return 'would be read from YAML as an octal number';
  return undefined;
}

/** A value as an error message shows it: quoted, on one line, never longer than a line. */
export function display(value: unknown): string {
  if (typeof value === 'string') {
    const quoted = JSON.stringify(value).replace(
      /[\u007f-\u009f\u2028\u2029\ufeff\ud800-\udfff]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    return quoted.length > 120 ? `${quoted.slice(0, 100)}…" (${value.length} characters)` : quoted;
  }
  if (Array.isArray(value)) return `[${value.map(display).join(', ')}]`;
  if (value !== null && typeof value === 'object') {
    const { name } = value.constructor;
    return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`;
  }
  return String(value);
}

/** Text of anybody on a terminal: what it would obey is not shown to it. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- the control characters are what this looks for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '?');
}

/** Escapes `$` so that the kubelet, which expands `$(VAR)` in env values, commands and args, leaves the text alone. */
export function literalForKubelet(text: string): string {
  return text.replaceAll('$', '$$$$');
}
