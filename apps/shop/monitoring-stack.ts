import { Chart } from 'cdk8s';
import { type IMonitored, PerformanceMonitoring } from 'cdk8s-tuned';
import type { Construct } from 'constructs';
import type { Environment } from '../environments';

/** Scrape targets, the key metrics and the alerts of everything that runs. */
export class MonitoringStack extends Chart {
  constructor(scope: Construct, id: string, environment: Environment, watch: IMonitored[]) {
    super(scope, id, { namespace: environment.namespace });
    new PerformanceMonitoring(this, 'performance', { watch });
  }
}
