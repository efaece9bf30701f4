/** What changes from one set of manifests to another, as reports tell it. */
import type { Inventory, KubernetesObject } from '../inventory/inventory';
import type { FieldChange } from './comparing/field-changes';
import type { ChangeKind, ObjectChange } from './comparing/object-changes';
import { compareSets } from './comparing/object-changes';
import { type Effect, type EffectName, EFFECTS, effectsOf } from './effects';
import { guard, type GuardFinding, type GuardOptions } from './guard/guard';
import { connectionMeasures, type Measure, measuresOf, type Totals, totalsOf } from './measures';

/** An object that changes. */
export interface ObjectReport {
  readonly change: ChangeKind;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** Name of the file that holds it, without its ending: the stack. */
  readonly stack: string;
  readonly effects: readonly Effect[];
  readonly measures: readonly Measure[];
  readonly fields: readonly FieldChange[];
}

export interface ChangeReport {
  /** What was compared with what, as the user named it. */
  readonly from: string;
  readonly to: string;
  /** The verdict in one line. */
  readonly headline: string;
  readonly findings: readonly GuardFinding[];
  /** Sums over both sets, as far as they differ. */
  readonly totals: readonly Measure[];
  /** By stack, then by name. */
  readonly objects: readonly ObjectReport[];
  readonly unchanged: number;
  readonly notes: readonly string[];
}

export interface ReportOptions extends GuardOptions {
  readonly from: string;
  readonly to: string;
  /**
   * Whether both sets are of one environment, so that the second is applied over the first. Two environments are compared
   * without asking what an update would be refused.
   *
   * @default true
   */
  readonly isUpdate?: boolean;
  /** Whether an object is the same in another namespace. */
  readonly ignoreNamespaces?: boolean;
}

/** Compares two sets of manifests. */
export function reportChanges(before: Inventory, after: Inventory, options: ReportOptions): ChangeReport {
  const { from, to, isUpdate = true, ignoreNamespaces } = options;
  const compared = compareSets(before, after, { ignoreNamespaces });
  const findings = isUpdate ? guard(before, after, compared, options) : [];
  const objects = compared.changes
    .map((change): ObjectReport => {
      const { change: how, kind, namespace, name, fields } = change;
      return {
        change: how,
        kind,
        namespace,
        name,
        stack: stackOf(change),
        effects: isUpdate ? effectsOf(change, before, after) : [],
        measures: measuresOf(change, before, after),
        fields,
      };
    })
    .sort((one, other) => compareTexts(orderOf(one), orderOf(other)));
  return {
    from,
    to,
    headline: headlineOf(objects, findings, isUpdate),
    findings,
    totals: [...totalMeasures(totalsOf(before), totalsOf(after)), ...connectionMeasures(before, after)],
    objects,
    unchanged: compared.unchanged,
    notes: compared.notes,
  };
}

/** Findings that nobody has accepted, and by which an update fails or loses something. */
export function openFindings({ findings }: Pick<ChangeReport, 'findings'>): GuardFinding[] {
  return findings.filter(({ accepted, verdict }) => accepted === undefined && verdict !== 'without effect');
}

const orderOf = ({ stack, kind, namespace, name }: ObjectReport) =>
  [stack, namespace ?? '', name, kind].join(' ');
const compareTexts = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);

function stackOf({ before, after }: ObjectChange): string {
  const { source } = (after ?? before) as KubernetesObject;
  const file = source?.file.split(/[/\\:]/).at(-1) ?? '';
  return file.replace(/(\.k8s)?\.(ya?ml|json)$/i, '');
}

const TOTAL_NAMES: Readonly<Record<keyof Totals, string>> = {
  requestsAtMin: 'requests at the fewest replicas',
  requestsAtMax: 'requests at the most replicas',
  limitsAtMax: 'limits at the most replicas',
};

function totalMeasures(before: Totals, after: Totals): Measure[] {
  return (Object.keys(TOTAL_NAMES) as Array<keyof Totals>)
    .filter((name) => before[name] !== after[name])
    .map((name) => ({ what: TOTAL_NAMES[name], before: before[name], after: after[name] }));
}

/** How an effect reads of several objects. */
const OF_SEVERAL: Readonly<Record<EffectName, string>> = {
  'restarts a database': 'restart a database',
  'empties a cache': 'empty a cache',
  'restarts a cache': 'restart a cache',
  stops: 'stop',
  rolls: 'roll',
  runs: 'run',
  starts: 'start',
  scales: 'scale',
  'waits for a restart': 'wait for a restart',
  reloads: 'reload',
};

function headlineOf(
  objects: readonly ObjectReport[],
  findings: readonly GuardFinding[],
  isUpdate: boolean,
): string {
  if (objects.length === 0) return 'nothing changes';
  const counted = (how: ChangeKind) => objects.filter(({ change }) => change === how).length;
  const parts = (['added', 'removed'] as const).flatMap((how) =>
    counted(how) > 0 ? [`${counted(how)} ${how}`] : [],
  );
  const head = `${objects.length} ${objects.length === 1 ? 'object changes' : 'objects change'}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`;
  if (!isUpdate) return head;
  const effects = EFFECTS.flatMap((name) => {
    const count = objects.filter((one) => one.effects.some(({ effect }) => effect === name)).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? name : OF_SEVERAL[name]}`];
  });
  return `${head}: ${[...effects, verdictOf(findings)].join(', ')}`;
}

function verdictOf(findings: readonly GuardFinding[]): string {
  const open = openFindings({ findings });
  const objectsWith = (verdict: GuardFinding['verdict']) =>
    new Set(
      open
        .filter((one) => one.verdict === verdict)
        .map(({ kind, namespace, name }) => `${kind} ${namespace ?? ''} ${name}`),
    ).size;
  const [refused, lost] = [objectsWith('refused'), objectsWith('lost')];
  if (refused + lost === 0) return 'nothing is refused or lost';
  return [
    ...(refused > 0 ? [`${refused} ${refused === 1 ? 'is' : 'are'} refused`] : []),
    ...(lost > 0 ? [`${lost} ${lost === 1 ? 'loses' : 'lose'} data`] : []),
  ].join(', ');
}
