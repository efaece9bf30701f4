import { FindingSeverity } from '../../../finding/finding';
import { get, type Json, numberAt, recordAt, textAt, textsAt } from '../../../inventory/json';
import { timeZoneRule } from '../../../scaling/events/trigger-text-rules';
import { type Autoscaler, autoscalers, triggersOf } from '../../../scaling/hpa/autoscalers';
import { cronRule } from '../../../units/cron';
import { type Problem, type Rule, rule, when } from '../../rule';

const scaledObjects = (inventory: Parameters<typeof autoscalers>[0]) =>
  autoscalers(inventory).filter(({ isKeda }) => isKeda);

/** KEDA asks for these itself: CPU and memory it leaves to the HorizontalPodAutoscaler. */
const isEvent = ({ type }: Json) => type !== 'cpu' && type !== 'memory';

/** What a schedule lacks. */
function scheduleProblems(trigger: Json, path: string, { min = 0, max = 0 }: Autoscaler): Problem[] {
  const field = (name: string) => textAt(trigger, 'metadata', name) ?? '';
  const text = (name: string, problem: string | undefined) =>
    when(problem !== undefined, {
      path: `${path}.metadata.${name}`,
      measured: field(name) === '' ? 'not set' : field(name),
      expected: problem ?? '',
      fix: 'correct it',
    });
  const replicas = Number(field('desiredReplicas') === '' ? NaN : field('desiredReplicas'));
  return [
    ...text('timezone', timeZoneRule(field('timezone'))),
    ...text('start', cronRule(field('start'))),
    ...text('end', field('end') === field('start') ? 'another time than start' : cronRule(field('end'))),
    ...when(!(replicas > min && replicas <= max), {
      path: `${path}.metadata.desiredReplicas`,
      measured: field('desiredReplicas') === '' ? 'not set' : field('desiredReplicas'),
      expected: `above the minimum of ${min}, and at most the maximum of ${max}`,
      fix: 'correct it, or the bounds',
    }),
  ];
}

/** What a trigger lacks that is the same for all of its kind. */
function triggerProblems(trigger: Json, path: string, scaler: Autoscaler): Problem[] {
  if (trigger.type === 'cron') return scheduleProblems(trigger, path, scaler);
  const type = textAt(trigger, 'metricType') ?? textAt(trigger, 'metadata', 'type');
  const value = textAt(trigger, 'metadata', 'value');
  return [
    ...when(textAt(trigger, 'type') === undefined, {
      path: `${path}.type`,
      measured: 'not set',
      expected: 'the type of a scaler',
      fix: 'set it',
    }),
    ...when(!isEvent(trigger) && (type === undefined || value === undefined), {
      path,
      measured: `${type ?? 'no metricType'}, ${value ?? 'no value'}`,
      expected: 'a metricType, and a value in the metadata',
      fix: 'set both',
    }),
  ];
}

const ADDRESS_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i;
const SECRET_PARAMETER = /(password|token|secret|apikey|accesskey|connection|connectionstring)$/i;

/** What only KEDA has. */
export const EVENT_SCALING_RULES: readonly Rule[] = [
  rule({
    id: 'HPA-014',
    severity: FindingSeverity.ERROR,
    title: 'KEDA can do what a ScaledObject asks of it',
    why: 'What KEDA’s webhook refuses is not applied; where the webhook is off, the workload sleeps for ever or a schedule never begins.',
    evidence:
      'KEDA, ScaledObject specification; keda#2314 for idleReplicaCount; the cpu, memory and cron scalers.',
    of: scaledObjects,
    check: (scaler) => {
      const { object, min = 0, max = 0 } = scaler;
      const triggers = triggersOf(object);
      const events = triggers.filter(isEvent);
      const idle = get(object.manifest, 'spec', 'idleReplicaCount');
      const fallback = recordAt(object.manifest, 'spec', 'fallback');
      const standIn = numberAt(fallback, 'replicas');
      return [
        ...when(triggers.length === 0, {
          path: 'spec.triggers',
          measured: 'none',
          expected: 'at least one trigger',
          fix: 'add it',
        }),
        ...when(idle !== undefined && (idle !== 0 || min < 1), {
          path: 'spec.idleReplicaCount',
          measured: `${JSON.stringify(idle)} with a minimum of ${min}`,
          expected: '0, with a minimum of at least 1',
          fix: 'set it to 0 and minReplicaCount above it, or remove it',
        }),
        ...when((min === 0 || idle === 0) && triggers.length > 0 && events.length === 0, {
          path: 'spec.triggers',
          measured: `${triggers.map(({ type }) => String(type)).join(' and ')} only, with zero replicas`,
          expected: 'a trigger that wakes the workload up',
          fix: 'keep one replica, or add another trigger',
        }),
        ...when(fallback !== undefined && (events.length === 0 || standIn === undefined || standIn > max), {
          path: 'spec.fallback',
          measured: events.length === 0 ? 'set beside CPU and memory only' : `${standIn ?? 'no'} replicas`,
          expected:
            events.length === 0 ? 'none: KEDA ignores it' : `a number of at most the maximum of ${max}`,
          fix: 'correct it, or remove it',
        }),
        ...triggers.flatMap((trigger, index) => triggerProblems(trigger, `spec.triggers[${index}]`, scaler)),
      ];
    },
  }),
  rule({
    id: 'HPA-015',
    severity: FindingSeverity.ERROR,
    title: 'A trigger logs in by reference',
    why: 'A ScaledObject is no Secret: who may read it reads the password too.',
    evidence: 'KEDA, authentication: TriggerAuthentication with secretTargetRef.',
    of: scaledObjects,
    check: ({ object }) =>
      triggersOf(object).flatMap((trigger, index) =>
        Object.entries(textsAt(trigger, 'metadata')).flatMap(([parameter, value]) =>
          when(SECRET_PARAMETER.test(parameter) || ADDRESS_WITH_PASSWORD.test(value), {
            path: `spec.triggers[${index}].metadata.${parameter}`,
            measured: SECRET_PARAMETER.test(parameter) ? 'a secret' : 'an address with a password',
            expected: 'a TriggerAuthentication that names a key of a Secret',
            fix: 'move it into a Secret, and set authenticationRef',
          }),
        ),
      ),
  }),
];
