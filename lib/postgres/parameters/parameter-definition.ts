/** What Postgres itself says of its parameters, by major version. */
import { nearestName } from '../../units/nearest';
import type { PostgresVersion } from '../postgres-workload';
import { PARAMETER_ROWS } from './parameter-table';
import { formatSize, formatTime, parseSize, parseTime, unitBytes } from './postgres-units';

export interface ParameterDefinition {
  readonly name: string;
  /** When it can change: `postmaster` needs a restart, `internal` cannot be set at all. */
  readonly context: string;
  readonly type: 'bool' | 'enum' | 'integer' | 'real' | 'string';
  /** Unit of a bare number, and of the range: `kB`, `8kB`, `ms`, …; empty for plain numbers. */
  readonly unit: string;
  readonly least?: number;
  readonly most?: number;
  readonly values: readonly string[];
  /** What holds where nobody sets it, as the server shows it. */
  readonly otherwise: string;
  readonly firstMajor: number;
  readonly lastMajor: number;
}

/** Definitions by lower-case name; one for each way that the majors define it. */
const DEFINITIONS = ((): ReadonlyMap<string, readonly ParameterDefinition[]> => {
  const definitions = new Map<string, ParameterDefinition[]>();
  for (const row of PARAMETER_ROWS) {
    const [name, context, type, unit, least, most, values, boot, first, last] = row.split('|');
    const definition: ParameterDefinition = {
      name,
      context,
      type: type as ParameterDefinition['type'],
      unit,
      least: least === '' ? undefined : Number(least),
      most: most === '' ? undefined : Number(most),
      values: values === '' ? [] : values.split(','),
      otherwise: unit === '' ? boot : inLargestUnit(Number(boot), unit),
      firstMajor: Number(first),
      lastMajor: Number(last),
    };
    definitions.set(name.toLowerCase(), [...(definitions.get(name.toLowerCase()) ?? []), definition]);
  }
  return definitions;
})();

/** The definition of a parameter in a major, by its name in any case. */
export function definitionOf(name: string, version: PostgresVersion): ParameterDefinition | undefined {
  const major = Number(version);
  return DEFINITIONS.get(name.toLowerCase())?.find(
    ({ firstMajor, lastMajor }) => firstMajor <= major && major <= lastMajor,
  );
}

/** The definition of a parameter in the newest major that has it. */
export function newestDefinitionOf(name: string): ParameterDefinition | undefined {
  const all = DEFINITIONS.get(name.toLowerCase()) ?? [];
  return all.reduce<ParameterDefinition | undefined>(
    (newest, one) => (newest && newest.lastMajor >= one.lastMajor ? newest : one),
    undefined,
  );
}

/** Default of a parameter in a major; of the newest that has it, when the major is not known. */
export function defaultOf(name: string, major: number | undefined): string | undefined {
  const own = DEFINITIONS.get(name.toLowerCase())?.find(
    ({ firstMajor, lastMajor }) => major !== undefined && firstMajor <= major && major <= lastMajor,
  );
  return (own ?? newestDefinitionOf(name))?.otherwise;
}

/** A number of a unit as `SHOW` prints it: -1 and 0 mean something of their own, and have no unit. */
function inLargestUnit(value: number, unit: string): string {
  if (value <= 0) return `${value}`;
  const milliseconds = parseTime(`1${unit}`);
  if (milliseconds !== undefined)
    return Number.isInteger(value * milliseconds) ? formatTime(value * milliseconds) : `${value}${unit}`;
  return formatSize(value * unitBytes(unit));
}

/** Why a name is no parameter of a major, and what may have been meant. */
export function explainUnknown(name: string, version: PostgresVersion): string {
  const elsewhere = DEFINITIONS.get(name.toLowerCase());
  if (elsewhere) {
    const majors = [
      ...elsewhere.map(({ firstMajor }) => firstMajor),
      ...elsewhere.map((one) => one.lastMajor),
    ];
    const [first, last] = [Math.min(...majors), Math.max(...majors)];
    return `Postgres ${version} does not know it, only ${first === last ? first : `${first} to ${last}`} of those that we know`;
  }
  const near = nearestName(
    name,
    [...DEFINITIONS.values()].map(([definition]) => definition.name),
  );
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  return `Postgres ${version} has no such parameter, and would not start${hint}`;
}

/** What is allowed when a value is not; undefined when Postgres takes it. */
export function valueProblem(definition: ParameterDefinition, value: string): string | undefined {
  switch (definition.type) {
    case 'string':
      return undefined;
    case 'bool':
      return /^(on|off|true|false|yes|no|0|1)$/i.test(value) ? undefined : 'allowed: on or off';
    case 'enum':
      return definition.values.includes(value.toLowerCase())
        ? undefined
        : `allowed: ${definition.values.join(', ')}`;
    case 'integer':
    case 'real':
      return numberProblem(definition, value);
  }
}

function numberProblem(definition: ParameterDefinition, value: string): string | undefined {
  const { unit, type, least = -Infinity, most = Infinity } = definition;
  const isTime = Object.hasOwn(TIME_EXAMPLES, unit);
  // Without a unit: 0 and -1 mean "off" or "by default" and need none.
  const bare = type === 'integer' ? /^-?\d+$/ : /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/;
  const inUnit = readNumber();
  if (inUnit === undefined) {
    if (unit === '') return type === 'integer' ? 'allowed: a whole number' : 'allowed: a number';
    const example = isTime ? TIME_EXAMPLES[unit] : '64kB, 16MB or 4GB';
    return `allowed: a ${isTime ? 'time' : 'size'} with its unit, such as ${example} (Postgres would read a bare number in ${isTime ? unit : 'blocks or kB'})`;
  }
  if (inUnit >= least && inUnit <= most) return undefined;
  const shown = (bound: number) =>
    `${bound}${unit === '' || bound === 0 || bound === -1 ? '' : ` × ${unit}`}`;
  return `allowed: from ${shown(least)} to ${shown(most)}`;

  function readNumber(): number | undefined {
    if (bare.test(value) && (unit === '' || Number(value) === 0 || Number(value) === -1))
      return Number(value);
    if (unit === '') return undefined;
    const amount = isTime ? parseTime(value) : parseSize(value);
    return amount === undefined ? undefined : amount / unitOf(unit);
  }
}

const TIME_EXAMPLES: Readonly<Record<string, string>> = {
  ms: '500ms or 30s',
  s: '30s or 5min',
  min: '5min or 1d',
};

/** A unit in bytes or in milliseconds; `8kB` is a block. */
function unitOf(unit: string): number {
  return parseTime(`1${unit}`) ?? unitBytes(unit);
}
