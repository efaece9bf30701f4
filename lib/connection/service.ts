import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Service, ServicePort } from 'kubernetes-types/core/v1';
import type { Ingress } from 'kubernetes-types/networking/v1';
import { HttpRoute, HttpRouteSpecRulesMatchesPathType } from '../../imports/gateway.networking.k8s.io';
import { emitSpec } from '../pod/api-object';
import type { SelectorLabels } from '../pod/naming';
import type { Exposure } from './exposure';
import { type ExternalTrafficPolicy, familyFields, type IpFamilies } from './service-addressing';

export interface ServiceOptions {
  readonly name: string;
  readonly labels: SelectorLabels;
  readonly ports: readonly ServicePort[];
  readonly type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
  readonly sourceRanges?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly externalTrafficPolicy?: ExternalTrafficPolicy;
  readonly ipFamilies?: IpFamilies;
  /** A headless Service gives every pod its own DNS name, ready or not. */
  readonly headless?: boolean;
  /** Time that a client's address goes to the same pod; undefined: every connection to any. */
  readonly stickySeconds?: number;
}

export function emitService(scope: Construct, id: string, options: ServiceOptions): ApiObject {
  const { name, labels, annotations } = options;
  return emitSpec<Service>(
    scope,
    id,
    { apiVersion: 'v1', kind: 'Service', name, labels, annotations },
    () => ({
      type: options.type ?? 'ClusterIP',
      selector: { ...labels },
      ports: [...options.ports],
      ...familyFields(options.ipFamilies),
      externalTrafficPolicy: options.externalTrafficPolicy,
      loadBalancerSourceRanges: options.sourceRanges && [...options.sourceRanges],
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
}

export interface ExposedServiceOptions {
  readonly name: string;
  readonly labels: SelectorLabels;
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
  const { name, labels, servicePort } = options;
  const what = options.exposure._what;
  const service = emitService(scope, 'service', {
    name,
    labels,
    type: what.kind === 'NodePort' || what.kind === 'LoadBalancer' ? what.kind : 'ClusterIP',
    sourceRanges: what.kind === 'LoadBalancer' ? what.sourceRanges : undefined,
    annotations: what.kind === 'LoadBalancer' ? what.annotations : undefined,
    ipFamilies: what.ipFamilies,
    externalTrafficPolicy:
      what.kind === 'NodePort' || what.kind === 'LoadBalancer' ? what.externalTrafficPolicy : undefined,
    stickySeconds: options.stickySeconds,
    ports: [
      {
        name: 'http',
        port: servicePort,
        targetPort: options.targetPort,
        protocol: 'TCP',
        appProtocol: options.appProtocol ?? 'http',
        nodePort: what.kind === 'NodePort' ? what.nodePort : undefined,
      },
      ...(options.morePorts ?? []),
    ],
  });
  if (what.kind === 'Ingress') {
    const head = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      name,
      labels,
      annotations: what.annotations,
    };
    const route = emitSpec<Ingress>(scope, 'ingress', head, () => ({
      ingressClassName: what.className,
      tls:
        what.tlsSecretName === undefined
          ? undefined
          : [{ hosts: [...what.hosts], secretName: what.tlsSecretName }],
      rules: what.hosts.map((host) => ({
        host,
        http: {
          paths: [
            {
              path: what.path ?? '/',
              pathType: 'Prefix',
              backend: { service: { name, port: { name: 'http' } } },
            },
          ],
        },
      })),
    }));
    return { service, route };
  }
  if (what.kind === 'HTTPRoute') {
    const route = new HttpRoute(scope, 'http-route', {
      metadata: { name, labels: { ...labels } },
      spec: {
        hostnames: [...what.hosts],
        parentRefs: [{ name: what.gateway, namespace: what.gatewayNamespace, sectionName: what.sectionName }],
        rules: [
          {
            matches: [
              { path: { type: HttpRouteSpecRulesMatchesPathType.PATH_PREFIX, value: what.path ?? '/' } },
            ],
            backendRefs: [{ name, port: servicePort }],
          },
        ],
      },
    });
    return { service, route };
  }
  return { service };
}
