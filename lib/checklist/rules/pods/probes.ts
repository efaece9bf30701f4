import { FindingSeverity } from '../../../finding/finding';
import { commandWords } from '../../../inventory/command-line';
import type { ContainerOf } from '../../../inventory/inventory';
import { get, isRecord, type Json, listAt, numberAt, recordAt, recordsAt } from '../../../inventory/json';
import { PROBES } from '../../../inventory/kinds';
import { mainContainers, relationsOf, servers, servingContainer } from '../../../inventory/relations';
import { type Problem, type Rule, rule, when } from '../../rule';

const HANDLERS = ['httpGet', 'tcpSocket', 'exec', 'grpc'] as const;

function lacks(serving: ContainerOf | undefined, probe: (typeof PROBES)[number], fix: string): Problem[] {
  return when(serving === undefined || recordAt(serving.container, probe) === undefined, {
    path: `${serving?.path ?? 'spec'}.${probe}`,
    measured: 'not set',
    expected: `a ${probe} on the container that serves`,
    fix,
  });
}

/** Whether a question has what the API server requires of it. */
function isComplete(handler: (typeof HANDLERS)[number], probe: Json): boolean {
  return handler === 'exec'
    ? listAt(probe, 'exec', 'command').length > 0
    : get(probe, handler, 'port') !== undefined;
}

/** The question that a probe asks, without its timing. */
function question(probe: Json): string {
  return JSON.stringify(HANDLERS.map((handler) => probe[handler] ?? null));
}

const SECONDS_OF: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600 };

/** A time as `sleep` takes it: `35`, `0.5`, `2m`. */
function sleepSeconds(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([smh]?)$/.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * SECONDS_OF[unit];
}

/** Seconds that the preStop hook waits, as far as it says. */
export function preStopSeconds(container: Json): number {
  const hook = recordAt(container, 'lifecycle', 'preStop');
  const exec = recordAt(hook, 'exec');
  // Also where a shell sleeps, several times even.
  const words = exec ? commandWords(exec) : [];
  const slept = words.flatMap((word, index) =>
    /^(.*\/)?sleep$/.test(word) ? (sleepSeconds(words[index + 1] ?? '') ?? 0) : [],
  );
  return numberAt(hook, 'sleep', 'seconds') ?? slept.reduce((sum, seconds) => sum + seconds, 0);
}

const DEFAULT_GRACE_SECONDS = 30;

export const PROBE_RULES: readonly Rule[] = [
  rule({
    id: 'PRB-001',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'What a Service sends traffic to says when it is ready',
    why: 'Without a readiness probe a pod gets requests before it can answer and while it cannot.',
    evidence: 'The guide, "Use readiness probes for traffic"; kube-score pod-probes.',
    of: (inventory) =>
      servers(inventory).filter((workload) => relationsOf(workload, inventory).services.length > 0),
    check: (workload, inventory) =>
      lacks(
        servingContainer(workload, inventory),
        'readinessProbe',
        'add one that asks whether requests can be answered',
      ),
  }),
  rule({
    id: 'PRB-002',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'A server that hangs is restarted, one that starts slowly is left alone',
    why: 'Without a liveness probe a deadlocked process stays; without a startup probe the liveness probe kills it while it starts.',
    evidence: 'The guide, "Readiness/liveness probes configured"; Polaris livenessProbeMissing.',
    of: (inventory) =>
      servers(inventory).filter((workload) => relationsOf(workload, inventory).services.length > 0),
    check: (workload, inventory) => {
      const serving = servingContainer(workload, inventory);
      return [
        ...lacks(serving, 'livenessProbe', 'add one that asks only whether the process is stuck'),
        ...lacks(serving, 'startupProbe', 'add one whose period × failures covers the slowest start'),
      ];
    },
  }),
  rule({
    id: 'PRB-003',
    severity: FindingSeverity.WARNING,
    title: 'Readiness and liveness ask different questions',
    why: 'When both ask the same, a pod that is only busy is restarted, its load goes to the others, and they are restarted too.',
    evidence: 'kube-score pod-probes-identical.',
    of: (inventory) =>
      mainContainers(inventory).filter(
        ({ container }) => recordAt(container, 'readinessProbe') && recordAt(container, 'livenessProbe'),
      ),
    check: ({ container, path }) => {
      const [ready, alive] = [recordAt(container, 'readinessProbe'), recordAt(container, 'livenessProbe')];
      const patient = (numberAt(alive, 'failureThreshold') ?? 3) * (numberAt(alive, 'periodSeconds') ?? 10);
      const quick = (numberAt(ready, 'failureThreshold') ?? 3) * (numberAt(ready, 'periodSeconds') ?? 10);
      return when(question(ready ?? {}) === question(alive ?? {}) && patient < 2 * quick, {
        // It is taken out of the Service before it is restarted, if not long before.
        severity: patient > quick ? FindingSeverity.INFO : undefined,
        path: `${path}.livenessProbe`,
        measured: `the question of the readiness probe, after ${patient} s`,
        expected: `another question, or at least twice the ${quick} s of readiness`,
        fix: 'ask less of liveness, or let it wait longer',
        edit: {
          kind: 'set',
          path: `${path}.livenessProbe.failureThreshold`,
          value: Math.ceil((2 * quick) / (numberAt(alive, 'periodSeconds') ?? 10)),
        },
      });
    },
  }),
  rule({
    id: 'PRB-004',
    severity: FindingSeverity.ERROR,
    title: 'Every probe can succeed',
    why: 'A probe on a port that is not there, without a question, or that takes longer than its period fails for ever.',
    evidence:
      'Accepted by a real API server: a probe on an undefined port name, a time-out of 60 s every 5 s.',
    of: (inventory) =>
      mainContainers(inventory).flatMap((subject) =>
        PROBES.flatMap((name) => {
          const probe = recordAt(subject.container, name);
          return probe ? [{ object: subject.object, subject, name, probe }] : [];
        }),
      ),
    check: ({ subject, name, probe }): Problem[] => {
      const path = `${subject.path}.${name}`;
      const handlers = HANDLERS.filter((handler) => isRecord(probe[handler]));
      const port = get(probe, 'httpGet', 'port') ?? get(probe, 'tcpSocket', 'port');
      const ports = recordsAt(subject.container, 'ports');
      // A number reaches whatever listens there: containerPort is a note to readers. A name is looked up.
      const known = typeof port !== 'string' || ports.some((one) => one.name === port);
      const [timeout, period] = [
        numberAt(probe, 'timeoutSeconds') ?? 1,
        numberAt(probe, 'periodSeconds') ?? 10,
      ];
      return [
        ...when(handlers.length !== 1, {
          path,
          measured: handlers.length === 0 ? 'no question' : handlers.join(' and '),
          expected: 'exactly one of httpGet, tcpSocket, exec and grpc',
          fix: 'ask one question',
        }),
        ...when(
          handlers.some((handler) => !isComplete(handler, probe)),
          {
            path: `${path}.${handlers[0]}`,
            measured: handlers[0] === 'exec' ? 'no command' : 'no port',
            expected: handlers[0] === 'exec' ? 'a command' : 'a port',
            fix: 'set it',
          },
        ),
        ...when(!known, {
          path: `${path}.${handlers[0]}.port`,
          measured: String(port),
          expected: `a port of the container: ${ports.map((one) => String(one.name ?? one.containerPort)).join(', ') || 'it has none'}`,
          fix: 'name a port that the container has',
        }),
        ...when(timeout > period, {
          path: `${path}.timeoutSeconds`,
          measured: `${timeout} s`,
          expected: `at most the period of ${period} s`,
          fix: 'lower the time-out, or ask less often',
          edit: { kind: 'set', path: `${path}.periodSeconds`, value: timeout },
        }),
      ];
    },
  }),
  rule({
    id: 'PRB-005',
    severity: FindingSeverity.WARNING,
    title: 'A pod has time to stop after its preStop hook',
    why: 'The grace period runs from the deletion on and includes the hook; what is left is the time to finish requests.',
    evidence: 'Kubernetes, pod lifecycle: termination of pods.',
    of: (inventory) =>
      mainContainers(inventory).filter(({ container }) => recordAt(container, 'lifecycle', 'preStop')),
    check: ({ container, workload }) => {
      const grace = numberAt(workload.pod, 'terminationGracePeriodSeconds') ?? DEFAULT_GRACE_SECONDS;
      const hook = preStopSeconds(container);
      // One of 0 is COR-012's.
      return when(grace > 0 && grace < hook + 5, {
        path: `${workload.podPath}.terminationGracePeriodSeconds`,
        measured: `${grace} s with a hook of ${hook} s`,
        expected: `at least ${hook + 5} s`,
        fix: 'raise the grace period',
      });
    },
  }),
];
