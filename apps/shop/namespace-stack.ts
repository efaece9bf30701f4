import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Environment } from '../environments';

/** The namespace, which admits only pods that meet the `restricted` Pod Security Standard. */
export class NamespaceStack extends Chart {
  constructor(scope: Construct, id: string, environment: Environment) {
    super(scope, id);
    new ApiObject(this, 'namespace', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: environment.namespace,
        labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
      },
    });
  }
}
