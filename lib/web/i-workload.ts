import type { ApiObject } from 'cdk8s';
import type { EnvValue } from 'cdk8s-plus-27';
import type { IConnectionTarget, IConsumer } from '../connection/connection';
import type { IMonitored } from '../connection/monitored';
import type { NetworkPeer } from '../connection/network-peer';
import type { SimulationRun } from '../scaling/simulation';
import type { SimulationOptions } from '../scaling/simulation-props';
import type { Traffic } from '../scaling/traffic';

/** An application of many equal pods: a `ScalableWebApp` or a `BackgroundWorker`. */
export interface IWorkload extends IConsumer, IMonitored {
  /** The Deployment. */
  readonly deployment: ApiObject;
  /** The ServiceAccount of the pods. */
  readonly serviceAccount: ApiObject;
  /** The NetworkPolicy of the pods. */
  readonly networkPolicy: ApiObject;
  /** The PodDisruptionBudget. */
  readonly disruptionBudget: ApiObject;
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
}
