/** Moments in time as RFC 3339 writes them. */

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(\.\d{1,6})?(?:([Zz])|([+-])(\d{2}):(\d{2}))$/;

/**
 * The same moment in UTC, with its fraction of a second: `2026-01-31T08:30:00Z` of `2026-01-31T10:30:00+02:00`. Undefined for
 * what is no moment, and for one without a zone, which every reader takes for another. Postgres knows microseconds.
 */
export function utcTimestamp(text: string): string | undefined {
  const match = RFC_3339.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  const [fraction = '', , sign] = match.slice(7, 10);
  const [offsetHours, offsetMinutes] = [Number(match[10] ?? 0), Number(match[11] ?? 0)];
  if (offsetHours > 23 || offsetMinutes > 59) return undefined;
  const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // What does not exist, such as the 30th of February, comes out as another date.
  const isReal = local.toISOString().slice(0, 19) === `${text.slice(0, 10)}T${text.slice(11, 19)}`;
  if (!isReal) return undefined;
  const offset = (sign === '-' ? -1 : 1) * (offsetHours * 60 + offsetMinutes);
  const utc = new Date(local.getTime() - offset * 60_000).toISOString();
  // Another number of digits in the year is that of no database.
  return /^\d{4}-/.test(utc) ? `${utc.slice(0, 19)}${fraction}Z` : undefined;
}

/** A moment that names its zone. */
export function timestampRule(text: string): string | undefined {
  return utcTimestamp(text) === undefined
    ? 'a moment with its zone as in RFC 3339, such as 2026-01-31T10:30:00Z or 2026-01-31T10:30:00+01:00'
    : undefined;
}
