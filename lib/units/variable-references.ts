/**
 * `$(NAME)` in variables, commands and arguments, as the kubelet expands it: by variables that stand before it in the list,
 * and never by later ones (kubernetes/kubernetes third_party/forked/golang/expansion; pkg/kubelet/kubelet_pods.go). What it
 * cannot expand stays as it is written, and nobody is told.
 */

/** A part of a text: as it is written, or a reference to a variable. */
interface Part {
  readonly text: string;
  readonly reference?: string;
}

/** A text as the kubelet reads it: `$$` is a `$`, and ends nothing. */
function partsOf(text: string): Part[] {
  const token = /\$\$|\$\(([^)]*)\)|[^$]+|\$/gs;
  return [...text.matchAll(token)].map(([part, reference]) =>
    reference === undefined ? { text: part } : { text: part, reference },
  );
}

/** Names that a text refers to. */
export function referencesIn(text: string): string[] {
  return partsOf(text).flatMap(({ reference }) => reference ?? []);
}

/**
 * A text in which only what is known is expanded: `$(date)` of a script is the shell's, and stays. The kubelet makes `$$(date)`
 * of it again what was written.
 */
export function expandingOnly(text: string, isKnown: (name: string) => boolean): string {
  return partsOf(text)
    .map(({ text: part, reference }) => (reference === undefined || isKnown(reference) ? part : `$${part}`))
    .join('');
}

/** Variables of Kubernetes itself, which every container has. */
const OF_THE_CLUSTER = /^KUBERNETES_(SERVICE_HOST|SERVICE_PORT\w*|PORT\w*)$/;
/** Names as people give them to variables; what a shell would run is written otherwise. */
const VARIABLE = /^[A-Z_][A-Z0-9_]*$/;

/** Whether a name that nobody sets is one all the same: of the cluster, or none of a variable but what a shell runs. */
export function wouldBeSet(name: string): boolean {
  return OF_THE_CLUSTER.test(name) || !VARIABLE.test(name);
}

/** A variable, with its text where it has one. */
export interface NamedText {
  readonly name: string;
  readonly text?: string;
}

/** Variables such that each stands after those that it refers to, and otherwise in their order. */
export function inOrderOfReference<T extends NamedText>(variables: readonly T[]): T[] {
  const byName = new Map(variables.map((one) => [one.name, one]));
  const done = new Set<T>();
  const result: T[] = [];
  const visit = (one: T, above: ReadonlySet<T>) => {
    if (done.has(one) || above.has(one)) return;
    for (const name of referencesIn(one.text ?? '')) {
      const other = byName.get(name);
      if (other) visit(other, new Set([...above, one]));
    }
    done.add(one);
    result.push(one);
  };
  for (const one of variables) visit(one, new Set());
  return result;
}

/** A reference that the kubelet would leave as it is written. */
export interface DeadReference {
  /** The name that is referred to. */
  readonly reference: string;
  readonly why: 'it is not set' | 'it refers back';
}

/** References of a text that lead nowhere; `others` are variables that are not written here, such as those of `envFrom`. */
export function deadReferences(
  text: string,
  variables: readonly NamedText[],
  hasOthers: boolean,
  self?: string,
): DeadReference[] {
  const byName = new Map(variables.map((one) => [one.name, one]));
  return referencesIn(text).flatMap((reference): DeadReference[] => {
    if (byName.has(reference))
      return self !== undefined && reaches(reference, self, byName)
        ? [{ reference, why: 'it refers back' }]
        : [];
    return hasOthers || wouldBeSet(reference) ? [] : [{ reference, why: 'it is not set' }];
  });
}

/** Whether a variable is another one, or refers to it in the end. */
function reaches(from: string, to: string, byName: ReadonlyMap<string, NamedText>): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === to) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...referencesIn(byName.get(name)?.text ?? ''));
  }
  return false;
}
