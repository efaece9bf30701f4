import { Chart, Size } from 'cdk8s';
import {
  CacheRedis,
  ExternalPostgres,
  NetworkPeer,
  PostgresInstance,
  PostgresSslMode,
  PostgresWorkload,
  TunedPostgres,
  WorkloadProfile,
} from 'cdk8s-tuned';
import type { Construct } from 'constructs';
import type { Database, Environment } from '../environments';

/** What the shop keeps: the database, the cache, and the sessions. */
export class DataStack extends Chart {
  public readonly database: TunedPostgres | ExternalPostgres;
  public readonly cache: CacheRedis;
  /** Sessions: to empty the cache logs nobody out. */
  public readonly sessions: CacheRedis;

  constructor(scope: Construct, id: string, environment: Environment) {
    super(scope, id, { namespace: environment.namespace });
    this.database = databaseOf(this, environment.database);
    this.cache = new CacheRedis(this, 'cache', { maxMemory: Size.mebibytes(environment.cacheMiB) });
    this.sessions = new CacheRedis(this, 'sessions', {
      maxMemory: Size.mebibytes(environment.sessionsMiB),
      largestValue: Size.kibibytes(64),
    });
  }
}

function databaseOf(scope: Construct, database: Database): TunedPostgres | ExternalPostgres {
  if (database.kind === 'managed')
    return new ExternalPostgres(scope, 'db', {
      host: database.host,
      peer: NetworkPeer.cidr(database.addresses),
      instance: PostgresInstance.rds(database.instanceClass),
      sslMode: PostgresSslMode.REQUIRE,
    });
  const { cpu, memoryGiB, storageGiB } = database;
  const memory = `${memoryGiB}Gi`;
  return new TunedPostgres(scope, 'db', {
    profile: WorkloadProfile.fromQuantities({
      cpuRequest: cpu,
      cpuLimit: cpu,
      memoryRequest: memory,
      memoryLimit: memory,
    }),
    storage: Size.gibibytes(storageGiB),
    workload: PostgresWorkload.WEB,
  });
}
