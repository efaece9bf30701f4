import { Checks, type Located } from '../finding/checks';
import { Inventory } from '../inventory/inventory';
import { UnreadableHpaError } from './hpa/hpa-spec';
import { readSimulationOptions, type SimulationOptions } from './simulation-props';
import { reachesMax, secondsToDrain } from './simulator/reach';
import { type ScaledWorkload, scaledWorkloads } from './simulator/scaled-workloads';
import { type RunResult, simulateWithSeries } from './simulator/simulate';
import { ModelError, modelOfWorkload, type WorkloadModel } from './simulator/workload-model';
import type { Traffic } from './traffic';

/** Options of `Simulation.ofManifests`. */
export interface ManifestSimulationOptions extends SimulationOptions {
  /**
   * Name of the one workload that is simulated; it needs no autoscaler.
   *
   * @default - all that a HorizontalPodAutoscaler scales
   */
  readonly workloadName?: string;
}

/** The state right after a decision of the autoscaler. */
export interface SimulationPoint {
  /** Time since the start. */
  readonly seconds: number;
  /** Average requests per second since the point before. */
  readonly load: number;
  /** Requests per second that the ready pods serve. */
  readonly capacity: number;
  /** Pods that there should be. */
  readonly replicas: number;
  /** Pods that serve. */
  readonly readyReplicas: number;
  /**
   * What the metrics ask for, before windows, policies and bounds.
   *
   * @default - they cannot tell
   */
  readonly recommended?: number;
  /** Why the replicas are what they are, in the words of the conditions of a HorizontalPodAutoscaler. */
  readonly reason: string;
  /** Requests since the point before that found no capacity. */
  readonly unmetLoad: number;
}

/**
 * What came of a load against a workload and its autoscaler: the numbers that a test of its scaling asks for.
 *
 * @example
 * const run = web.simulate(Traffic.spike({ base: 10, peak: 100 }), { capacityPerPod: 20 });
 * expect(run.secondsToCapacity).toBeLessThanOrEqual(90);
 * expect(run.overshoot).toBeLessThanOrEqual(2);
 * expect(run.flaps).toBe(0);
 */
export class SimulationRun {
  /** @internal */
  public static _of(workload: string, model: WorkloadModel, result: RunResult): SimulationRun {
    return new SimulationRun(workload, model, result);
  }

  private constructor(
    /** Name of the workload. */
    public readonly workloadName: string,
    private readonly model: WorkloadModel,
    private readonly result: RunResult,
  ) {}

  /** Requests that found no capacity: the load above what the ready pods serve, summed over time. */
  public get unmetLoad(): number {
    return this.result.verdict.unmetLoad;
  }

  /**
   * Seconds of the longest stretch in which the ready pods could not serve all of the load; 0 when there was none,
   * undefined when the run ended in one.
   */
  public get secondsToCapacity(): number | undefined {
    return this.result.verdict.secondsToCapacity;
  }

  /** Most replicas minus those that hold the highest load at the target; never below 0. */
  public get overshoot(): number {
    return this.result.verdict.overshoot;
  }

  /** Times that replicas were removed and added again within ten minutes. */
  public get flaps(): number {
    return this.result.verdict.flaps;
  }

  /** Replicas times hours. */
  public get podHours(): number {
    return this.result.verdict.podHours;
  }

  /** Most replicas of the run. */
  public get peakReplicas(): number {
    return this.result.verdict.peakReplicas;
  }

  /** Whether the most replicas are reached when every pod is as busy as its limits allow; false for a dead autoscaler. */
  public get reachesMax(): boolean {
    return reachesMax(this.model);
  }

  /** Seconds from the most replicas to the fewest without any load, whatever the run; undefined when they stay. */
  public get secondsToDrain(): number | undefined {
    return secondsToDrain(this.model.spec);
  }

  /** The state at each decision of the autoscaler, every 15 seconds. */
  public get series(): SimulationPoint[] {
    return [...this.result.series];
  }

  /** What was assumed, and which metrics the autoscaler cannot compute. */
  public get notes(): string[] {
    return [...this.model.notes];
  }
}

/**
 * Simulation of manifests that are there already, whoever wrote them.
 *
 * @example
 * const manifests = other.toJson(); // or what a YAML parser read from anybody's files
 * const monday = Traffic.ramp({ from: 10, to: 150, rise: Duration.minutes(5) });
 * for (const run of Simulation.ofManifests(manifests, monday, { capacityPerPod: 20 })) {
 *   expect(run.reachesMax).toBe(true);
 * }
 */
export class Simulation {
  /**
   * Runs a load against every HorizontalPodAutoscaler of some manifests and the workload that it scales.
   *
   * @param manifests Kubernetes objects; those that take no part are left out, and `List` objects are opened
   * @param traffic the load; each workload gets all of it
   * @param options what manifests do not say, and which workload is meant
   * @returns a run for each, in the order of the manifests; one that cannot be simulated is refused, and so are none
   */
  public static ofManifests(
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- parsed YAML; jsii knows no `unknown`
    manifests: any[],
    traffic: Traffic,
    options: ManifestSimulationOptions = {},
  ): SimulationRun[] {
    const subjects = scaledWorkloads(Inventory.of(manifests), options.workloadName);
    return runAll(CALL, subjects, traffic, options);
  }
}

const CALL: Located = { node: { path: 'Simulation.ofManifests' } };

/** Runs a load against workloads; throws all that stands against it, under the path of who asked. */
export function runAll(
  asked: Located,
  subjects: readonly ScaledWorkload[],
  traffic: Traffic,
  options: SimulationOptions,
): SimulationRun[] {
  const checks = Checks.of(asked);
  traffic._check(checks);
  const modelOptions = readSimulationOptions(checks, options);
  if (subjects.length === 0)
    checks.fail(
      'manifests',
      'without a workload to simulate',
      'allowed: a HorizontalPodAutoscaler and its workload',
    );
  checks.throwIfAny();
  const runs = subjects.flatMap(({ name, workload, autoscaler }) => {
    try {
      const model = modelOfWorkload(workload, autoscaler, modelOptions);
      return [SimulationRun._of(name, model, simulateWithSeries(model, traffic._shape))];
    } catch (error) {
      if (!(error instanceof UnreadableHpaError || error instanceof ModelError)) throw error;
      checks.fail(name, 'no workload that can be simulated', error.message);
      return [];
    }
  });
  checks.throwIfAny();
  return runs;
}
