import { KubernetesVersion, TunedPostgres } from 'cdk8s-tuned';
import { Construct } from 'constructs';
import type { Environment } from '../environments';
import { ApplicationStack } from './application-stack';
import { DataStack } from './data-stack';
import { EdgeStack } from './edge-stack';
import { JobsStack } from './jobs-stack';
import { MonitoringStack } from './monitoring-stack';
import { NamespaceStack } from './namespace-stack';

/** The shop in one environment: six stacks, each a file below `dist/<environment>/`. */
export class Shop extends Construct {
  constructor(scope: Construct, id: string, environment: Environment) {
    super(scope, id);
    KubernetesVersion.fromString(environment.kubernetes).applyTo(this);
    new NamespaceStack(this, 'namespace', environment);
    const data = new DataStack(this, 'data', environment);
    const application = new ApplicationStack(this, 'shop', environment, data);
    new JobsStack(this, 'jobs', environment, data);
    const edge = new EdgeStack(this, 'edge', environment, application.web);
    new MonitoringStack(this, 'monitoring', environment, [
      application.web,
      application.worker,
      application.renderer,
      ...(data.database instanceof TunedPostgres ? [data.database] : []),
      data.cache,
      data.sessions,
      edge.proxy,
    ]);
  }
}
