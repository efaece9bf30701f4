import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { Deployment } from 'kubernetes-types/apps/v1';
import type { MetricsEndpoint } from '../connection/monitored';
import { checkAccess, NetworkAccess } from '../connection/network-access';
import type { NetworkIdentity, NetworkPeer } from '../connection/network-peer';
import { Checks } from '../finding/checks';
import { emitSpec } from '../pod/api-object';
import { EXPORTER_RESOURCES } from '../pod/exporter';
import { namespaceOf, resourceName, type SelectorLabels, selectorLabels } from '../pod/naming';
import { emitPodAccount } from '../pod/pod-account';
import { checkPodProps } from '../pod/pod-extras';
import { PodModel } from '../pod/pod-model';
import { checkScheduling } from '../pod/scheduling';
import { TERMINATION_SLACK_SECONDS } from '../pod/termination-sizing';
import { KubernetesVersion } from '../target/kubernetes-version';
import { imageRule } from '../units/names';
import type { ExportedStore } from './exported-store';
import type { StoreExporterProps } from './exporter-props';

/** User and group `nobody`: the programs need neither a name nor a home. */
const NOBODY = 65_534;

/**
 * The Prometheus exporter of a database or a cache that exists elsewhere, made by its `addExporter`: one pod, which lets in who
 * scrapes, and is let out to the store. The store is what is watched.
 *
 * @example
 * const orders = new ExternalPostgres(chart, 'orders', {
 *   host: 'orders.abc123.eu-west-1.rds.amazonaws.com',
 *   peer: NetworkPeer.cidr('10.20.0.0/16'),
 *   instance: PostgresInstance.rds('db.m6g.large'),
 *   sslMode: PostgresSslMode.REQUIRE,
 * });
 * const credentials = Secret.fromSecretName(chart, 'exporter', 'orders-exporter');
 * orders.addExporter({ user: 'exporter', credentials }); // a role with pg_monitor
 * new PerformanceMonitoring(chart, 'performance', { watch: [orders] });
 */
export class StoreExporter extends Construct {
  /**
   * Makes the exporter of a store.
   *
   * @internal
   */
  public static _of(scope: Construct, store: ExportedStore, props: StoreExporterProps): StoreExporter {
    return new StoreExporter(scope, 'exporter', store, props);
  }

  /** Name of all objects. */
  public readonly name: string;
  /** The pod, as network policies name it. */
  public readonly networkIdentity: NetworkIdentity;
  /** Whether the container has a CPU limit. */
  public readonly hasCpuLimit: boolean;
  /** Where the exporter answers. */
  public readonly metricsEndpoint: MetricsEndpoint;
  /** The Deployment of one pod. */
  public readonly deployment: ApiObject;
  /** The ServiceAccount of the pod; it has no token and no rights. */
  public readonly serviceAccount: ApiObject;
  /** The NetworkPolicy: the store, DNS, and the monitoring. */
  public readonly networkPolicy: ApiObject;

  private readonly network: NetworkAccess;

  private constructor(scope: Construct, id: string, store: ExportedStore, props: StoreExporterProps) {
    super(scope, id);
    const checks = Checks.of(this);
    this.name = resourceName(this, props.name ?? store.name, checks);
    checks.made(props);
    props.profile?._check(checks.at('profile'));
    checks.text('image', props.image, imageRule);
    checkScheduling(checks, props);
    const resources = checks.passed && props.profile ? props.profile._resources() : EXPORTER_RESOURCES;
    const volumeMounts = store.authority ? [store.authority.mount] : [];
    const mountPaths = volumeMounts.map(({ mountPath }) => mountPath);
    checkPodProps(checks, props, { name: 'exporter', resources, mountPaths });
    checks.throwIfAny();

    this.hasCpuLimit = resources.cpuLimitMillis !== undefined;
    const labels = selectorLabels(this.name, 'exporter');
    const head = { name: this.name, labels };
    this.networkIdentity = { namespace: namespaceOf(this), podLabels: { ...labels } };
    this.metricsEndpoint = {
      family: store.family,
      portName: 'metrics',
      port: store.metricsPort,
      path: '/metrics',
    };
    this.serviceAccount = emitPodAccount(this, head, props);
    const pod = this.pod(labels, props);
    pod.addMainContainer(store.container({ resources, volumeMounts }));
    if (store.authority) pod.addVolume(store.authority.volume);
    this.deployment = emitSpec<Deployment>(
      this,
      'deployment',
      { ...head, apiVersion: 'apps/v1', kind: 'Deployment' },
      () => ({
        replicas: 1,
        selector: { matchLabels: { ...labels } },
        // Two at once would hold twice the connections, and tell everything twice.
        strategy: { type: 'Recreate' },
        template: pod.render(),
      }),
    );
    this.node.defaultChild = this.deployment;
    this.network = new NetworkAccess(this, 'network-policy', this.name, labels);
    this.networkPolicy = this.network.policy;
    this.network.allowTo(store.peer, [store.port]);
  }

  /**
   * Lets the pod reach something that is no construct here, such as the control plane of a mesh.
   *
   * @param peer who is reached
   * @param ports TCP ports; at least one
   */
  public allowTo(peer: NetworkPeer, ports: number[]): void {
    checkAccess(this, 'allowTo', peer, ports);
    this.network.allowTo(peer, ports);
  }

  /** @internal */
  public _allowScrapeFrom(peer: NetworkPeer): void {
    this.network.allowFrom(peer, [this.metricsEndpoint.port]);
  }

  private pod(labels: SelectorLabels, props: StoreExporterProps): PodModel {
    return new PodModel({
      scope: this,
      props,
      labels,
      version: KubernetesVersion.of(this),
      serviceAccountName: this.serviceAccount.name,
      terminationGracePeriodSeconds: TERMINATION_SLACK_SECONDS,
      scheduling: props,
      user: NOBODY,
      group: NOBODY,
    });
  }
}
