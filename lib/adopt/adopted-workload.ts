import type { ApiObject } from 'cdk8s';
import type { EnvValue } from 'cdk8s-plus-27';
import { Construct, type IConstruct } from 'constructs';
import type { HttpEndpoint, IConnectionTarget, IHttpBackend } from '../connection/connection';
import { ConsumerVariables } from '../connection/consumer-variables';
import type { MetricsEndpoint } from '../connection/monitored';
import { checkAccess, NetworkAccess } from '../connection/network-access';
import type { NetworkIdentity, NetworkPeer } from '../connection/network-peer';
import { Checks, InvalidPropsError } from '../finding/checks';
import type { WorkloadObject } from '../inventory/inventory';
import { type Json, recordsAt } from '../inventory/json';
import { type Surge, surgeOfObject } from '../inventory/replicas';
import { emitDisruptionBudget } from '../pod/disruption';
import { renderEnv } from '../pod/env';
import { type Labels, namespaceOf } from '../pod/naming';
import { spreadConstraints } from '../pod/scheduling';
import { autoscalerNameOf, emitAutoscaler } from '../scaling/emitted-autoscaler';
import { targetOf } from '../scaling/rollout';
import { ScalingPolicy } from '../scaling/scaling-policy';
import { requireScaling, type ScalingThresholds } from '../scaling/scaling-thresholds';
import { runAll, type SimulationRun } from '../scaling/simulation';
import type { SimulationOptions } from '../scaling/simulation-props';
import type { Traffic } from '../scaling/traffic';
import { emitVerticalAutoscaler } from '../scaling/vertical/vertical-autoscaler';
import { renderResources } from '../sizing/resources';
import { KubernetesVersion } from '../target/kubernetes-version';
import type { IScalable } from '../web/i-workload';
import { surgePercentOf } from '../web/workload-size';
import { changeEmitted, emittedBy, isAdopted, withoutReplicas, withPodAdditions } from './additions';
import { type AdoptedObjects, mainContainerOf, podLabelsOf, readWorkload, titleOf } from './adopted-pods';
import { httpEndpointOf, metricsEndpointOf } from './adopted-services';
import type { AdoptedWorkloadProps, AdoptionOptions } from './adopted-workload-props';
import { checkManifest, checkNeighbours, checkOptions, scaledPodOf } from './checks';
import { findWorkload } from './find-workload';
import { budgetsOf, objectsBeside, scalersOf, servicesOf } from './neighbours';

/**
 * A workload that was there before: a Deployment of cdk8s-plus, a Helm release, plain YAML, a Rollout of Argo. It gets what
 * it lacks, a PodDisruptionBudget, an autoscaler, connections and their share of a budget, and keeps its name, its selector
 * and its claims: nothing is created anew. All is read from what its objects emit when the app is synthesized, patches
 * included.
 *
 * @example
 * const legacy = new Include(chart, 'legacy', { url: 'legacy.yaml' });
 * const orders = new AdoptedWorkload(chart, 'orders', {
 *   workload: legacy,
 *   objectName: 'orders', // one of several Deployments of the file
 *   scaling: ScalingPolicy.cpu({ min: 2, max: 12 }),
 *   removeReplicas: true, // the file writes spec.replicas
 * });
 * orders.connectTo(db);
 */
export class AdoptedWorkload extends Construct implements IScalable, IHttpBackend {
  /**
   * Adopts a workload; what is added stands beside it in the tree.
   *
   * @param workload an ApiObject, or a construct that has one
   * @param options what it gets; by default a PodDisruptionBudget
   */
  public static of(workload: IConstruct, options: AdoptionOptions = {}): AdoptedWorkload {
    const { scope, id } = workload.node;
    return new AdoptedWorkload(scope ?? workload, `${id}-adopted`, { ...options, workload });
  }

  /** Name of the workload: its pods are called `<name>-…`. */
  public readonly name: string;
  /** The object that runs the pods and is scaled: the Deployment, StatefulSet, Rollout, … */
  public readonly workload: ApiObject;
  /** The pods, as network policies name them. */
  public readonly networkIdentity: NetworkIdentity;
  /** Processes of a pod, each of which has a pool of connections of its own. */
  public readonly processesPerPod?: number;
  /** The PodDisruptionBudget; undefined where it was not wanted. */
  public readonly disruptionBudget?: ApiObject;
  /** The NetworkPolicy, if asked for. */
  public readonly networkPolicy?: ApiObject;
  /** The VerticalPodAutoscaler, if asked for. */
  public readonly verticalAutoscaler?: ApiObject;

  private readonly objects: AdoptedObjects;
  private readonly props: AdoptedWorkloadProps;
  private readonly podLabels: Labels;
  private readonly ownAutoscaler?: ApiObject;
  private readonly network?: NetworkAccess;
  private readonly variables: ConsumerVariables;

  /**
   * @param scope parent, in the namespace of the workload
   * @param id id in the parent
   * @param props properties
   */
  constructor(scope: Construct, id: string, props: AdoptedWorkloadProps) {
    super(scope, id);
    const checks = Checks.of(this);
    checks.made(props);
    checkOptions(checks, props);
    const objects = findWorkload(checks, props);
    checks.throwIfAny();
    this.objects = objects as AdoptedObjects;
    this.props = props;
    const { runner, template } = this.objects;
    this.refuseElsewhere(checks);
    const podLabels = props.podLabels ?? podLabelsOf(this.objects);
    if (typeof podLabels === 'string')
      checks.fail('podLabels', undefined, `${podLabels}; say the labels that select its pods and no others`);
    this.podLabels = typeof podLabels === 'string' ? {} : podLabels;
    checkManifest(checks, this.view());
    checks.throwIfAny();

    this.name = runner.name;
    this.workload = runner;
    this.networkIdentity = { namespace: namespaceOf(this), podLabels: { ...this.podLabels } };
    this.processesPerPod = props.processesPerPod;
    this.variables = new ConsumerVariables(this, (name) => this.ownerOf(name));

    const name = props.name ?? runner.name;
    const labels = { 'app.kubernetes.io/name': name };
    const target = () => targetOf(runner);
    if (props.scaling) {
      this.ownAutoscaler = emitAutoscaler(this, {
        name,
        labels,
        scaling: props.scaling,
        target,
        pod: () => ({ containers: scaledPodOf(this.view()) }),
      });
    }
    if (props.verticalScaling) {
      this.verticalAutoscaler = emitVerticalAutoscaler(this, {
        name,
        labels,
        vertical: props.verticalScaling,
        scaling: props.scaling ?? ScalingPolicy.replicas(1),
        version: KubernetesVersion.of(this),
        target,
      });
    }
    if (props.disruptionBudget !== false)
      this.disruptionBudget = emitDisruptionBudget(this, 'disruption-budget', name, labels, this.podLabels);
    if (props.networkPolicy === true) {
      this.network = new NetworkAccess(this, 'network-policy', name, labels, this.podLabels);
      this.networkPolicy = this.network.policy;
    }
    changeEmitted(template, (manifest) => this.changed(template, manifest, renderEnv(this.variables.env)));
    if (runner !== template)
      changeEmitted(runner, (manifest) =>
        props.removeReplicas === true ? withoutReplicas(manifest) : manifest,
      );
    this.node.addValidation({ validate: () => this.problems() });
  }

  /** The autoscaler: the one that was added, or the one of the app that scales the workload. */
  public get autoscaler(): ApiObject | undefined {
    return this.ownAutoscaler ?? this.scalers().at(0);
  }

  /** Name of the HorizontalPodAutoscaler; undefined for a fixed number of replicas. */
  public get autoscalerName(): string | undefined {
    return this.autoscaler && autoscalerNameOf(this.autoscaler);
  }

  /** Replicas at the largest size: the maximum of the autoscaler, or those that the manifest writes. */
  public get maxReplicas(): number {
    return this.read().maxReplicas;
  }

  /** Pods that a rolling update adds to them, in percent of the replicas, rounded up; 0 where it is a number. */
  public get maxSurgePercent(): number {
    return surgePercentOf(this.surge());
  }

  /** Pods that a rolling update adds to them, where the manifest says a number. */
  public get maxSurgePods(): number | undefined {
    const surge = this.surge();
    return typeof surge === 'number' ? surge : undefined;
  }

  /** Whether the container has a CPU limit. */
  public get hasCpuLimit(): boolean {
    return mainContainerOf(this.pods(), this.props.container)?.resources.limits.cpu !== undefined;
  }

  /** Where the pods serve metrics, if it was said. */
  public get metricsEndpoint(): MetricsEndpoint | undefined {
    const { metrics } = this.props;
    if (!metrics) return undefined;
    const checks = Checks.of(this);
    const endpoint = metricsEndpointOf(checks, this.services(), this.pods(), metrics);
    checks.throwIfAny();
    return endpoint;
  }

  /** Where the pods answer HTTP: the Service of the app that selects them. Refused where there is none. */
  public get httpEndpoint(): HttpEndpoint {
    const checks = Checks.of(this);
    const endpoint = httpEndpointOf(checks, this.services(), this.pods(), this.networkIdentity, this.props);
    checks.throwIfAny();
    return endpoint as HttpEndpoint;
  }

  /**
   * Uses another construct: sets the environment that reaches it, and opens the network policies of both. Variables are
   * appended to those of the container, and the pods roll.
   *
   * @param target what to use: a database, a cache, a web app or a service, here or elsewhere, or `connection({…})` of it
   */
  public connectTo(target: IConnectionTarget): void {
    this.variables.connectTo(target, this.network);
  }

  /**
   * Sets an environment variable.
   *
   * @param name letters, digits and "_"; one that is set already is refused
   * @param value the value
   */
  public addEnv(name: string, value: EnvValue): void {
    this.variables.add(name, value);
  }

  /**
   * Lets the pods reach something that is no construct here. Without a NetworkPolicy of its own nothing was closed.
   *
   * @param peer who is reached
   * @param ports TCP ports; at least one
   */
  public allowTo(peer: NetworkPeer, ports: number[]): void {
    checkAccess(this, 'allowTo', peer, ports);
    this.network?.allowTo(peer, ports);
  }

  /**
   * Lets a peer reach ports of the pods. Without a NetworkPolicy of its own nothing was closed.
   *
   * @param peer who may
   * @param ports TCP ports of the pods; at least one
   */
  public allowFrom(peer: NetworkPeer, ports: number[]): void {
    checkAccess(this, 'allowFrom', peer, ports);
    this.network?.allowFrom(peer, ports);
  }

  /**
   * Lets a peer reach the HTTP port.
   *
   * @param peer who may
   */
  public allowHttpFrom(peer: NetworkPeer): void {
    this.allowFrom(peer, [this.httpEndpoint.podPort]);
  }

  /**
   * Lets a peer scrape the metrics endpoint.
   *
   * @param peer who may
   */
  public allowScrapeFrom(peer: NetworkPeer): void {
    const { metricsEndpoint: endpoint } = this;
    if (endpoint) this.network?.allowFrom(peer, [endpoint.port]);
  }

  /**
   * Simulates the autoscaler under a load: the final objects, patches included, as the controller of Kubernetes would act
   * on them.
   *
   * @param traffic the load
   * @param options what manifests do not say: what a pod serves, how long it takes to start
   */
  public simulate(traffic: Traffic, options: SimulationOptions = {}): SimulationRun {
    const autoscaler: unknown = this.autoscaler?.toJson();
    return runAll(this, [{ name: this.name, workload: this.read(), autoscaler }], traffic, options)[0];
  }

  /**
   * Fails the synth when a simulation does not keep its thresholds, and says on the autoscaler that scaling is tested.
   *
   * @param traffic the load
   * @param thresholds the most that its numbers may be; at least one
   * @param options what manifests do not say: what a pod serves, how long it takes to start
   */
  public requireScaling(
    traffic: Traffic,
    thresholds: ScalingThresholds,
    options: SimulationOptions = {},
  ): void {
    requireScaling(this, () => this.read(), traffic, thresholds, options);
  }

  /** The pods as they are emitted, but for variables: the values of some follow from what is read here. */
  private pods(scalers: readonly ApiObject[] = []): WorkloadObject {
    const { runner, template } = this.objects;
    const manifests = [template, ...(runner === template ? [] : [runner])].map((object) =>
      this.changed(object, emittedBy(object), []),
    );
    return readWorkload(
      manifests,
      scalers.map((one) => one.toJson() as Json),
    ) as WorkloadObject;
  }

  /** The same, and the replicas that what scales them allows; the autoscaler that was added reads the pods itself. */
  private read(): WorkloadObject {
    return this.pods([...(this.ownAutoscaler ? [this.ownAutoscaler] : []), ...this.scalers()]);
  }

  /** What an object emits, with what is added to it. */
  private changed(object: ApiObject, manifest: Json, env: ReturnType<typeof renderEnv>): Json {
    const { runner, template } = this.objects;
    const { removeReplicas, container, profile, spread } = this.props;
    const sized = object === runner && removeReplicas === true ? withoutReplicas(manifest) : manifest;
    if (object !== template) return sized;
    return withPodAdditions(object, sized, container, {
      env,
      resources: profile && renderResources(profile._resources()),
      spread:
        spread === true
          ? spreadConstraints({
              labels: this.podLabels,
              version: KubernetesVersion.of(this),
              ownedByDeployment: template.kind === 'Deployment' && runner === template,
            })
          : undefined,
    });
  }

  private surge(): Surge {
    const { object, rollout } = this.pods();
    return surgeOfObject(rollout ?? object);
  }

  private scalers(): ApiObject[] {
    const { runner } = this.objects;
    const all = objectsBeside(runner, ['HorizontalPodAutoscaler', 'ScaledObject']);
    return scalersOf(
      runner,
      all.filter((one) => one !== this.ownAutoscaler),
    );
  }

  private services(): ApiObject[] {
    const { runner } = this.objects;
    return servicesOf(this.pods().podLabels, objectsBeside(runner, ['Service']));
  }

  private ownerOf(variable: string): string | undefined {
    const container = mainContainerOf(this.pods(), this.props.container);
    const isThere = recordsAt(container?.container, 'env').some(({ name }) => name === variable);
    return isThere ? `container ${container?.name} of ${titleOf(this.objects.template)}` : undefined;
  }

  private view() {
    return {
      objects: this.objects,
      workload: this.pods(),
      props: this.props,
      podLabels: this.podLabels,
      version: KubernetesVersion.of(this),
    };
  }

  private refuseElsewhere(checks: Checks): void {
    const { runner, template } = this.objects;
    const [own, other] = [namespaceOf(this), runner.metadata.namespace];
    if (own !== other)
      checks.fail(
        'workload',
        `${titleOf(runner)} of the ${other === undefined ? 'namespace of the apply' : `namespace ${other}`}`,
        `what is added would go to ${own ?? 'that of the apply'}; adopt it in a chart of its namespace`,
      );
    if (isAdopted(template))
      checks.fail('workload', titleOf(template), 'it is adopted already; say all of it in one place');
    checks.throwIfAny();
  }

  /** What does not hold any more, or only with all objects of the app. */
  private problems(): string[] {
    const checks = Checks.of(this);
    const { runner } = this.objects;
    const view = this.view();
    checkManifest(checks, view);
    checkNeighbours(checks, {
      ...view,
      scalers: this.scalers(),
      budgets: budgetsOf(
        view.workload.podLabels,
        objectsBeside(runner, ['PodDisruptionBudget']).filter((one) => one !== this.disruptionBudget),
      ),
    });
    for (const name of this.variables.env.keys()) {
      const owner = this.ownerOf(name);
      if (owner !== undefined)
        checks.fail(name, 'set here', `${owner} sets it too; a variable has one owner: remove one of them`);
    }
    try {
      checks.throwIfAny();
      return [];
    } catch (error) {
      if (!(error instanceof InvalidPropsError)) throw error;
      return error.problems.map(({ prop, value, allowed }) => `${prop} is ${value}; ${allowed}`);
    }
  }
}
