/** Schedules, as the programs that run them read them. */

interface CronField {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const SECOND: CronField = { name: 'second', min: 0, max: 59 };
const FIELDS: readonly CronField[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31 },
  {
    name: 'month',
    min: 1,
    max: 12,
    names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  },
  { name: 'day of the week', min: 0, max: 6, names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] },
];

/** A schedule of five fields, as the cron parser of KEDA takes it. */
export function cronRule(text: string): string | undefined {
  return isSchedule(text, FIELDS)
    ? undefined
    : 'a schedule of five fields (minute, hour, day of the month, month, day of the week), such as "0 6 * * MON-FRI"';
}

/** A schedule of six fields, as CloudNativePG reads it: seconds first. */
export function scheduleRule(text: string): string | undefined {
  return isSchedule(text, [SECOND, ...FIELDS])
    ? undefined
    : 'six fields, seconds first, such as "0 0 2 * * *" for two in the morning; each is *, numbers, ranges and steps';
}

const TIMES = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

/** A schedule as CronJobs have it: five fields, or a word for some. */
export function jobScheduleRule(text: string): string | undefined {
  if (TIMES.includes(text)) return undefined;
  const fields = cronRule(text);
  return fields && `${fields}, or one of ${TIMES.join(', ')}`;
}

/** A time zone of the IANA database by its name. "Local" would be that of a controller, and the API server refuses it. */
export function timeZoneRule(text: string): string | undefined {
  return /^[A-Z][\w+-]*(\/[A-Z][\w+-]*)*$/.test(text) && isTimeZone(text)
    ? undefined
    : 'a name of the time zone database, such as "Europe/Berlin" or "Etc/UTC"';
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function isSchedule(text: string, fields: readonly CronField[]): boolean {
  const parts = text.split(' ');
  return parts.length === fields.length && fields.every((field, index) => isCronField(parts[index], field));
}

function isCronField(text: string, field: CronField): boolean {
  return text.split(',').every((item) => {
    const [, range, step] = /^([^/]+)(?:\/([1-9]\d?))?$/.exec(item) ?? [];
    if (range === undefined) return false;
    if (range === '*') return true;
    const [from, to, ...more] = range.split('-').map((bound) => cronNumber(bound, field));
    // A step needs a range: "5/10" means something else to each parser.
    return (
      more.length === 0 &&
      from !== undefined &&
      (range.includes('-') ? to !== undefined && from <= to : step === undefined)
    );
  });
}

function cronNumber(text: string, { min, max, names = [] }: CronField): number | undefined {
  const named = names.indexOf(text.toUpperCase());
  if (named >= 0) return named + min;
  const number = /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  return number >= min && number <= max ? number : undefined;
}
