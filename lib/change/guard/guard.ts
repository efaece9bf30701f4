/** The change guard: what the API server would refuse of a change, and what would be lost by it. */
import { reasonRule } from '../../finding/suppression';
import { NEWEST_MINOR } from '../../inventory/api/api-definitions';
import type { Inventory, KubernetesObject } from '../../inventory/inventory';
import { textsAt } from '../../inventory/json';
import { allSegments, pathSegments } from '../../inventory/path';
import type { ComparedSets, ObjectChange } from '../comparing/object-changes';
import type { GuardContext, GuardRule, Hit, Verdict } from './guard-rule';
import { LOSS_RULES } from './losses';
import { OBJECT_RULES } from './refused-objects';
import { STORAGE_RULES } from './refused-storage';
import { WORKLOAD_RULES } from './refused-workloads';

/** All rules, by their ids. */
export const GUARD_RULES: readonly GuardRule[] = [
  ...WORKLOAD_RULES,
  ...STORAGE_RULES,
  ...OBJECT_RULES,
  ...LOSS_RULES,
];

/** Page of the guard. */
export const GUARD_DOCS = 'https://github.com/cdk8s-tuned/cdk8s-tuned/blob/main/docs/changes.md';

/** A change that is refused, or by which something is lost. */
export interface GuardFinding {
  readonly id: string;
  readonly verdict: Verdict;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
  readonly path: string;
  /** Undefined: it was not there. */
  readonly before: unknown;
  /** Undefined: it is gone. */
  readonly after: unknown;
  /** What the server says, or what is lost. */
  readonly says: string;
  /** What keeps it, in order. */
  readonly steps: readonly string[];
  readonly docs: string;
  /** Why somebody accepts it. */
  readonly accepted?: string;
}

/** A finding that somebody accepts. */
export interface Acceptance {
  readonly id: string;
  /** `KIND/NAME`, or `KIND/NAMESPACE/NAME`. */
  readonly object: string;
  readonly reason: string;
}

/** Reads `CHG-003:StatefulSet/shop/db=reason`; a text says what is allowed. */
export function parseAcceptance(text: string): Acceptance | string {
  const [, id, object, reason] = /^([A-Z]+-\d{3}):([^=]+)=(.*)$/s.exec(text) ?? [];
  if (id === undefined || !GUARD_RULES.some((rule) => rule.id === id))
    return `an id, an object and a reason, such as ${GUARD_RULES[0].id}:Deployment/shop/web=the old pods are removed by hand`;
  const lacking = reasonRule(reason);
  return lacking === undefined ? { id, object, reason } : `a reason of ${lacking}`;
}

export interface GuardOptions {
  /** @default the newest that we know */
  readonly kubernetesMinor?: number;
  readonly acceptances?: readonly Acceptance[];
}

/** What is refused or lost by the changes from one set to another, in the order of the objects. */
export function guard(
  before: Inventory,
  after: Inventory,
  { changes }: Pick<ComparedSets, 'changes'>,
  { kubernetesMinor = NEWEST_MINOR, acceptances = [] }: GuardOptions = {},
): GuardFinding[] {
  const context: GuardContext = { before, after, changes, kubernetesMinor };
  return changes.flatMap((change) =>
    GUARD_RULES.filter((rule) => applies(rule, change)).flatMap((rule) =>
      rule.find(change, context).map((hit) => findingOf(rule, change, hit, acceptances)),
    ),
  );
}

/** A refusal is of an update; what is deleted and made anew is none. */
function applies({ id, kinds }: GuardRule, change: ObjectChange): boolean {
  if (!kinds.includes(change.kind)) return false;
  return isLoss(id) || (change.change === 'changed' && !isMadeAnew(change));
}

const isLoss = (id: string) => LOSS_RULES.some((rule) => rule.id === id);

/** Annotations by which a tool deletes an object before it makes the new one: hooks, and what is replaced by force. */
const MADE_ANEW: ReadonlyArray<readonly [annotation: string, value: RegExp]> = [
  ['argocd.argoproj.io/hook', /./],
  ['argocd.argoproj.io/sync-options', /(^|,)\s*Force=true/],
  ['helm.sh/hook', /./],
  ['kustomize.toolkit.fluxcd.io/force', /^(enabled|true)$/i],
];

function isMadeAnew({ after }: ObjectChange): boolean {
  const annotations = after ? textsAt(after.manifest, 'metadata', 'annotations') : {};
  return MADE_ANEW.some(([annotation, value]) => value.test(annotations[annotation] ?? ''));
}

function findingOf(
  rule: GuardRule,
  change: ObjectChange,
  hit: Hit,
  acceptances: readonly Acceptance[],
): GuardFinding {
  const { kind, namespace, name } = change;
  const object = (change.after ?? change.before) as KubernetesObject;
  return {
    id: rule.id,
    verdict: hit.verdict ?? rule.verdict,
    kind,
    namespace,
    name,
    ...placeIn(object, hit.path),
    path: hit.path,
    before: hit.before,
    after: hit.after,
    says: named(hit.says ?? rule.says, change),
    steps: (hit.steps ?? rule.steps).map((step) => named(step, change)),
    docs: `${GUARD_DOCS}#${rule.id.toLowerCase()}`,
    accepted: acceptances.find(
      ({ id, object: own }) =>
        id === rule.id && [`${kind}/${name}`, `${kind}/${namespace ?? ''}/${name}`].includes(own),
    )?.reason,
  };
}

function placeIn({ source, manifest }: KubernetesObject, path: string): Pick<GuardFinding, 'file' | 'line'> {
  if (!source) return {};
  // A key of a list, such as [name="web"], is no segment.
  const plain = path.replace(/\[\w+(\.\w+)?=.*$/, '');
  return { file: source.file, line: source.lineOf(allSegments(manifest, pathSegments(plain))) };
}

/** Names that a shell takes for nothing else. */
const PLAIN_NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/** A text with the name of the object in it, where that can stand in a command. */
function named(text: string, { kind, namespace, name }: ObjectChange): string {
  const ofNamespace = namespace === undefined ? text.replaceAll(' --namespace NAMESPACE', '') : text;
  return ofNamespace.replace(/\b(NAMESPACE|NAME|KIND)\b/g, (word) => {
    const value = word === 'KIND' ? kind.toLowerCase() : word === 'NAME' ? name : (namespace ?? '');
    return PLAIN_NAME.test(value) ? value : word;
  });
}
