import type { ApiObject } from 'cdk8s';
import type { EnvValue } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type { ContainerPort, Probe } from 'kubernetes-types/core/v1';
import type { IConnectionTarget } from '../connection/connection';
import type { MetricsEndpoint } from '../connection/monitored';
import { checkAccess, NetworkAccess } from '../connection/network-access';
import type { NetworkIdentity, NetworkPeer } from '../connection/network-peer';
import { Checks } from '../finding/checks';
import { Inventory, type WorkloadObject } from '../inventory/inventory';
import { emitDisruptionBudget } from '../pod/disruption';
import {
  checkHooks,
  checkHookTime,
  type ContainerHooks,
  hookSeconds,
  lifecycleOf,
} from '../pod/lifecycle-hook';
import { type Mesh, portsOfSidecars } from '../pod/mesh';
import { type Labels, namespaceOf, resourceName, type SelectorLabels, selectorLabels } from '../pod/naming';
import { asPatched } from '../pod/patched';
import { emitPodAccount } from '../pod/pod-account';
import { schedulingOf, type SchedulingProps } from '../pod/scheduling';
import { checkSelectorLabels } from '../pod/selector-labels';
import { gracePeriodSeconds } from '../pod/termination-sizing';
import { autoscalerNameOf } from '../scaling/emitted-autoscaler';
import { emitReplicated } from '../scaling/replicated';
import { checkRollout, runnerOf, targetOf } from '../scaling/rollout';
import { ScalingPolicy } from '../scaling/scaling-policy';
import { requireScaling, type ScalingThresholds } from '../scaling/scaling-thresholds';
import { runAll, type SimulationRun } from '../scaling/simulation';
import type { SimulationOptions } from '../scaling/simulation-props';
import type { ScaledWorkload } from '../scaling/simulator/scaled-workloads';
import type { Traffic } from '../scaling/traffic';
import { emitVerticalAutoscaler } from '../scaling/vertical/vertical-autoscaler';
import type { WorkloadProfile } from '../sizing/workload-profile';
import { KubernetesVersion } from '../target/kubernetes-version';
import { SECONDS, secondsOf } from '../units/amounts';
import type { IWorkload } from './i-workload';
import { checkProgram, Program } from './program';
import { WORKLOAD_DEFAULTS, type WorkloadProps } from './workload-props';
import { sizeOf, surgePercentOf, type WorkloadSize } from './workload-size';

/** What a kind of workload adds to the common part. */
export interface WorkloadKind {
  readonly component: string;
  readonly profile: WorkloadProfile;
  readonly drainSeconds: number;
  readonly preStopSeconds: number;
  /** Time that a pod may take to start; a rollout waits longer than that. */
  readonly startupSeconds: number;
  readonly ports: readonly ContainerPort[];
  readonly probes: {
    readonly readinessProbe?: Probe;
    readonly livenessProbe?: Probe;
    readonly startupProbe?: Probe;
  };
  /** Why there is no liveness check, where a user says so. */
  readonly noLivenessReason?: string;
  readonly metricsEndpoint?: MetricsEndpoint;
}

/**
 * A Deployment with everything that keeps it available; the base of the web app and the worker.
 *
 * @internal
 */
export abstract class Workload extends Construct implements IWorkload {
  /** Name of all objects. */
  public readonly name: string;
  /** The pods, as network policies name them. */
  public readonly networkIdentity: NetworkIdentity;
  /** Processes of a pod, each of which has a pool of connections of its own: those of the runtime. */
  public readonly processesPerPod?: number;
  /** Name of the HorizontalPodAutoscaler; undefined for a fixed number of replicas. */
  public readonly autoscalerName?: string;
  /** Where the application serves metrics. */
  public readonly metricsEndpoint?: MetricsEndpoint;
  /** The Deployment. */
  public readonly deployment: ApiObject;
  /** The ServiceAccount of the pods; it has no token and no rights. */
  public readonly serviceAccount: ApiObject;
  /** The NetworkPolicy: declared callers and callees, and DNS. */
  public readonly networkPolicy: ApiObject;
  /** The PodDisruptionBudget: one pod at a time. */
  public readonly disruptionBudget: ApiObject;
  /** The HorizontalPodAutoscaler, or the ScaledObject of KEDA; undefined for a fixed number of replicas. */
  public readonly autoscaler?: ApiObject;
  /** The VerticalPodAutoscaler, if asked for. */
  public readonly verticalAutoscaler?: ApiObject;

  /** @internal */
  protected readonly _network: NetworkAccess;
  /** @internal */
  protected readonly _labels: SelectorLabels;
  /** @internal */
  protected readonly _selector: Labels;
  private readonly program: Program;
  private readonly fromProps: WorkloadSize;
  private rollout?: ApiObject;

  /**
   * @param scope parent
   * @param id id in the parent; part of the name
   * @param props common props
   * @param describe checks the kind's own props and says what the kind adds
   *
   * @internal
   */
  constructor(
    scope: Construct,
    id: string,
    props: WorkloadProps,
    describe: (checks: Checks, name: string) => WorkloadKind,
  ) {
    super(scope, id);
    const checks = Checks.of(this);
    this.name = resourceName(this, props.name, checks);
    checks.made(props);
    const kind = describe(checks, this.name);
    const { profile, scaling, scheduling } = sizing(props, kind);
    this.check(checks, props, kind, { profile, scaling, scheduling });
    checks.throwIfAny();

    const resources = profile._resources();
    const version = KubernetesVersion.of(this);
    const surgePercent = props.maxSurgePercent ?? WORKLOAD_DEFAULTS.maxSurgePercent;
    this._labels = selectorLabels(this.name, kind.component);
    this._selector = props.selectorLabels ?? this._labels;
    this.networkIdentity = { namespace: namespaceOf(this), podLabels: { ...this._selector } };
    this.fromProps = {
      maxReplicas: scaling._max,
      surge: `${surgePercent}%`,
      hasCpuLimit: resources.cpuLimitMillis !== undefined,
    };
    this.metricsEndpoint = kind.metricsEndpoint;
    this.processesPerPod = props.runtime?._processes(resources);
    this.program = new Program(this, props, resources);

    const head = { name: this.name, labels: this._labels, selector: this._selector };
    const drainSeconds = props.drainTime ? secondsOf(props.drainTime) : kind.drainSeconds;
    const preStopSeconds = kind.preStopSeconds + hookSeconds(props);
    this.serviceAccount = emitPodAccount(this, head, props);
    const pod = this.program.pod(
      {
        labels: this._labels,
        selector: props.selectorLabels,
        version,
        serviceAccountName: this.serviceAccount.name,
        proxy: props.mesh?._proxy({ version, preStopSeconds, drainSeconds }),
        terminationGracePeriodSeconds: gracePeriodSeconds(preStopSeconds, drainSeconds),
        scheduling,
        spread: { ownedByDeployment: true },
      },
      {
        name: kind.component,
        ports: kind.ports,
        resources,
        ...kind.probes,
        lifecycle: lifecycleOf(hooksOf(props, kind, version)),
      },
    );

    const { deployment, autoscaler } = emitReplicated(this, {
      ...head,
      pod,
      scaling,
      surgePercent,
      startupSeconds: kind.startupSeconds,
      suppressions: suppressionsOf(props, kind),
      runner: () => this.rollout && runnerOf(this.rollout),
    });
    this.deployment = deployment;
    this.node.defaultChild = deployment;
    this.autoscaler = autoscaler;
    this.autoscalerName = autoscaler && autoscalerNameOf(autoscaler);
    if (props.verticalScaling) {
      this.verticalAutoscaler = emitVerticalAutoscaler(this, {
        ...head,
        vertical: props.verticalScaling,
        scaling,
        version,
        target: () => targetOf(this.rollout ?? deployment),
        leaveAlone: props.mesh?._container,
      });
    }
    this.disruptionBudget = emitDisruptionBudget(
      this,
      'disruption-budget',
      this.name,
      this._labels,
      this._selector,
    );
    this._network = new NetworkAccess(this, 'network-policy', this.name, this._labels, this._selector);
    if (props.mesh) this._network.joinMesh(props.mesh._traffic);
    this.networkPolicy = this._network.policy;
  }

  /** Replicas at the largest size: the maximum of the autoscaler, or the fixed number, as the final objects say. */
  public get maxReplicas(): number {
    return this.size.maxReplicas;
  }

  /** Pods that a rolling update adds to them, in percent of the replicas, rounded up; 0 where it is a number. */
  public get maxSurgePercent(): number {
    return surgePercentOf(this.size.surge);
  }

  /** Pods that a rolling update adds to them, where the Deployment says a number by a patch. */
  public get maxSurgePods(): number | undefined {
    const { surge } = this.size;
    return typeof surge === 'number' ? surge : undefined;
  }

  /** Whether the container has a CPU limit. */
  public get hasCpuLimit(): boolean {
    return this.size.hasCpuLimit;
  }

  /**
   * Hands the pods over to a Rollout of Argo that refers to the Deployment (`spec.workloadRef`): the autoscalers scale the
   * Rollout, and its replicas and its strategy are what budgets count. The Deployment has no pods of its own, unless the
   * Rollout takes them away itself (`scaleDown`).
   *
   * @param rollout a Rollout of `argoproj.io` that names the Deployment
   */
  public handOverTo(rollout: ApiObject): void {
    checkRollout(Checks.of(this), rollout, this.deployment);
    this.rollout = rollout;
  }

  /**
   * Uses another construct: sets the environment that reaches it, and opens the network policies of both.
   *
   * @param target what to use: a database, a cache, a web app or a service, here or elsewhere, or `connection({…})` of it
   */
  public connectTo(target: IConnectionTarget): void {
    this.program.connectTo(target, this._network);
  }

  /**
   * Sets an environment variable.
   *
   * @param name letters, digits and "_"; one that is set already is refused
   * @param value the value
   */
  public addEnv(name: string, value: EnvValue): void {
    this.program.addEnv(name, value);
  }

  /**
   * Lets the pods reach something that is no construct here.
   *
   * @param peer who is reached
   * @param ports TCP ports; at least one
   */
  public allowTo(peer: NetworkPeer, ports: number[]): void {
    checkAccess(this, 'allowTo', peer, ports);
    this._network.allowTo(peer, ports);
  }

  /**
   * Lets a peer reach ports of the pods.
   *
   * @param peer who may
   * @param ports TCP ports of the pods; at least one
   */
  public allowFrom(peer: NetworkPeer, ports: number[]): void {
    checkAccess(this, 'allowFrom', peer, ports);
    this._network.allowFrom(peer, ports);
  }

  /**
   * Lets a peer scrape the metrics endpoint.
   *
   * @param peer who may
   */
  public allowScrapeFrom(peer: NetworkPeer): void {
    if (this.metricsEndpoint) this._network.allowFrom(peer, [this.metricsEndpoint.port]);
  }

  /**
   * Simulates the autoscaler under a load: the final objects, patches included, as the controller of Kubernetes would
   * act on them. It changes nothing and is quick, made for unit tests: `expect(web.simulate(spike).flaps).toBe(0)`.
   *
   * @param traffic the load
   * @param options what manifests do not say: what a pod serves, how long it takes to start
   */
  public simulate(traffic: Traffic, options: SimulationOptions = {}): SimulationRun {
    const autoscaler: unknown = this.autoscaler?.toJson();
    const subject: ScaledWorkload = { name: this.name, workload: this.read(), autoscaler };
    return runAll(this, [subject], traffic, options)[0];
  }

  /**
   * Fails the synth when a simulation does not keep its thresholds, and says on the autoscaler that scaling is tested,
   * which is what the checklist looks for (`SCALE-001`). Call it once for each load.
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

  /** The pods, and what runs and scales them, as they are emitted. */
  private read(): WorkloadObject {
    const objects = [this.deployment, this.rollout, this.autoscaler];
    return Inventory.of(objects.map((one): unknown => one?.toJson())).workloads[0];
  }

  private get size(): WorkloadSize {
    return asPatched([this.deployment, this.rollout, this.autoscaler], this.fromProps, (manifests) =>
      sizeOf(manifests, this.fromProps),
    );
  }

  private check(
    checks: Checks,
    props: WorkloadProps,
    kind: WorkloadKind,
    { profile, scaling, scheduling }: Sizing,
  ): void {
    if (props.density && props.profile) {
      checks.fail(
        'profile',
        props.profile,
        'density sets it; remove one, or put the profile into PodDensity.custom()',
      );
    }
    if (props.density && props.nodeSelector) {
      checks.fail(
        'nodeSelector',
        props.nodeSelector,
        'density sets it; remove one, or put it into PodDensity.custom()',
      );
    }
    checks.integer('drainTime', checks.amount('drainTime', props.drainTime, SECONDS), 1, 86_400);
    checks.integer('maxSurgePercent', props.maxSurgePercent, 1, 100);
    checkSelectorLabels(checks, props.selectorLabels);
    const resources = checkProgram(checks, props, { component: kind.component, profile, scheduling });
    const version = KubernetesVersion.of(this);
    checkHooks(checks, hooksOf(props, kind, version), props.image);
    checkHookTime(checks, props);
    if (props.mesh) checkMesh(checks, props.mesh, props, kind, version);
    const pod = {
      containers: [
        { name: kind.component, resources },
        ...(props.sidecars ?? []).map(({ name }) => ({ name })),
        ...(props.mesh ? [{ name: props.mesh._container }] : []),
      ],
      version,
    };
    scaling._check(checks.at('scaling'), pod);
    props.verticalScaling?._check(checks.at('verticalScaling'), scaling, pod);
  }
}

/** What a workload has to leave to the proxy of its mesh. */
function checkMesh(
  checks: Checks,
  mesh: Mesh,
  props: WorkloadProps,
  kind: WorkloadKind,
  version: KubernetesVersion,
): void {
  mesh._check(checks, props, version, [
    ...kind.ports.map(({ name, containerPort }) => ({ prop: `port ${name}`, port: containerPort })),
    ...portsOfSidecars(props),
  ]);
  const bounds = props.verticalScaling?._props.containers?.[mesh._container];
  if (bounds)
    checks.fail(
      `verticalScaling.containers.${mesh._container}`,
      bounds,
      'annotations set its requests, and a VerticalPodAutoscaler leaves it alone; give the mesh a profile',
    );
}

/** What the props excuse, by rule. */
function suppressionsOf(
  { serviceAccount }: WorkloadProps,
  kind: WorkloadKind,
): Readonly<Record<string, string>> {
  return {
    ...(kind.noLivenessReason !== undefined && { 'PRB-002': kind.noLivenessReason }),
    ...(serviceAccount?.tokenReason !== undefined && { 'SEC-002': serviceAccount.tokenReason }),
  };
}

/** What happens in the main container when it starts and before it stops. */
function hooksOf(
  { postStart, preStop }: WorkloadProps,
  { preStopSeconds: delaySeconds }: WorkloadKind,
  version: KubernetesVersion,
): ContainerHooks {
  return { postStart, preStop, delaySeconds, version };
}

interface Sizing {
  readonly profile: WorkloadProfile;
  readonly scaling: ScalingPolicy;
  readonly scheduling: SchedulingProps;
}

function sizing(props: WorkloadProps, kind: WorkloadKind): Sizing {
  const density = props.density?._props;
  const fewest = density?.replicas;
  return {
    profile: props.profile ?? density?.profile ?? kind.profile,
    scaling:
      props.scaling ??
      ScalingPolicy.cpu(
        fewest === undefined ? {} : { min: fewest, max: fewest * WORKLOAD_DEFAULTS.densityHeadroom },
      ),
    scheduling: { ...schedulingOf(props), nodeSelector: props.nodeSelector ?? density?.nodeSelector },
  };
}
