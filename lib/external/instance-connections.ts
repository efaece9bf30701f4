/**
 * What a managed Postgres accepts where nobody has set `max_connections`: by the class or the memory of its instance, as the
 * provider publishes it.
 *
 * RDS and Aurora: `LEAST({DBInstanceClassMemory/9531392}, 5000)`, in which the memory is what is left after the operating system
 * and the management of RDS, "slightly lower" than that of the class. How much lower is not published, so what is solved here is
 * what even the meanest known instance has (`usableBytes`). Sources, read in November 2026:
 * - https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections
 * - https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ParamValuesRef.html (DBInstanceClassMemory)
 * - https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Managing.html
 * - https://repost.aws/knowledge-center/rds-postgresql-error-connection-slots (3 and 2 reserved)
 *
 * Azure: a table of products, 15 of them reserved for replication and monitoring.
 * - https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-limits (November 2026)
 *
 * Cloud SQL: a table of memory. What counts at its steps is not told, so an instance on a step gets the row below. The rows up to
 * 30 GiB agree with values that users tell (25 with 0.6, 100 with 3.75, 200 with 7.5, 400 with 15, 500 with 30: among them
 * google/exposure-notifications-server#364); those above are remembered.
 * - https://cloud.google.com/sql/docs/postgres/flags (max_connections)
 *
 * DigitalOcean: 25 for each GB, 3 of them reserved.
 * - https://docs.digitalocean.com/products/databases/postgresql/how-to/manage-connection-pools (November 2026)
 */
import type { TextRule } from '../finding/checks';
import { nearestName } from '../units/nearest';
import { GIB, MIB } from '../units/quantity';

/** Connections of an instance. */
export interface InstanceConnections {
  readonly maxConnections: number;
  /** What of them the server keeps for its superuser and for who runs it. */
  readonly reserved: number;
  /** Whether the instance may accept more than that. */
  readonly isLowerBound: boolean;
}

/** A provider that tells connections by the name of a class. */
export interface ClassProvider {
  readonly rule: TextRule;
  /** The name has passed the rule. */
  readonly connectionsOf: (name: string) => InstanceConnections;
}

/** `superuser_reserved_connections` of Postgres, which the providers leave as it is. */
const SUPERUSER_RESERVED = 3;

const BYTES_PER_AWS_CONNECTION = 9_531_392;
const MOST_OF_AWS = 5000;
/** `rds.rds_superuser_reserved_connections`. */
const RDS_SUPERUSER_RESERVED = 2;

/** At least so much of the memory of a class is DBInstanceClassMemory, in all cases that are known (see the test). */
const usableBytes = (memoryBytes: number) => Math.max(0, 0.9 * memoryBytes - 256 * MIB);

export function awsConnections(memoryBytes: number): InstanceConnections {
  return {
    maxConnections: Math.min(Math.floor(usableBytes(memoryBytes) / BYTES_PER_AWS_CONNECTION), MOST_OF_AWS),
    reserved: SUPERUSER_RESERVED + RDS_SUPERUSER_RESERVED,
    isLowerBound: true,
  };
}

const BURSTABLE = ['micro', 'small', 'medium', 'large', 'xlarge', '2xlarge'];
const UP_TO_4 = ['large', 'xlarge', '2xlarge', '4xlarge'];
const UP_TO_16 = [...UP_TO_4, '8xlarge', '12xlarge', '16xlarge'];
const UP_TO_24 = [...UP_TO_16, '24xlarge'];

/**
 * Families of instance classes: GiB of `large`, and the sizes that there are.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html
 */
const AWS_FAMILIES: ReadonlyArray<
  readonly [families: readonly string[], gibOfLarge: number, sizes: readonly string[]]
> = [
  [['t2', 't3', 't4g'], 8, BURSTABLE],
  [['m4'], 8, [...UP_TO_4, '10xlarge', '16xlarge']],
  [['m5', 'm5d'], 8, UP_TO_24],
  [['m6g', 'm6gd', 'm7g'], 8, UP_TO_16],
  [['m6i', 'm6id'], 8, [...UP_TO_24, '32xlarge']],
  [['m7i', 'm8g'], 8, [...UP_TO_24, '48xlarge']],
  [['r4'], 15.25, [...UP_TO_4, '8xlarge', '16xlarge']],
  [['r5', 'r5b', 'r5d'], 16, UP_TO_24],
  [['r6g', 'r6gd', 'r7g'], 16, UP_TO_16],
  [['r6i', 'r6id'], 16, [...UP_TO_24, '32xlarge']],
  [['r7i', 'r8g'], 16, [...UP_TO_24, '48xlarge']],
  [['x2g'], 32, UP_TO_16],
];

/** Memory of a size against that of `large`. */
function sizeFactor(size: string): number {
  const small: Readonly<Record<string, number>> = { micro: 1 / 8, small: 1 / 4, medium: 1 / 2, large: 1 };
  return small[size] ?? 2 * Number(size.replace('xlarge', '') || 1);
}

const RDS_CLASSES: ReadonlyMap<string, number> = new Map(
  AWS_FAMILIES.flatMap(([families, gibOfLarge, sizes]) =>
    families.flatMap((family) =>
      sizes.map((size) => [`db.${family}.${size}`, gibOfLarge * sizeFactor(size) * GIB] as const),
    ),
  ),
);

/** Aurora has the memory-optimized classes, and of the burstable ones the larger. */
const AURORA_CLASSES: ReadonlyMap<string, number> = new Map(
  [...RDS_CLASSES].filter(([name]) => /^db\.(r\d|x2g|(t3|t4g)\.(medium|large)$)/.test(name)),
);

function awsProvider(service: string, classes: ReadonlyMap<string, number>): ClassProvider {
  return {
    rule: oneOfRule(`an instance class of ${service}`, classes.keys(), 'rdsWithMemory'),
    connectionsOf: (name) => awsConnections(classes.get(name) ?? 0),
  };
}

export const RDS = awsProvider('RDS', RDS_CLASSES);
export const AURORA = awsProvider('Aurora', AURORA_CLASSES);

/** Rows of Cloud SQL, by the GiB above which they hold; the first is that of the smallest dedicated instance. */
const CLOUD_SQL_ROWS: ReadonlyArray<readonly [aboveGib: number, connections: number]> = [
  [120, 1000],
  [60, 800],
  [30, 600],
  [15, 500],
  [7.5, 400],
  [6, 200],
  [0, 100],
];
const CLOUD_SQL_SHARED: ReadonlyMap<string, number> = new Map([
  ['db-f1-micro', 25],
  ['db-g1-small', 50],
]);

export function cloudSqlConnections(memoryBytes: number): InstanceConnections {
  const [, maxConnections = 0] = CLOUD_SQL_ROWS.find(([above]) => memoryBytes > above * GIB) ?? [];
  return { maxConnections, reserved: SUPERUSER_RESERVED, isLowerBound: true };
}

/** MiB of a custom tier: at least 3.75 GiB, in steps of 256 MiB. */
function cloudSqlMebibytes(tier: string): number | undefined {
  const text = /^db-custom-(?:1|\d{0,2}[02468])-(\d{4,6})$/.exec(tier)?.[1];
  const mebibytes = Number(text);
  return text !== undefined && mebibytes >= 3840 && mebibytes % 256 === 0 ? mebibytes : undefined;
}

export const CLOUD_SQL: ClassProvider = {
  rule: (tier) =>
    CLOUD_SQL_SHARED.has(tier) || cloudSqlMebibytes(tier) !== undefined
      ? undefined
      : 'a tier of Cloud SQL: db-f1-micro, db-g1-small or db-custom-CPUS-MEBIBYTES, such as db-custom-2-7680; ' +
        another('cloudSqlWithMemory'),
  connectionsOf: (tier) => {
    const shared = CLOUD_SQL_SHARED.get(tier);
    return shared === undefined
      ? cloudSqlConnections((cloudSqlMebibytes(tier) ?? 0) * MIB)
      : { maxConnections: shared, reserved: SUPERUSER_RESERVED, isLowerBound: false };
  },
};

/** For physical replication and monitoring. */
const AZURE_RESERVED = 15;
/** Connections by the GiB from which they hold; the smallest product is an exception. */
const AZURE_ROWS: ReadonlyArray<readonly [fromGib: number, connections: number]> = [
  [48, 5000],
  [32, 3437],
  [16, 1718],
  [8, 859],
  [4, 429],
  [0, 50],
];
const AZURE_BURSTABLE: ReadonlyMap<string, number> = new Map([
  ['B1ms', 2],
  ['B2s', 4],
  ...[2, 4, 8, 12, 16, 20].map((cores) => [`B${cores}ms`, 4 * cores] as const),
]);
const EVERY_GENERATION = ['s_v3', 'ds_v4', 'ds_v5', 'ads_v5'];
/** The other products: the letter, the GiB of a vCore, the vCores that there are, and what stands behind them. */
const AZURE_SERIES: ReadonlyArray<
  readonly [letter: string, gibOfCore: number, cores: readonly number[], endings: readonly string[]]
> = [
  ['D', 4, [2, 4, 8, 16, 32, 48, 64], EVERY_GENERATION],
  ['D', 4, [96], ['ds_v5', 'ads_v5']],
  ['E', 8, [2, 4, 8, 16, 32, 48], EVERY_GENERATION],
  ['E', 8, [20], ['ds_v4', 'ds_v5', 'ads_v5']],
  ['E', 6.75, [64], EVERY_GENERATION],
  ['E', 7, [96], ['ds_v5', 'ads_v5']],
];
const AZURE_PRODUCTS: ReadonlyMap<string, number> = new Map([
  ...AZURE_BURSTABLE,
  ...AZURE_SERIES.flatMap(([letter, gibOfCore, cores, endings]) =>
    cores.flatMap((count) =>
      endings.map((ending) => [`${letter}${count}${ending}`, gibOfCore * count] as const),
    ),
  ),
]);
/** The name as templates and Terraform write it has the tier in front. */
const azureProduct = (name: string) => name.replace(/^((B|GP|MO)_)?(Standard_)?(?=[BDE]\d)/, '');

export const AZURE: ClassProvider = {
  rule: (name) =>
    oneOfRule('a product of the flexible server of Azure', AZURE_PRODUCTS.keys())(azureProduct(name)),
  connectionsOf: (name) => {
    const gib = AZURE_PRODUCTS.get(azureProduct(name)) ?? 0;
    const [, maxConnections = 0] = AZURE_ROWS.find(([from]) => gib >= from) ?? [];
    return { maxConnections, reserved: AZURE_RESERVED, isLowerBound: false };
  },
};

const DIGITAL_OCEAN_PER_GB = 25;

export function digitalOceanConnections(memoryBytes: number): InstanceConnections {
  return {
    maxConnections: Math.floor((DIGITAL_OCEAN_PER_GB * memoryBytes) / GIB),
    reserved: SUPERUSER_RESERVED,
    isLowerBound: false,
  };
}

/** How to say an instance that is in no table. */
function another(factory?: string): string {
  const memory = factory === undefined ? '' : `PostgresInstance.${factory}(…), or `;
  return `for any other, use ${memory}\`maxConnections\``;
}

function oneOfRule(what: string, known: Iterable<string>, factory?: string): TextRule {
  const names = new Set(known);
  return (name) => {
    if (names.has(name)) return undefined;
    const near = nearestName(name, names);
    const guess = near === undefined ? '' : ` (did you mean "${near}"?)`;
    return `${what}, such as ${[...names][Math.floor(names.size / 2)]}${guess}; ${another(factory)}`;
  };
}
