import type { Duration, Size } from 'cdk8s';
import type { ISecret } from 'cdk8s-plus-27';
import type { PodProps } from '../pod/pod-props';
import type { WorkloadProfile } from '../sizing/workload-profile';
import type { PostgresBootstrap } from './bootstrap/postgres-bootstrap';
import type { PostgresIndexJobProps } from './indexes/postgres-index';
import type { PostgresTopology } from './postgres-topology';
import type {
  PostgresDisk,
  PostgresImageFamily,
  PostgresVersion,
  PostgresWorkload,
} from './postgres-workload';
import type { PostgresRoleProps } from './roles/postgres-role';

/** Properties of a `TunedPostgres`. */
export interface TunedPostgresProps extends PodProps {
  /**
   * Size of the data volume, at least 1Gi. It also holds the WAL, which gets at most a fifth of it, unless the engine has a
   * volume of its own for that.
   */
  readonly storage: Size;
  /**
   * Size that the volume was made with, where `storage` has grown since: the API server lets the claim grow, and refuses
   * another size in the StatefulSet. The claim stands among the manifests then. Its StorageClass must allow it
   * (`allowVolumeExpansion`), and nothing shrinks.
   *
   * @default - the volume has the size that it was made with
   */
  readonly initialStorage?: Size;
  /**
   * StorageClass of the volume.
   *
   * @default - the cluster's default class
   */
  readonly storageClassName?: string;
  /**
   * What runs the database: one instance, or several on an operator. Another topology on a database that exists is a new,
   * empty one: docs/constructs/postgres-topologies.md says how its data moves.
   *
   * @default PostgresTopology.statefulSet()
   */
  readonly topology?: PostgresTopology;
  /**
   * What a new database begins with, on CloudNativePG: a backup up to a moment, or what another server has. A database that is there
   * already takes no notice. Refused on a StatefulSet, which restores its dumps by a Job.
   *
   * @default - an empty database, and `initSql`
   */
  readonly bootstrap?: PostgresBootstrap;
  /**
   * Size of the container; every setting follows from it. The memory limit counts, so request as much.
   *
   * @default - WorkloadProfile.DATABASE with 4Gi of memory as request and limit
   */
  readonly profile?: WorkloadProfile;
  /**
   * What the database is used for.
   *
   * @default PostgresWorkload.WEB
   */
  readonly workload?: PostgresWorkload;
  /**
   * What the data volume is made of; planner, autovacuum and WAL follow from it.
   *
   * @default PostgresDisk.SSD
   */
  readonly disk?: PostgresDisk;
  /**
   * Major version. It must be that of the image, and of the data on the volume.
   *
   * @default PostgresVersion.V17
   */
  readonly version?: PostgresVersion;
  /**
   * Image with a tag or a digest, laid out like the official one of its family: `docker-entrypoint.sh`, `pg_isready`,
   * `pg_ctl`.
   *
   * @default - the official image of the version and the family
   */
  readonly image?: string;
  /**
   * How the image is laid out and built: its user, and what it can compress with. Another family on a volume that holds
   * data cannot read it, and sorts text differently.
   *
   * @default - PostgresImageFamily.ALPINE when the tag of the image says "alpine", else PostgresImageFamily.DEBIAN
   */
  readonly imageFamily?: PostgresImageFamily;
  /**
   * Connections that the server accepts, from 10 to 10000. Refused when the memory limit cannot bear them.
   *
   * @default - what the poolers open; without poolers, what all consumers may open at their largest, at most 200 (web),
   * 300 (OLTP), 40 (warehouse), 100 (mixed) or 20 (desktop), and as many as the memory limit bears
   */
  readonly maxConnections?: number;
  /**
   * Connections that are kept free of the applications' pools, for the exporter, migrations and backups; on top of
   * `superuser_reserved_connections`.
   *
   * @default 8
   */
  readonly reservedConnections?: number;
  /**
   * Whether the pod requests huge pages of 2Mi for everything that Postgres shares. The nodes must have them set aside.
   *
   * @default false
   */
  readonly hugePages?: boolean;
  /**
   * Libraries that the server loads when it starts, besides `pg_stat_statements` and `auto_explain`, such as
   * `timescaledb`. The image must have them.
   *
   * @default - none
   */
  readonly preloadLibraries?: string[];
  /**
   * Settings of your own, as in `postgresql.conf`. They win over the computed ones; sizes and times carry their unit
   * (`10MB`, `5min`). Names, units and ranges are checked by what the version itself states. Those that take memory must
   * fit the memory limit together; those that run commands, load code or contradict the pod are refused.
   *
   * @default - every setting is computed
   */
  readonly parameters?: { [name: string]: string };
  /**
   * Database that is made for the application on the first start. Another name later would leave the old one as it is, and is yours
   * to fill.
   *
   * @default app
   */
  readonly database?: string;
  /**
   * Further databases of the application, with the same owner; `connection({ database })` leads to one of them. They are made on the
   * first start, and later ones by a Job (`setupJob`); none is dropped. On CloudNativePG each is a `Database`, which its operator
   * from 1.26 on makes.
   *
   * @default - none
   */
  readonly databases?: string[];
  /**
   * Extensions that the superuser makes in every database, with those that they need: on the first start, and later ones by a Job
   * (`setupJob`); none is dropped. The image must have them; one that needs its library loaded is refused unless it is in
   * `preloadLibraries`.
   *
   * @default - pg_stat_statements
   */
  readonly extensions?: string[];
  /**
   * SQL by the name of a file, such as `10-schema.sql`: run once on the first start, in the order of the names, by the
   * superuser in the application's database, which must not fail. At most 900Ki together; it is readable in a ConfigMap, so
   * no passwords.
   *
   * @default - none
   */
  readonly initSql?: { [fileName: string]: string };
  /**
   * Role that owns the databases and that applications log in with.
   *
   * @default app
   */
  readonly user?: string;
  /**
   * Further roles that may log in, such as one that only reads: `connection({ user })` logs in as one of them. A Job makes them once
   * the database is up (`setupJob`), sets what is declared of one that is there, and drops none. On CloudNativePG they are the
   * operator's.
   *
   * @default - none
   */
  readonly roles?: PostgresRoleProps[];
  /**
   * An existing Secret with the keys `password` (of the role), `postgres-password` (of the superuser) and
   * `exporter-password`; on CloudNativePG one of type `kubernetes.io/basic-auth`, with `username` and `password` of the
   * role.
   *
   * @default - a Secret called `<name>-credentials`; on CloudNativePG `<name>-app`, which the operator makes
   */
  readonly credentials?: ISecret;
  /**
   * An existing Secret with `tls.crt`, `tls.key` and `ca.crt`, such as cert-manager makes, for the names of the Service
   * (`<name>`, `<name>.<namespace>.svc`) and of the poolers (`<name>-pooler`, …). Server and poolers then answer TLS from 1.2
   * on, poolers check the server by `ca.crt`, and consumers get `DB_SSLMODE` and `DB_SSL_CA`. Refused on CloudNativePG, whose
   * operator has certificates of its own.
   *
   * @default - no TLS; the NetworkPolicy says who reaches it
   */
  readonly certificate?: ISecret;
  /**
   * Whether the server and the poolers turn away who comes without TLS. Off while clients are moved to it. Refused without a
   * certificate.
   *
   * @default true
   */
  readonly requireTls?: boolean;
  /**
   * Longest time that a start may take, in whole seconds: a recovery after a crash replays the WAL, and a restart in
   * the middle begins it anew. `max_wal_size` is as small as a recovery within this time needs.
   *
   * @default - an hour, or what the replay of `max_wal_size` takes at the least pace of the disk
   */
  readonly startupTime?: Duration;
  /**
   * Whether the database restarts when its configuration changes. Otherwise a change waits for the next restart, or for
   * `pg_reload_conf()` where that is enough.
   *
   * @default true
   */
  readonly restartOnChange?: boolean;
  /**
   * How the indexes of `addIndex` are built: by which role, and for how long.
   *
   * @default - by the role of the application
   */
  readonly indexJobOptions?: PostgresIndexJobProps;
  /**
   * Whether postgres_exporter runs beside the server. CloudNativePG has an exporter of its own; this says whether it is
   * scraped.
   *
   * @default true
   */
  readonly metrics?: boolean;
  /**
   * Image of postgres_exporter. The series that the alerts use are those of 0.20.
   *
   * @default - postgres_exporter 0.20
   */
  readonly exporterImage?: string;
  /**
   * Labels that the StatefulSet is selected by, where it exists already: its selector cannot change. Pods, Services, budget
   * and policy follow. Not with an operator.
   *
   * @default - app.kubernetes.io/name and app.kubernetes.io/component
   */
  readonly selectorLabels?: { [label: string]: string };
  /**
   * Name of the Service that the StatefulSet names (`serviceName`), where it exists already: it cannot change. Not with an
   * operator.
   *
   * @default - the name and "-headless"
   */
  readonly headlessServiceName?: string;
  /**
   * Name of all objects, and of the volume. A changed name is a new, empty database, so pin it before you move the
   * construct in the tree.
   *
   * @default - the construct path from the chart on, joined by "-"
   */
  readonly name?: string;
}
