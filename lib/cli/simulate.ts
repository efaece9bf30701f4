import { readFileSync } from 'fs';
import { Inventory } from '../inventory/inventory';
import { drawSimulations } from '../report/simulation-svg';
import { simulationsToText, type WorkloadReport } from '../report/simulation-text';
import { UnreadableHpaError } from '../scaling/hpa/hpa-spec';
import {
  formatShape,
  type LoadShape,
  parseLoadCsv,
  parseShape,
  SHAPE_NAMES,
  ShapeError,
} from '../scaling/simulator/load-shape';
import { policiesToCompare } from '../scaling/simulator/policies';
import { reachesMax, secondsToDrain } from '../scaling/simulator/reach';
import { type ScaledWorkload, scaledWorkloads } from '../scaling/simulator/scaled-workloads';
import { parseModelOptions, ScalingTestError } from '../scaling/simulator/scaling-test';
import { simulateWithSeries } from '../scaling/simulator/simulate';
import {
  brokenThresholds,
  parseThresholds,
  THRESHOLD_NAMES,
  ThresholdError,
  type Thresholds,
} from '../scaling/simulator/thresholds';
import {
  MODEL_BOUNDS,
  ModelError,
  modelOfWorkload,
  type ModelOptions,
} from '../scaling/simulator/workload-model';
import { type CommandOutput, EXIT, parseArguments, UsageError } from './command';
import { readManifests } from './manifest-files';

export const SIMULATE_USAGE = `Usage: cdk8s-tuned simulate PATH… (--shape SHAPE | --traffic FILE) [OPTION…]

Simulates the HorizontalPodAutoscalers of Kubernetes manifests under a load, second by second, as
the controller of Kubernetes acts. Each workload gets all of the load.

  PATH                a YAML or JSON file, a directory, or - for standard input
  --shape SHAPE       ${SHAPE_NAMES.join(', ')} or points, such as
                      spike:base=100,peak=1000,hold=10m
  --traffic FILE      lines of seconds,requestsPerSecond
  --workload NAME     the one workload to simulate (default: all that are scaled)
  --capacity NUMBER   requests per second that one pod serves with the CPU that it requests
  --pods LIST         what else manifests do not say, such as startSeconds=5,readySeconds=20:
                      ${Object.keys(MODEL_BOUNDS).slice(1, 5).join(', ')},
                      ${Object.keys(MODEL_BOUNDS).slice(5).join(', ')};
                      nodes: sparePods, podsPerNode, provisionSeconds
  --max LIST          thresholds, such as unmetLoad=0,secondsToCapacity=90:
                      ${THRESHOLD_NAMES.slice(0, 5).join(', ')},
                      ${THRESHOLD_NAMES.slice(5).join(', ')}
  --compare           the same load also under the rules of the guide, of Kubernetes' default and
                      of cdk8s-plus's default
  --svg FILE          draws load, capacity and replicas over time
  --json              everything as JSON, the state at each decision included

Exits with 0 when the thresholds hold, 1 when one does not, 2 when the manifests or the load cannot
be read or there is nothing to simulate.
`;

const OPTIONS = {
  shape: { type: 'string' },
  traffic: { type: 'string' },
  workload: { type: 'string' },
  capacity: { type: 'string' },
  pods: { type: 'string' },
  max: { type: 'string', multiple: true },
  compare: { type: 'boolean' },
  svg: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** Runs `simulate` with its arguments. */
export function simulate(args: readonly string[], readInput: () => string): CommandOutput {
  const { values, positionals } = parseArguments(args, OPTIONS);
  if (values.help === true) return { text: SIMULATE_USAGE, exitCode: EXIT.holds };
  if (positionals.length === 0) throw new UsageError(`which manifests?\n\n${SIMULATE_USAGE}`);
  const shape = orUsage(() => readLoad(values.shape, values.traffic));
  const options = orUsage(() => readOptions(values.capacity, values.pods));
  const thresholds = orUsage(() => readThresholds(values.max));
  const { documents, unread } = readManifests(positionals, readInput);
  if (unread.length > 0)
    throw new UsageError(unread.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'));
  const inventory = Inventory.ofSourced(documents);
  const subjects = scaledWorkloads(inventory, values.workload);
  if (subjects.length === 0)
    throw new UsageError(
      values.workload === undefined
        ? `no HorizontalPodAutoscaler in ${positionals.join(', ')}`
        : `no workload ${JSON.stringify(values.workload)} in ${positionals.join(', ')}`,
    );
  const reports = subjects.map((subject) =>
    reportOf(subject, shape, options, thresholds, values.compare === true),
  );
  const text =
    values.json === true
      ? `${JSON.stringify({ traffic: formatShape(shape), workloads: reports }, null, 2)}\n`
      : simulationsToText(shape, reports);
  return {
    text,
    exitCode: reports.some(({ broken }) => broken.length > 0) ? EXIT.broken : EXIT.holds,
    files: values.svg === undefined ? undefined : new Map([[values.svg, drawSimulations(shape, reports)]]),
  };
}

/** Errors of what the user gave become errors that only show their message. */
function orUsage<T>(read: () => T, of = ''): T {
  try {
    return read();
  } catch (error) {
    const known = [ShapeError, ScalingTestError, ThresholdError, UnreadableHpaError, ModelError];
    if (known.some((type) => error instanceof type)) throw new UsageError(of + (error as Error).message);
    throw error;
  }
}

function readLoad(shape: string | undefined, file: string | undefined): LoadShape {
  if ((shape === undefined) === (file === undefined))
    throw new UsageError('which load? allowed: one of --shape and --traffic');
  if (shape !== undefined) return parseShape(shape);
  const path = file ?? '';
  return orUsage(() => parseLoadCsv(readText(path)), `${path}: `);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new UsageError(`${path} is not there`);
  }
}

function readOptions(capacity: string | undefined, pods = ''): ModelOptions {
  return parseModelOptions(
    [...(capacity === undefined ? [] : [`capacityPerPod=${capacity}`]), ...(pods === '' ? [] : [pods])].join(
      ',',
    ),
  );
}

function readThresholds(lists: readonly string[] = []): Thresholds {
  // On a command line "<" would want quotes.
  return lists.length === 0 ? {} : parseThresholds(lists.join(',').replace(/(?<!<)=/g, '<='));
}

function reportOf(
  { name, workload, autoscaler }: ScaledWorkload,
  shape: LoadShape,
  options: ModelOptions,
  thresholds: Thresholds,
  compare: boolean,
): WorkloadReport {
  const own = orUsage(() => modelOfWorkload(workload, autoscaler, options), `${name}: `);
  const all = policiesToCompare(own.spec);
  const policies = compare ? all : all.slice(0, 1);
  const runs = policies.map(({ id, title, spec }) => {
    const model = { ...own, spec };
    const { verdict, series } = simulateWithSeries(model, shape);
    const outcome = { ...verdict, reachesMax: reachesMax(model), secondsToDrain: secondsToDrain(spec) };
    return { policy: id, title, outcome, series };
  });
  return {
    workload: name,
    namespace: workload?.object.namespace,
    minReplicas: own.spec.minReplicas,
    maxReplicas: own.spec.maxReplicas,
    capacityPerPod: own.capacityPerPod,
    runs,
    broken: brokenThresholds(thresholds, runs[0].outcome),
    notes: own.notes,
  };
}
