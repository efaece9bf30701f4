/** Numbers that the API server refuses, or takes although nobody can mean them. */
import { FindingSeverity } from '../../../finding/finding';
import type { ContainerOf, KubernetesObject, WorkloadObject } from '../../../inventory/inventory';
import { get, type Json, numberAt, recordAt, recordsAt, textAt } from '../../../inventory/json';
import { PROBES } from '../../../inventory/kinds';
import { dnsLabelRule } from '../../../units/names';
import { display } from '../../../units/text';
import { objects, type Problem, type Rule, rule, when } from '../../rule';
import { named } from './names';

function inRange(path: string, value: unknown, least: number, most: number): Problem[] {
  return when(typeof value === 'number' && !(Number.isInteger(value) && value >= least && value <= most), {
    path,
    measured: String(value),
    expected: `a whole number from ${least} to ${most}`,
    fix: 'correct it',
  });
}

/** Time that the API gives a rollout to make progress, in seconds: the default of `progressDeadlineSeconds`. */
const PROGRESS_SECONDS = 600;

/** The largest number of the API's 32 bits. */
const MOST = 2 ** 31 - 1;

const PROTOCOLS: readonly unknown[] = ['TCP', 'UDP', 'SCTP'];

/** Restart policies by what makes the pod; others default to Always. */
const RESTART_POLICIES: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['Always'],
  StatefulSet: ['Always'],
  DaemonSet: ['Always'],
  ReplicaSet: ['Always'],
  Job: ['Never', 'OnFailure'],
  CronJob: ['Never', 'OnFailure'],
};

function restartPolicy({ object, pod, podPath }: WorkloadObject): Problem[] {
  const allowed = RESTART_POLICIES[object.kind];
  const given = textAt(pod, 'restartPolicy') ?? 'Always';
  return when(allowed !== undefined && !allowed.includes(given), {
    path: `${podPath}.restartPolicy`,
    measured: textAt(pod, 'restartPolicy') ?? 'not set: Always',
    expected: allowed?.join(' or ') ?? '',
    fix: 'set it',
  });
}

const PROBE_NUMBERS = [
  ['initialDelaySeconds', 0],
  ['periodSeconds', 1],
  ['timeoutSeconds', 1],
  ['failureThreshold', 1],
] as const;

function probeNumbers({ container, path }: ContainerOf): Problem[] {
  return PROBES.flatMap((name) => {
    const probe = recordAt(container, name);
    return [
      ...PROBE_NUMBERS.flatMap(([field, least]) =>
        inRange(`${path}.${name}.${field}`, probe?.[field], least, MOST),
      ),
      // Only readiness may ask for several successes.
      ...inRange(
        `${path}.${name}.successThreshold`,
        probe?.successThreshold,
        1,
        name === 'readinessProbe' ? MOST : 1,
      ),
    ];
  });
}

/** A number of pods, or a percentage of them. */
function podShare(path: string, value: unknown): Problem[] {
  const good =
    typeof value === 'number' ? Number.isInteger(value) && value >= 0 : /^\d+%$/.test(String(value));
  return when(value !== undefined && !good, {
    path,
    measured: display(value),
    expected: 'a number of pods, or a percentage such as 25%',
    fix: 'correct it',
  });
}

/** Two spread constraints over one topology with one policy, and a skew that allows nothing. */
function spreadNumbers({ pod, podPath }: WorkloadObject): Problem[] {
  const constraints = recordsAt(pod, 'topologySpreadConstraints');
  const key = (one: Json) => `${String(one.topologyKey)} ${String(one.whenUnsatisfiable)}`;
  return constraints.flatMap((one, index) => [
    // What the API server takes for zero when it is not set.
    ...inRange(`${podPath}.topologySpreadConstraints[${index}].maxSkew`, one.maxSkew ?? 0, 1, MOST),
    ...when(!['DoNotSchedule', 'ScheduleAnyway'].includes(textAt(one, 'whenUnsatisfiable') ?? ''), {
      path: `${podPath}.topologySpreadConstraints[${index}].whenUnsatisfiable`,
      measured: textAt(one, 'whenUnsatisfiable') ?? 'not set',
      expected: 'DoNotSchedule or ScheduleAnyway',
      fix: 'set it',
    }),
    ...when(constraints.findIndex((other) => key(other) === key(one)) !== index, {
      path: `${podPath}.topologySpreadConstraints[${index}]`,
      measured: `${key(one)} twice`,
      expected: 'one for a topology and a policy',
      fix: 'remove one',
    }),
  ]);
}

function servicePorts({ object }: { readonly object: KubernetesObject }): Problem[] {
  const ports = recordsAt(object.manifest, 'spec', 'ports');
  const names = ports.map((port) => port.name);
  return ports.flatMap((port, index) => [
    ...inRange(`spec.ports[${index}].port`, port.port, 1, 65_535),
    ...inRange(`spec.ports[${index}].targetPort`, port.targetPort, 1, 65_535),
    ...inRange(`spec.ports[${index}].nodePort`, port.nodePort, 0, 65_535),
    ...named(`spec.ports[${index}].name`, port.name, dnsLabelRule),
    ...when(ports.length > 1 && (port.name === undefined || names.indexOf(port.name) !== index), {
      path: `spec.ports[${index}].name`,
      measured: port.name === undefined ? 'not set' : `${display(port.name)} twice`,
      expected: 'a name of its own for each of several ports',
      fix: 'name it',
    }),
  ]);
}

export const NUMBER_RULES: readonly Rule[] = [
  rule({
    id: 'COR-012',
    severity: FindingSeverity.ERROR,
    title: 'Numbers of workloads and Services are inside their ranges',
    why: 'The API server refuses them; a grace period of zero or less it takes, and kills the pod without a word to it.',
    evidence:
      'Posted to a real API server: ports, thresholds and deadlines refused, a grace period of -1 taken.',
    of: (inventory) => [
      ...inventory.workloads.map((workload) => ({ object: workload.object, workload })),
      ...objects(inventory, 'Service').map(({ object }) => ({ object, workload: undefined })),
    ],
    check: ({ object, workload }) => {
      if (!workload) return servicePorts({ object });
      const { manifest } = object;
      const ready = numberAt(manifest, 'spec', 'minReadySeconds') ?? 0;
      const deadline = numberAt(manifest, 'spec', 'progressDeadlineSeconds');
      return [
        ...inRange('spec.replicas', get(manifest, 'spec', 'replicas'), 0, MOST),
        ...inRange(
          `${workload.podPath}.terminationGracePeriodSeconds`,
          workload.pod.terminationGracePeriodSeconds,
          1,
          MOST,
        ).map((problem) => ({
          ...problem,
          // The API server takes it: the pod is killed at once.
          severity: workload.pod.terminationGracePeriodSeconds === 0 ? FindingSeverity.WARNING : undefined,
        })),
        ...when(deadline !== undefined && deadline <= ready, {
          path: 'spec.progressDeadlineSeconds',
          measured: `${deadline} with minReadySeconds ${ready}`,
          expected: 'more than minReadySeconds',
          fix: 'raise it',
          edit: { kind: 'set', value: ready + PROGRESS_SECONDS },
        }),
        ...['maxSurge', 'maxUnavailable'].flatMap((field) =>
          podShare(
            `spec.strategy.rollingUpdate.${field}`,
            get(manifest, 'spec', 'strategy', 'rollingUpdate', field),
          ),
        ),
        ...restartPolicy(workload),
        ...spreadNumbers(workload),
        ...inRange(
          `${workload.podPath}.securityContext.runAsUser`,
          get(workload.pod, 'securityContext', 'runAsUser'),
          0,
          MOST,
        ),
        ...workload.containers.flatMap((one) => [
          ...recordsAt(one.container, 'ports').flatMap((port, index) => [
            ...inRange(`${one.path}.ports[${index}].containerPort`, port.containerPort, 1, 65_535),
            ...when(!PROTOCOLS.includes(port.protocol ?? 'TCP'), {
              path: `${one.path}.ports[${index}].protocol`,
              measured: display(port.protocol),
              expected: PROTOCOLS.join(', '),
              fix: 'correct it',
            }),
          ]),
          ...probeNumbers(one),
        ]),
      ];
    },
  }),
];
