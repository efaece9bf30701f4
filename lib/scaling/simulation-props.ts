import type { Duration } from 'cdk8s';
import type { Checks } from '../finding/checks';
import { secondsOf } from '../units/amounts';
import { isWhole } from './simulator/scaling-test';
import { MODEL_BOUNDS, type ModelOptions, NODE_BOUNDS } from './simulator/workload-model';

/** Nodes that a cluster adds when pods find no place. */
export interface NodeSupply {
  /** Pods that fit beside those of the start before a node is added, at least 0. */
  readonly sparePods: number;
  /** Pods that fit on an added node, at least 1. */
  readonly podsPerNode: number;
  /** From the first pod without a place to the node that takes it, in whole seconds up to an hour. */
  readonly provisionTime: Duration;
}

/** What manifests do not say of a workload. */
export interface SimulationOptions {
  /**
   * Requests per second that one pod serves with the CPU that it requests: measure it. Above it requests count as unmet;
   * CPU goes on rising with what is offered, up to the limit.
   *
   * @default - a guess: the CPU request divided by 10 ms of CPU per request
   */
  readonly capacityPerPod?: number;
  /**
   * From the creation of a pod to its running containers: scheduling, images, init containers; whole seconds.
   *
   * @default Duration.seconds(5)
   */
  readonly podStartTime?: Duration;
  /**
   * From running containers to a ready pod, in whole seconds.
   *
   * @default - 10 seconds, or the initial delay of the probes when that is longer
   */
  readonly podReadyTime?: Duration;
  /**
   * CPU of a pod that runs and is not ready yet, in percent of its request. The autoscaler leaves it out for five minutes.
   *
   * @default 0
   */
  readonly startupCpuPercent?: number;
  /**
   * Memory that a pod uses, in percent of its request. It does not follow the load: few processes return memory.
   *
   * @default 50
   */
  readonly memoryPercent?: number;
  /**
   * Age of the newest measurement that the autoscaler sees, in whole seconds.
   *
   * @default Duration.seconds(15)
   */
  readonly metricLag?: Duration;
  /**
   * Time that a measurement is the average of, at least a second, in whole seconds.
   *
   * @default Duration.seconds(15)
   */
  readonly metricWindow?: Duration;
  /**
   * Replicas at the start.
   *
   * @default - those that hold the first load at the target
   */
  readonly initialReplicas?: number;
  /**
   * Nodes that are added when pods find no place.
   *
   * @default - there is always a place
   */
  readonly nodes?: NodeSupply;
}

/** The options as the simulator takes them; what is out of range is recorded by the name of its prop. */
export function readSimulationOptions(checks: Checks, options: SimulationOptions): ModelOptions {
  const { nodes } = options;
  const seconds = (time: Duration | undefined) => time && secondsOf(time);
  const check = (prop: string, name: keyof typeof MODEL_BOUNDS, value: number | undefined) => {
    const [least, most] = MODEL_BOUNDS[name];
    if (isWhole(name)) checks.integer(prop, value, least, most);
    else checks.number(prop, value, least, most);
    return value;
  };
  const read: ModelOptions = {
    capacityPerPod: check('capacityPerPod', 'capacityPerPod', options.capacityPerPod),
    startSeconds: check('podStartTime', 'startSeconds', seconds(options.podStartTime)),
    readySeconds: check('podReadyTime', 'readySeconds', seconds(options.podReadyTime)),
    startupCpuPercent: check('startupCpuPercent', 'startupCpuPercent', options.startupCpuPercent),
    memoryPercent: check('memoryPercent', 'memoryPercent', options.memoryPercent),
    metricLagSeconds: check('metricLag', 'metricLagSeconds', seconds(options.metricLag)),
    metricWindowSeconds: check('metricWindow', 'metricWindowSeconds', seconds(options.metricWindow)),
    initialReplicas: check('initialReplicas', 'initialReplicas', options.initialReplicas),
  };
  if (!nodes) return read;
  const { sparePods, podsPerNode } = nodes;
  const provisionSeconds = secondsOf(nodes.provisionTime);
  checks.integer('nodes.sparePods', sparePods, ...NODE_BOUNDS.sparePods);
  checks.integer('nodes.podsPerNode', podsPerNode, ...NODE_BOUNDS.podsPerNode);
  checks.integer('nodes.provisionTime', provisionSeconds, ...NODE_BOUNDS.provisionSeconds);
  return { ...read, nodes: { sparePods, podsPerNode, provisionSeconds } };
}
