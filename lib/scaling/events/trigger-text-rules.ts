/**
 * What the texts of KEDA triggers may be. A schedule, an address and a name are read whole; a query is the user's own
 * program and is passed on as it is, after what would make it another one, or none, is refused.
 */
import type { TextRule } from '../../finding/checks';

/** Zones that were looked up: each costs milliseconds. */
const knownZones = new Map<string, boolean>();

/** A zone of the IANA database, in its own spelling: the zone files of Linux tell letter cases apart. */
export const timeZoneRule: TextRule = (text) => {
  const known = knownZones.get(text) ?? isTimeZone(text);
  knownZones.set(text, known);
  return known ? undefined : 'a time zone of the IANA database, such as Europe/Berlin or Etc/UTC';
};

function isTimeZone(text: string): boolean {
  if (!/^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*){0,2}$/.test(text)) return false;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions();
    return timeZone === text || timeZone.toLowerCase() !== text.toLowerCase();
  } catch {
    return false;
  }
}

/** A host that KEDA reaches from its own namespace: with the namespace in it, or an address. */
export const remoteHostRule: TextRule = (text) =>
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/.test(text) && text.length <= 253
    ? undefined
    : 'a host name with its namespace, such as queue.shop.svc: KEDA asks from a namespace of its own';

/** An address of HTTP without a user, which belongs into a Secret. */
export const httpUrlRule: TextRule = (text) =>
  /^https?:\/\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:\d{1,5})?(\/[A-Za-z0-9\-._~/%]*)?$/.test(text) &&
  text.length <= 1024
    ? undefined
    : 'an address such as http://prometheus.monitoring.svc:9090, without user and query';

/** Name of a queue, a list or a key: what is printable and no space. */
export const queueNameRule: TextRule = (text) =>
  /^[\x21-\x7e]{1,255}$/.test(text) ? undefined : 'at most 255 printable ASCII characters without spaces';

/** A PromQL expression whose quotes and brackets close: one that does not is no expression, whatever Prometheus says. */
export const promqlRule: TextRule = (text) =>
  text.trim() !== '' && text.length <= 4096 && closes(text, ['"', "'", '`'], '\\', '#')
    ? undefined
    : 'a PromQL expression on one line of at most 4096 characters, with closed quotes and brackets and without a comment';

/**
 * One SELECT that returns a number. The statement is the user's own and runs with the rights of its role, so the rule is
 * no defence against its author; it keeps a second statement and a comment, which would hide the rest, out of it.
 */
export const sqlQueryRule: TextRule = (text) =>
  /^(select|with)\s/i.test(text) &&
  text.length <= 4096 &&
  closes(text, ["'", '"'], undefined, ';') &&
  !/--|\/\*/.test(withoutStrings(text))
    ? undefined
    : 'one SELECT on one line of at most 4096 characters, with closed quotes and brackets, without ";" and comments';

/** Parameter of a scaler. cdk8s takes an object with the key `constructor` for an instance and does not render it. */
export const parameterRule: TextRule = (text) =>
  /^[A-Za-z][A-Za-z0-9]{0,62}$/.test(text) && text !== 'constructor'
    ? undefined
    : 'a parameter of a KEDA scaler: letters and digits';

/** Type of a scaler, such as `aws-sqs-queue`. */
export const scalerTypeRule: TextRule = (text) =>
  /^[a-z][a-z0-9-]{0,62}$/.test(text) ? undefined : 'a type of KEDA scaler, such as aws-sqs-queue';

const PAIRS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** Whether all quotes and brackets close, and a character is nowhere outside of quotes. */
function closes(text: string, quotes: readonly string[], escape: string | undefined, never: string): boolean {
  const open: string[] = [];
  let quote: string | undefined;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (quote !== undefined) {
      if (character === escape && quote !== '`') index += 1;
      else if (character === quote) quote = undefined;
    } else if (quotes.includes(character)) quote = character;
    else if (character === never) return false;
    else if ('([{'.includes(character)) open.push(character);
    else if (character in PAIRS && open.pop() !== PAIRS[character]) return false;
  }
  return quote === undefined && open.length === 0;
}

function withoutStrings(text: string): string {
  return text.replace(/'[^']*'|"[^"]*"/g, '');
}
