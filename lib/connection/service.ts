import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Service, ServicePort } from 'kubernetes-types/core/v1';
import { emitSpec } from '../pod/api-object';
import type { Labels, SelectorLabels } from '../pod/naming';
import { HTTP_PORT_NAME } from './exposed-path';
import type { Exposure } from './exposure';
import { emitHttpRoute, emitHttpsRedirect } from './http-route-object';
import { emitIngress } from './ingress';
import { familyFields } from './service-addressing';
import type { LoadBalancerExposureOptions, NodePortExposureOptions } from './service-exposure';

export interface ServiceOptions {
  readonly name: string;
  readonly labels: SelectorLabels;
  /** Labels that select the pods; those of the Service when undefined. */
  readonly selector?: Labels;
  readonly ports: readonly ServicePort[];
  readonly type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
  /** What a Service of its type may have besides. */
  readonly exposed?: LoadBalancerExposureOptions & NodePortExposureOptions;
  /** A headless Service gives every pod its own DNS name, ready or not. */
  readonly headless?: boolean;
  /** Time that a client's address goes to the same pod; undefined: every connection to any. */
  readonly stickySeconds?: number;
}

export function emitService(scope: Construct, id: string, options: ServiceOptions): ApiObject {
  const { name, labels, selector = labels, exposed = {} } = options;
  return emitSpec<Service>(
    scope,
    id,
    { apiVersion: 'v1', kind: 'Service', name, labels, annotations: exposed.annotations },
    () => ({
      type: options.type ?? 'ClusterIP',
      selector: { ...selector },
      ports: [...options.ports],
      ...familyFields(exposed.ipFamilies),
      externalTrafficPolicy: exposed.externalTrafficPolicy,
      loadBalancerSourceRanges: exposed.sourceRanges && [...exposed.sourceRanges],
      loadBalancerClass: exposed.loadBalancerClass,
      allocateLoadBalancerNodePorts: exposed.allocateLoadBalancerNodePorts,
      healthCheckNodePort: exposed.healthCheckNodePort,
      ...(options.headless && { clusterIP: 'None', publishNotReadyAddresses: true }),
      ...(options.stickySeconds !== undefined && {
        sessionAffinity: 'ClientIP' as const,
        sessionAffinityConfig: { clientIP: { timeoutSeconds: options.stickySeconds } },
      }),
    }),
  );
}

export interface ExposedService {
  readonly service: ApiObject;
  /** The Ingress or HTTPRoute in front of the Service. */
  readonly route?: ApiObject;
  /** The HTTPRoute that redirects to https. */
  readonly redirectRoute?: ApiObject;
}

export interface ExposedServiceOptions {
  readonly name: string;
  readonly labels: SelectorLabels;
  /** Labels that select the pods; those of the Service when undefined. */
  readonly selector?: Labels;
  readonly exposure: Exposure;
  readonly servicePort: number;
  /** Name of the container port that answers HTTP. */
  readonly targetPort: string;
  /** What the port speaks, for a Gateway. */
  readonly appProtocol?: string;
  /** Further ports that are reachable inside the cluster, such as metrics. */
  readonly morePorts?: readonly ServicePort[];
  /** Time that a client's address goes to the same pod; undefined: every connection to any. */
  readonly stickySeconds?: number;
}

/** Emits the Service of an HTTP workload and, where the exposure asks for it, the Ingress or HTTPRoute. */
export function emitExposedService(scope: Construct, options: ExposedServiceOptions): ExposedService {
  const { name, labels } = options;
  const what = options.exposure._what;
  const isExternal = what.kind === 'NodePort' || what.kind === 'LoadBalancer';
  const ports: readonly ServicePort[] = [
    {
      name: HTTP_PORT_NAME,
      port: options.servicePort,
      targetPort: options.targetPort,
      protocol: 'TCP',
      appProtocol: options.appProtocol ?? 'http',
      nodePort: what.kind === 'NodePort' ? what.nodePort : undefined,
    },
    ...(options.morePorts ?? []),
  ];
  const service = emitService(scope, 'service', {
    name,
    labels,
    selector: options.selector,
    ports,
    type: isExternal ? what.kind : 'ClusterIP',
    exposed: isExternal ? what : { ipFamilies: what.ipFamilies },
    stickySeconds: options.stickySeconds,
  });
  if (what.kind === 'Ingress') return { service, route: emitIngress(scope, name, labels, what) };
  if (what.kind === 'HTTPRoute') {
    const routed = { name, labels, ports };
    return {
      service,
      route: emitHttpRoute(scope, routed, what),
      redirectRoute: emitHttpsRedirect(scope, routed, what),
    };
  }
  return { service };
}
