import type { IConstruct } from 'constructs';
import type { MetricFamily } from '../connection/monitored';
import type { ScalingPolicy } from '../scaling/scaling-policy';
import type { VerticalScaling } from '../scaling/vertical/vertical-scaling';
import type { WorkloadProfile } from '../sizing/workload-profile';

/** Where the pods of an adopted workload serve metrics. */
export interface AdoptedMetrics {
  /**
   * Port of the pods. A port of the container, or of a Service that leads to it, must have it and a name: monitors go by
   * names.
   */
  readonly port: number;
  /**
   * Path of the metrics.
   *
   * @default /metrics
   */
  readonly path?: string;
  /**
   * Whose series they are; alerts use them.
   *
   * @default MetricFamily.HTTP
   */
  readonly family?: MetricFamily;
}

/** What an existing workload gets. Nothing that is there is touched, unless a prop says so. */
export interface AdoptionOptions {
  /**
   * Kind of the workload, where the construct has several, or has one of a kind of its own with `spec.replicas`,
   * `spec.selector` and `spec.template`.
   *
   * @default - the only Deployment, StatefulSet, Rollout, ReplicaSet or ReplicationController; a Deployment that a Rollout
   * refers to is that of the Rollout
   */
  readonly kind?: string;
  /**
   * `metadata.name` of the workload, where the construct has several.
   *
   * @default - the only one of the kind
   */
  readonly objectName?: string;
  /**
   * Name of the container that connections are told to, and that an autoscaler measures.
   *
   * @default - the first container
   */
  readonly container?: string;
  /**
   * An autoscaler. Refused where another one of the app scales the workload, where the manifest writes `spec.replicas`
   * (`removeReplicas` leaves it out), and where a container requests nothing of what is measured (`profile` fills it in).
   *
   * @default - none is added; one of the app that scales the workload is known
   */
  readonly scaling?: ScalingPolicy;
  /**
   * Whether `spec.replicas` is left out of the manifest: it is set again with every apply, whatever an autoscaler made of it.
   * The first `kubectl apply` without it sets it to 1, unless it was taken out of the last applied configuration before
   * (docs/moving.md).
   *
   * @default false
   */
  readonly removeReplicas?: boolean;
  /**
   * A VerticalPodAutoscaler, kept apart from what an autoscaler moves.
   *
   * @default - none
   */
  readonly verticalScaling?: VerticalScaling;
  /**
   * Whether there is a PodDisruptionBudget: one pod at a time. Refused where another one of the app selects the pods.
   *
   * @default true
   */
  readonly disruptionBudget?: boolean;
  /**
   * Whether there is a NetworkPolicy of the pods. It closes what is not declared by `connectTo`, `allowTo`, `allowFrom`,
   * `allowHttpFrom` and `PerformanceMonitoring`, but for DNS: declare who talks to the pods before you apply it.
   *
   * @default false
   */
  readonly networkPolicy?: boolean;
  /**
   * Requests and limits of the container, which has none. Changes the pod template: the pods roll.
   *
   * @default - those that the manifest has
   */
  readonly profile?: WorkloadProfile;
  /**
   * Whether the pods are spread over zones and hosts, as far as nodes allow; the template must have no spread constraints.
   * Changes the pod template: the pods roll.
   *
   * @default false
   */
  readonly spread?: boolean;
  /**
   * Processes of a pod, each of which has a pool of connections of its own, from 1 to 1000.
   *
   * @default 1
   */
  readonly processesPerPod?: number;
  /**
   * Where the pods serve Prometheus metrics.
   *
   * @default - nowhere
   */
  readonly metrics?: AdoptedMetrics;
  /**
   * Name of the Service that leads to the pods, for `httpEndpoint`, where there are several.
   *
   * @default - the only Service of the app that selects the pods and has an address
   */
  readonly serviceName?: string;
  /**
   * Port of the Service that answers HTTP.
   *
   * @default - the one called `http`, or the only one
   */
  readonly servicePort?: number;
  /**
   * Labels that select the pods and no others, where the selector of the workload has expressions.
   *
   * @default - `spec.selector.matchLabels` of the workload
   */
  readonly podLabels?: { [label: string]: string };
  /**
   * Name of the objects that are added.
   *
   * @default - that of the workload
   */
  readonly name?: string;
}

/** Properties of an `AdoptedWorkload`. */
export interface AdoptedWorkloadProps extends AdoptionOptions {
  /**
   * The workload: an ApiObject, or a construct that has one, such as a Deployment of cdk8s-plus, an Include, a Helm release
   * or a chart.
   */
  readonly workload: IConstruct;
}
