/** Label selectors, and finding what they select without looking at everything. */
import type { Json } from './json';

export type Labels = Readonly<Record<string, string>>;

export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: ReadonlyArray<{
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }>;
}

/** A selector of a manifest. */
export function selectorOf(value: Json | undefined): LabelSelector | undefined {
  return value;
}

/** Labels that the cluster gives to pods: no template has them. */
const OF_THE_CLUSTER: ReadonlySet<string> = new Set([
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
  'batch.kubernetes.io/job-name',
  'batch.kubernetes.io/controller-uid',
  'job-name',
  'controller-uid',
]);

/** Labels of a selector that a template can have. */
const wantedOf = ({ matchLabels }: LabelSelector) =>
  Object.entries(matchLabels ?? {}).filter(([key]) => !OF_THE_CLUSTER.has(key));

/** Whether a selector selects something with these labels; the empty selector selects everything. */
export function selects(selector: LabelSelector, labels: Labels): boolean {
  return (
    wantedOf(selector).every(([key, value]) => labels[key] === value) &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const has = Object.hasOwn(labels, key);
      if (operator === 'Exists') return has;
      if (operator === 'DoesNotExist') return !has;
      if (operator === 'In') return has && values.includes(labels[key]);
      return operator === 'NotIn' && !(has && values.includes(labels[key]));
    })
  );
}

/**
 * Things with labels by namespace; a selection looks only at what has its rarest label. Where nothing of the namespace is
 * selected, that which names none may be meant: it goes where it is applied.
 */
export class LabelIndex<T> {
  private readonly all = new Map<string, T[]>();
  private readonly byLabel = new Map<string, T[]>();

  constructor(
    items: readonly T[],
    placeOf: (item: T) => string | undefined,
    private readonly labelsOf: (item: T) => Labels,
  ) {
    for (const item of items) {
      for (const place of [placeOf(item) ?? NOWHERE, ANYWHERE]) {
        push(this.all, place, item);
        for (const [key, value] of Object.entries(labelsOf(item)))
          push(this.byLabel, labelKey(place, key, value), item);
      }
    }
  }

  /** What a selector selects in a namespace, or, when that is nothing, what it may select. */
  select(place: string | undefined, selector: LabelSelector): readonly T[] {
    const exact = this.selectIn(place ?? NOWHERE, selector);
    if (exact.length > 0) return exact;
    return this.selectIn(place === undefined ? ANYWHERE : NOWHERE, selector);
  }

  private selectIn(place: string, selector: LabelSelector): readonly T[] {
    const lists = wantedOf(selector).map(
      ([key, value]) => this.byLabel.get(labelKey(place, key, value)) ?? [],
    );
    const fewest = lists.reduce<readonly T[] | undefined>(
      (best, list) => (best && best.length <= list.length ? best : list),
      undefined,
    );
    return (fewest ?? this.all.get(place) ?? []).filter((item) => selects(selector, this.labelsOf(item)));
  }
}

/** Keys that no namespace has. */
const NOWHERE = '';
const ANYWHERE = '*';

function labelKey(place: string, key: string, value: string): string {
  return `${place}\n${key}\n${value}`;
}

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list) list.push(item);
  else map.set(key, [item]);
}
