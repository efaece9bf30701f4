import { Chart, Size } from 'cdk8s';
import { Exposure, NginxCachingProxy, type ScalableWebApp, ScalingPolicy } from 'cdk8s-tuned';
import type { Construct } from 'constructs';
import type { Entry, Environment } from '../environments';

/** The caching proxy that clients reach. */
export class EdgeStack extends Chart {
  public readonly proxy: NginxCachingProxy;

  constructor(scope: Construct, id: string, environment: Environment, web: ScalableWebApp) {
    super(scope, id, { namespace: environment.namespace });
    const { host, entry, edge } = environment;
    this.proxy = new NginxCachingProxy(this, 'proxy', {
      backend: web,
      hosts: [host],
      cacheSize: Size.gibibytes(edge.cacheGiB),
      scaling: ScalingPolicy.replicas(edge.replicas),
      exposure: exposureOf(entry, host),
    });
  }
}

function exposureOf(entry: Entry, host: string): Exposure {
  switch (entry.kind) {
    case 'nodePort':
      return Exposure.nodePort({ nodePort: entry.port });
    case 'ingress':
      return Exposure.ingress({ hosts: [host], className: entry.className, tlsSecretName: entry.tlsSecret });
    case 'gateway':
      return Exposure.httpRoute({
        hosts: [host],
        gateway: entry.gateway,
        gatewayNamespace: entry.gatewayNamespace,
      });
  }
}
