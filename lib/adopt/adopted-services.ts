/** Ports of an adopted workload, by the Services of the app that lead to them. */
import type { ApiObject } from 'cdk8s';
import type { HttpEndpoint } from '../connection/connection';
import { MetricFamily, type MetricsEndpoint } from '../connection/monitored';
import type { NetworkIdentity } from '../connection/network-peer';
import type { Checks } from '../finding/checks';
import type { WorkloadObject } from '../inventory/inventory';
import { type Json, numberAt, recordsAt, textAt, textsAt } from '../inventory/json';
import type { AdoptedMetrics } from './adopted-workload-props';

const portsOf = (service: ApiObject): readonly Json[] => recordsAt(service.toJson(), 'spec', 'ports');

const named = (services: readonly ApiObject[]) => services.map(({ name }) => name).join(', ');

/** Number of the port of the pods that a port of a Service leads to; undefined for a name that no container has. */
function podPortOf(port: Json, workload: WorkloadObject): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target;
  const ports = workload.containers.flatMap(({ container }) => recordsAt(container, 'ports'));
  return numberAt(
    ports.find(({ name }) => name === target),
    'containerPort',
  );
}

/** Where the pods answer HTTP; what stands against it is recorded. */
export function httpEndpointOf(
  checks: Checks,
  services: readonly ApiObject[],
  workload: WorkloadObject,
  identity: NetworkIdentity,
  wanted: { readonly serviceName?: string; readonly servicePort?: number },
): HttpEndpoint | undefined {
  const { serviceName, servicePort } = wanted;
  const all = services.filter((one) =>
    serviceName === undefined
      ? textAt(one.toJson(), 'spec', 'clusterIP') !== 'None'
      : one.name === serviceName,
  );
  const [service, ...more] = all;
  if (all.length === 0 || more.length > 0) {
    checks.fail(
      'serviceName',
      serviceName,
      all.length === 0
        ? `no Service of the app ${serviceName === undefined ? 'with an address selects the pods' : 'has this name and selects the pods'}; add one, or use HttpUpstream.service() for one that is elsewhere`
        : `name one of the Services that select the pods: ${named(all)}`,
    );
    return undefined;
  }
  const ports = portsOf(service);
  const port =
    servicePort === undefined
      ? (ports.find(({ name }) => name === 'http') ?? (ports.length === 1 ? ports[0] : undefined))
      : ports.find((one) => one.port === servicePort);
  const podPort = port && podPortOf(port, workload);
  if (port === undefined || podPort === undefined) {
    checks.fail(
      'servicePort',
      servicePort,
      port === undefined
        ? `name one of the ports of Service ${service.name}: ${ports.map((one) => String(one.port)).join(', ')}`
        : `Service ${service.name} sends it to ${String(port.targetPort)}, which is no port of a container; correct spec.ports[].targetPort`,
    );
    return undefined;
  }
  return {
    serviceName: service.name,
    namespace: service.metadata.namespace,
    servicePort: Number(port.port),
    podPort,
    identity,
  };
}

/** Where the pods serve metrics: by the name of a container port, else by that of a Service port. */
export function metricsEndpointOf(
  checks: Checks,
  services: readonly ApiObject[],
  workload: WorkloadObject,
  { port, path = '/metrics', family = MetricFamily.HTTP }: AdoptedMetrics,
): MetricsEndpoint | undefined {
  const own = workload.containers
    .flatMap(({ container }) => recordsAt(container, 'ports'))
    .find((one) => one.containerPort === port && typeof one.name === 'string');
  if (own) return { family, portName: String(own.name), port, path };
  for (const service of services) {
    const serviceLabels = textsAt(service.toJson(), 'metadata', 'labels');
    const leading = portsOf(service).find(
      (one) => typeof one.name === 'string' && podPortOf(one, workload) === port,
    );
    if (leading && Object.keys(serviceLabels).length > 0)
      return { family, portName: String(leading.name), port, path, serviceLabels };
  }
  checks.fail(
    'metrics.port',
    port,
    'no container port has this number and a name, and no Service with labels of its own has a named port that leads to it; name the container port (spec.template.spec.containers[].ports[].name), or label the Service',
  );
  return undefined;
}
