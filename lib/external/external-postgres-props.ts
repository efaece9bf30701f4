import type { ISecret } from 'cdk8s-plus-27';
import type { NetworkPeer } from '../connection/network-peer';
import type { PostgresSslMode } from '../connection/postgres-ssl-mode';
import type { PostgresVersion } from '../postgres/postgres-workload';
import type { PostgresInstance } from './postgres-instance';

/** Properties of an `ExternalPostgres`. */
export interface ExternalPostgresProps {
  /** Where it answers: a DNS name or an address of IPv4, such as `shop.abc123.eu-west-1.rds.amazonaws.com`. */
  readonly host: string;
  /**
   * Port, of the server or of what stands in front of it.
   *
   * @default 5432
   */
  readonly port?: number;
  /**
   * Whose network the database is in, for the network policies of those who connect: `NetworkPeer.cidr('10.20.0.0/16')`, the
   * subnets of a cloud; `NetworkPeer.anywhere()`, any address on the port; `NetworkPeer.dnsName(host)`, where the cluster runs
   * Cilium; or pods that somebody else runs.
   */
  readonly peer: NetworkPeer;
  /**
   * Connections that the server accepts: its `max_connections`, which a cloud sets by the size of the instance
   * (`SHOW max_connections`). From 1 to 262143, and more than what is reserved. Behind a pooler or a proxy of the cloud, the
   * clients that this accepts.
   *
   * @default - what `instance` accepts; one of both is required
   */
  readonly maxConnections?: number;
  /**
   * The instance of a managed database, in place of `maxConnections`: what it accepts and reserves follows from its class, as
   * long as nobody has set its `max_connections`.
   *
   * @default - `maxConnections` is given
   */
  readonly instance?: PostgresInstance;
  /**
   * Connections that are kept free of the consumers' pools, for migrations, backups, people, and every other application
   * that uses the server; on top of `superuserReservedConnections`.
   *
   * @default 8
   */
  readonly reservedConnections?: number;
  /**
   * Connections that the server keeps for its superuser and for who runs it: `superuser_reserved_connections`,
   * `reserved_connections`, and what the cloud has besides.
   *
   * @default - what the provider of `instance` reserves, or 3
   */
  readonly superuserReservedConnections?: number;
  /**
   * Name of the database in the server.
   *
   * @default app
   */
  readonly database?: string;
  /**
   * Further databases in the server that consumers use: `connection({ database })` leads to one of them. All draw on the same
   * connections.
   *
   * @default - none
   */
  readonly databases?: string[];
  /**
   * Role that applications log in with.
   *
   * @default app
   */
  readonly user?: string;
  /**
   * An existing Secret with the key `password`. A consumer in another namespace needs it there too.
   *
   * @default - a Secret called `<name>-credentials`
   */
  readonly credentials?: ISecret;
  /**
   * How connections are encrypted. Consumers are told: `DB_SSLMODE`, `PGSSLMODE`, or `sslmode` in their URL.
   *
   * @default - it is not told, and the driver decides
   */
  readonly sslMode?: PostgresSslMode;
  /**
   * An existing Secret with the key `ca.crt`, the authority of the server's certificate as PEM. Poolers check with it. Consumers
   * are told: `DB_SSL_CA`,
   * `PGSSL_CA`. A variable holds at most 128Ki, which the bundle of one region fits and that of all regions does not; a file is
   * a volume of the workload. Needs `sslMode`.
   *
   * @default - none is told
   */
  readonly certificateAuthority?: ISecret;
  /**
   * An existing Secret with `tls.crt`, `tls.key` and `ca.crt`, such as cert-manager makes, for the names of the poolers
   * (`<name>-pooler`, `<name>-pooler.<namespace>`). The poolers of `addPooler` then answer TLS from 1.2 on, and their clients get
   * `DB_SSLMODE` and `DB_SSL_CA` for them. A consumer in another namespace needs the Secret there too. Needs `sslMode`, so that
   * passwords are encrypted on the way to the server as well, and an `addPooler`.
   *
   * @default - no TLS between consumers and poolers; the NetworkPolicy says who reaches them
   */
  readonly poolerCertificate?: ISecret;
  /**
   * Whether the poolers turn away who comes without TLS. Off while clients are moved to it. Refused without a
   * `poolerCertificate`.
   *
   * @default true
   */
  readonly requirePoolerTls?: boolean;
  /**
   * Where replicas answer that only read, such as the reader endpoint of Aurora: a DNS name or an address of IPv4.
   *
   * @default - there are none, and `readOnly` is refused
   */
  readonly readOnlyHost?: string;
  /**
   * Whose network the replicas are in.
   *
   * @default - that of `peer`
   */
  readonly readOnlyPeer?: NetworkPeer;
  /**
   * Connections that the replicas accept, with as many reserved: give it where a replica never takes over. Of several replicas
   * behind one name those of the smallest, since nobody promises that connections are spread evenly.
   *
   * @default - what `readOnlyInstance` accepts, or readers draw on `maxConnections` with everybody else, because a replica that
   * takes over keeps its readers
   */
  readonly readOnlyMaxConnections?: number;
  /**
   * The instance of the replicas, in place of `readOnlyMaxConnections`: what it accepts and reserves follows from its class.
   *
   * @default - `readOnlyMaxConnections`
   */
  readonly readOnlyInstance?: PostgresInstance;
  /**
   * Major version of the server: poolers of `addPooler` track what it reports to its clients.
   *
   * @default - it is not known, and what a PostgreSQL 13 reports is tracked
   */
  readonly version?: PostgresVersion;
  /**
   * Name, from which that of the Secret is made.
   *
   * @default - the construct path from the chart on, joined by "-"
   */
  readonly name?: string;
}
