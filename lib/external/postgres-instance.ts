import type { Size } from 'cdk8s';
import type { Checks } from '../finding/checks';
import { BYTES, bytesOf } from '../units/amounts';
import { GIB } from '../units/quantity';
import {
  AURORA,
  awsConnections,
  AZURE,
  type ClassProvider,
  CLOUD_SQL,
  cloudSqlConnections,
  digitalOceanConnections,
  type InstanceConnections,
  RDS,
} from './instance-connections';

/** Smallest and largest memory of an instance, in bytes. */
const LEAST_MEMORY = GIB / 2;
const MOST_MEMORY = 64 * 1024 * GIB;

/** An instance by the name of its class, or by its memory. */
type Given =
  | { readonly name: string; readonly provider: ClassProvider }
  | { readonly memory: Size; readonly connectionsOf: (bytes: number) => InstanceConnections };

/**
 * The instance of a managed Postgres, from which the connections follow that it accepts while nobody has set its
 * `max_connections`, and those that its provider reserves.
 *
 * Tables and formulas are those that the providers publish. Of RDS, Aurora and Cloud SQL the number is a lower bound, since
 * they tell the memory that counts only roughly; `SHOW max_connections` tells the exact one.
 *
 * @example
 * const orders = new ExternalPostgres(chart, 'orders', {
 *   host: 'orders.abc123.eu-west-1.rds.amazonaws.com',
 *   peer: NetworkPeer.cidr('10.20.0.0/16'),
 *   instance: PostgresInstance.rds('db.m6g.large'), // 782 connections at least, 5 of them reserved
 * });
 * web.connectTo(orders);
 */
export class PostgresInstance {
  /**
   * An instance of Amazon RDS: `LEAST({DBInstanceClassMemory/9531392}, 5000)`, with nine tenths of the memory of the class
   * less 256Mi, a lower bound. 3 connections are reserved for the superuser and 2 for `rds_superuser`.
   *
   * @param instanceClass such as `db.m6g.large`; one that is not known is refused
   */
  public static rds(instanceClass: string): PostgresInstance {
    return new PostgresInstance({ name: instanceClass, provider: RDS });
  }

  /**
   * The same for RDS or Aurora, by the memory of the class.
   *
   * @param memory as the table of classes says, from 512Mi to 64Ti
   */
  public static rdsWithMemory(memory: Size): PostgresInstance {
    return new PostgresInstance({ memory, connectionsOf: awsConnections });
  }

  /**
   * An instance of Amazon Aurora, with the formula of RDS; a lower bound.
   *
   * @param instanceClass such as `db.r6g.large`; one that is not known is refused
   */
  public static aurora(instanceClass: string): PostgresInstance {
    return new PostgresInstance({ name: instanceClass, provider: AURORA });
  }

  /**
   * An instance of Google Cloud SQL, by the table of its memory: 25 and 50 for `db-f1-micro` and `db-g1-small`, which is exact,
   * otherwise a lower bound. 3 connections are reserved for the superuser.
   *
   * @param tier `db-f1-micro`, `db-g1-small`, or such as `db-custom-2-7680`
   */
  public static cloudSql(tier: string): PostgresInstance {
    return new PostgresInstance({ name: tier, provider: CLOUD_SQL });
  }

  /**
   * The same by the memory of the instance, for other tiers than custom ones.
   *
   * @param memory from 512Mi to 64Ti
   */
  public static cloudSqlWithMemory(memory: Size): PostgresInstance {
    return new PostgresInstance({ memory, connectionsOf: cloudSqlConnections });
  }

  /**
   * A flexible server of Azure, by the table of its products, which is exact. 15 connections are reserved for replication and
   * monitoring.
   *
   * @param product such as `D4ds_v5` or `Standard_D4ds_v5`; one that is not known is refused
   */
  public static azureFlexibleServer(product: string): PostgresInstance {
    return new PostgresInstance({ name: product, provider: AZURE });
  }

  /**
   * A cluster of DigitalOcean: 25 connections for each Gi of memory, of which 3 are reserved.
   *
   * @param memory of its node, from 512Mi to 64Ti
   */
  public static digitalOcean(memory: Size): PostgresInstance {
    return new PostgresInstance({ memory, connectionsOf: digitalOceanConnections });
  }

  private constructor(private readonly given: Given) {}

  /** @internal */
  public _check(checks: Checks): void {
    const { given } = this;
    if ('memory' in given) {
      const bytes = checks.requiredAmount('memory', given.memory, BYTES);
      checks.number('memory', bytes, LEAST_MEMORY, MOST_MEMORY);
    } else if (typeof given.name === 'string') checks.text('class', given.name, given.provider.rule);
    else checks.fail('class', given.name, 'allowed: text, the name of a class');
  }

  /** @internal */
  public get _connections(): InstanceConnections {
    const { given } = this;
    return 'memory' in given
      ? given.connectionsOf(bytesOf(given.memory))
      : given.provider.connectionsOf(given.name);
  }
}
