import type { ApiObject } from 'cdk8s';
import type { EnvValue } from 'cdk8s-plus-27';
import type { IConnectionTarget, IConsumer } from '../connection/connection';
import type { IMonitored } from '../connection/monitored';
import type { NetworkPeer } from '../connection/network-peer';
import type { ScalingThresholds } from '../scaling/scaling-thresholds';
import type { SimulationRun } from '../scaling/simulation';
import type { SimulationOptions } from '../scaling/simulation-props';
import type { Traffic } from '../scaling/traffic';

/** Many equal pods, whoever makes them: a `ScalableWebApp`, a `BackgroundWorker`, or an `AdoptedWorkload`. */
export interface IScalable extends IConsumer, IMonitored {
  /**
   * The HorizontalPodAutoscaler, or the ScaledObject of KEDA.
   *
   * @default - none for a fixed number of replicas
   */
  readonly autoscaler?: ApiObject;
  /**
   * Uses another construct: sets the environment that reaches it, and opens the network policies of both.
   *
   * @param target what to use
   */
  connectTo(target: IConnectionTarget): void;
  /**
   * Sets an environment variable.
   *
   * @param name letters, digits and "_"; one that is set already is refused
   * @param value the value
   */
  addEnv(name: string, value: EnvValue): void;
  /**
   * Lets the pods reach something that is no construct here.
   *
   * @param peer who is reached
   * @param ports TCP ports; at least one
   */
  allowTo(peer: NetworkPeer, ports: number[]): void;
  /**
   * Simulates the autoscaler under a load.
   *
   * @param traffic the load
   * @param options what manifests do not say
   */
  simulate(traffic: Traffic, options?: SimulationOptions): SimulationRun;
  /**
   * Fails the synth when a simulation does not keep its thresholds.
   *
   * @param traffic the load
   * @param thresholds the most that its numbers may be; at least one
   * @param options what manifests do not say
   */
  requireScaling(traffic: Traffic, thresholds: ScalingThresholds, options?: SimulationOptions): void;
}

/** An application of many equal pods that is made here: a `ScalableWebApp` or a `BackgroundWorker`. */
export interface IWorkload extends IScalable {
  /** The Deployment. */
  readonly deployment: ApiObject;
  /** The ServiceAccount of the pods. */
  readonly serviceAccount: ApiObject;
  /** The NetworkPolicy of the pods. */
  readonly networkPolicy: ApiObject;
  /** The PodDisruptionBudget. */
  readonly disruptionBudget: ApiObject;
}
