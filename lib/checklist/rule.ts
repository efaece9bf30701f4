import type { FindingSeverity } from '../finding/finding';
import type { Inventory, KubernetesObject } from '../inventory/inventory';
import type { Edit } from '../inventory/reading/yaml-edits';

/** What is wrong at one place of an object. */
export interface Problem {
  /** JSON path in the object. */
  readonly path: string;
  readonly measured: string;
  readonly expected: string;
  readonly fix: string;
  /** How bad this one is, where it is less than the rule says. */
  readonly severity?: FindingSeverity;
  /** How bad this one is for who does not follow the guide, where it is another than the rule's. */
  readonly byDefault?: FindingSeverity;
  /** What mends it, where that is one field and certain; of the same path, unless it names another. */
  readonly edit?: Edit & { readonly path?: string };
}

/** What a rule says of one thing that it looked at. */
export interface Examination {
  readonly object: KubernetesObject;
  readonly problems: readonly Problem[];
}

/** A rule of the checklist: what it looks at, the verdict, and the sentences a person reads. */
export interface Rule {
  readonly id: string;
  /** How bad it is for whoever follows the guide. */
  readonly severity: FindingSeverity;
  /** How bad it is for everybody else, where that is less: nothing breaks today. */
  readonly byDefault?: FindingSeverity;
  /** The rule as a sentence that holds. */
  readonly title: string;
  /** What happens when it does not hold. */
  readonly why: string;
  /** How that is known. */
  readonly evidence: string;
  examine(inventory: Inventory): Examination[];
}

/** What a rule looks at, each with the object that a finding names. */
type Subjects = (inventory: Inventory) => ReadonlyArray<{ readonly object: KubernetesObject }>;

export interface RuleDefinition<S extends Subjects> extends Omit<Rule, 'examine'> {
  /** What the rule applies to; what is not in it is not applicable, which is no pass. */
  readonly of: S;
  readonly check: (subject: ReturnType<S>[number], inventory: Inventory) => readonly Problem[];
}

export function rule<S extends Subjects>({ of, check, ...described }: RuleDefinition<S>): Rule {
  return {
    ...described,
    examine: (inventory) =>
      of(inventory).map((subject) => ({ object: subject.object, problems: check(subject, inventory) })),
  };
}

/** Objects of some kinds as subjects of a rule. */
export function objects<K extends string>(inventory: Inventory, ...kinds: readonly K[]) {
  return inventory.ofKind(...kinds).map((object) => ({ object }));
}

/** A problem, when there is one. */
export function when(bad: boolean, problem: Problem): Problem[] {
  return bad ? [problem] : [];
}

/** How many names a message shows, so that it stays one line whatever the manifests are. */
const NAMES_SHOWN = 5;

/** The first few of others beside one, and how many more there are; empty when there are none. */
export function othersThan<T extends Pick<KubernetesObject, 'name'>>(
  all: readonly T[],
  one: T,
  show: (other: T) => string = ({ name }) => name,
): string {
  const shown = all.slice(0, NAMES_SHOWN + 1).filter((other) => other !== one);
  const more = all.length - 1 - Math.min(shown.length, NAMES_SHOWN);
  return [...shown.slice(0, NAMES_SHOWN).map(show), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
