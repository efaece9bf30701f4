import { Chart, Size } from 'cdk8s';
import { CacheRedis, PostgresWorkload, TunedPostgres, WorkloadProfile } from 'cdk8s-tuned';
import type { Construct } from 'constructs';
import type { Environment } from '../environments';

/** What the shop keeps: the database, the cache, and the sessions. */
export class DataStack extends Chart {
  public readonly database: TunedPostgres;
  public readonly cache: CacheRedis;
  /** Sessions: to empty the cache logs nobody out. */
  public readonly sessions: CacheRedis;

  constructor(scope: Construct, id: string, environment: Environment) {
    super(scope, id, { namespace: environment.namespace });
    const { cpu, memoryGiB, storageGiB } = environment.database;
    const memory = `${memoryGiB}Gi`;
    this.database = new TunedPostgres(this, 'db', {
      profile: WorkloadProfile.fromQuantities({
        cpuRequest: cpu,
        cpuLimit: cpu,
        memoryRequest: memory,
        memoryLimit: memory,
      }),
      storage: Size.gibibytes(storageGiB),
      workload: PostgresWorkload.WEB,
    });
    this.cache = new CacheRedis(this, 'cache', { maxMemory: Size.mebibytes(environment.cacheMiB) });
    this.sessions = new CacheRedis(this, 'sessions', {
      maxMemory: Size.mebibytes(environment.sessionsMiB),
      largestValue: Size.kibibytes(64),
    });
  }
}
