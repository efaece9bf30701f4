import { Chart, Duration } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import { ConnectionPool, MigrationJob, ScheduledJob } from 'cdk8s-tuned';
import type { Construct } from 'constructs';
import type { Environment } from '../environments';
import type { DataStack } from './data-stack';

/** What comes to an end: the migration of the schema to a release, and the report of every night. */
export class JobsStack extends Chart {
  constructor(scope: Construct, id: string, environment: Environment, data: DataStack) {
    super(scope, id, { namespace: environment.namespace });
    const image = (program: string) => `registry.example.com/shop/${program}:${environment.release}`;
    const imagePullSecrets = [Secret.fromSecretName(this, 'registry', 'registry')];

    const migrate = new MigrationJob(this, 'migrate', {
      image: image('web'),
      imagePullSecrets,
      args: ['migrate'],
      timeout: Duration.minutes(20),
    });
    migrate.connectTo(data.database);

    const report = new ScheduledJob(this, 'report', {
      image: image('report'),
      imagePullSecrets,
      schedule: '30 3 * * *',
      timeZone: 'Europe/Berlin',
      timeout: Duration.minutes(30),
    });
    // One query after the other.
    report.connectTo(data.database.connection({ pool: ConnectionPool.fixed({ size: 1 }) }));
  }
}
