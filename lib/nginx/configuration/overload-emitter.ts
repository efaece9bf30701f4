/** How nginx knows that it has as many requests as its memory bears. It counts them itself, and compares text only. */
import { because, block, directive, type NginxDirective } from './nginx-conf';
import { SIGN } from './signs';

/** Seconds after which a visitor that found no room is told to come back. A proposal. */
const RETRY_SECONDS = 2;
const OVERLOADED = '@overloaded';
const COUNTED = '$connections_writing';

/** Whether there are as many requests at one time as there may be, those between servers of this nginx included. */
export function overload({ requests }: { readonly requests: number }): NginxDirective {
  return block(
    'map',
    [COUNTED, '$is_overloaded'],
    [directive('default', 0), directive(`~^(${atLeastPattern(requests)})$`, 1)],
  );
}

/** In a server: more visitors than the memory bears are told so, as long as there are connections to tell them. */
export function refusal(): NginxDirective[] {
  return [
    because(
      'more requests at one time than the memory bears: come back',
      block('if', ['($is_overloaded)'], [directive('return', SIGN.overloaded)]),
    ),
    cameTooLate(),
  ];
}

/** Where they are told; repeated in a location with other error pages. */
export function cameTooLate(): NginxDirective {
  return directive('error_page', SIGN.overloaded, '=', OVERLOADED);
}

export function comeBack(): NginxDirective {
  return block(
    'location',
    [OVERLOADED],
    [
      because('its connection is for the next one', directive('keepalive_timeout', 0)),
      directive('add_header', 'Retry-After', RETRY_SECONDS, 'always'),
      directive('return', 503),
    ],
  );
}

/** A directive as it is read from a file. */
interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  readonly block?: readonly Directive[];
}

/** The requests from which on a configuration turns others away; undefined where it does not. */
export function overloadOf(directives: readonly Directive[]): number | undefined {
  for (const { name, args, block: inside = [] } of directives) {
    const found =
      name === 'map' && args[0] === COUNTED
        ? inside.flatMap((row) => (row.args[0] === '1' ? numberOf(row.name) : []))[0]
        : overloadOf(inside);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The number of which a pattern is `atLeastPattern`. */
function numberOf(pattern: string): number[] {
  const numbers = [...pattern.matchAll(/(?<![^|(])[0-9]+(?![^|)])/g)].map(([digits]) => Number(digits));
  return numbers.filter((one) => pattern === `~^(${atLeastPattern(one)})$`);
}

/** A pattern that matches the whole numbers from one on. */
export function atLeastPattern(least: number): string {
  const digits = `${least}`;
  const larger = [...digits].flatMap((digit, index) => {
    if (digit === '9') return [];
    const first = digit === '8' ? '9' : `[${Number(digit) + 1}-9]`;
    return [`${digits.slice(0, index)}${first}${'[0-9]'.repeat(digits.length - index - 1)}`];
  });
  return [...larger, digits, `[1-9][0-9]{${digits.length},}`].join('|');
}
