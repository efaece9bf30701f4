/** Variables of a container, from wherever a manifest sets them. */
import { commandWords } from './command-line';
import type { ContainerOf, Inventory } from './inventory';
import { recordAt, recordsAt, textAt, textsAt } from './json';
import { memo } from './memo';

/** Variables that stand in the container as text. */
export function literalsOf({ container }: ContainerOf): Map<string, string> {
  return new Map(
    recordsAt(container, 'env').flatMap((variable) => {
      const [name, value] = [textAt(variable, 'name'), textAt(variable, 'value')];
      return name === undefined || value === undefined ? [] : [[name, value] as const];
    }),
  );
}

const environments = memo(() => new WeakMap<ContainerOf, ReadonlyMap<string, string>>());

/**
 * All variables whose values the inventory knows: text, `envFrom`, keys of ConfigMaps and Secrets that are there. A variable
 * of the container counts before one of `envFrom`, and a later one before an earlier; `$(NAME)` is filled in.
 */
export function variablesOf(subject: ContainerOf, inventory: Inventory): ReadonlyMap<string, string> {
  const cache = environments(inventory);
  const known = cache.get(subject);
  if (known) return known;
  const { container, object } = subject;
  const found = new Map<string, string>();
  for (const source of recordsAt(container, 'envFrom')) {
    const prefix = textAt(source, 'prefix') ?? '';
    const texts =
      textsOfConfigMap(inventory, object.namespace, textAt(source, 'configMapRef', 'name')) ??
      textsOfSecret(inventory, object.namespace, textAt(source, 'secretRef', 'name')) ??
      {};
    for (const [key, text] of Object.entries(texts)) found.set(`${prefix}${key}`, text);
  }
  for (const variable of recordsAt(container, 'env')) {
    const name = textAt(variable, 'name');
    if (name === undefined) continue;
    const from = recordAt(variable, 'valueFrom');
    const value =
      textAt(variable, 'value') ??
      textsOfConfigMap(inventory, object.namespace, textAt(from, 'configMapKeyRef', 'name'))?.[
        textAt(from, 'configMapKeyRef', 'key') ?? ''
      ] ??
      textsOfSecret(inventory, object.namespace, textAt(from, 'secretKeyRef', 'name'))?.[
        textAt(from, 'secretKeyRef', 'key') ?? ''
      ];
    if (value !== undefined) found.set(name, expand(value, found));
  }
  cache.set(subject, found);
  return found;
}

/**
 * Words that a container runs, with the variables that are known filled in, as the kubelet (`$(NAME)`) or a shell (`$NAME`,
 * `${NAME:-default}`) does.
 */
export function wordsOf(subject: ContainerOf, inventory: Inventory): readonly string[] {
  const words = commandWords(subject.container);
  if (!words.some((word) => word.includes('$'))) return words;
  const known = variablesOf(subject, inventory);
  return words.map((word) =>
    word.replace(
      /\$\$|\$\((\w+)\)|\$\{(\w+)(?::?-([^}]*))?\}|\$(\w+)/g,
      (whole, kubelet?: string, braces?: string, otherwise?: string, bare?: string) => {
        const name = kubelet ?? braces ?? bare;
        return name === undefined ? '$' : (known.get(name) ?? otherwise ?? whole);
      },
    ),
  );
}

/** `$(NAME)` of variables before it; `$$` is a dollar. */
function expand(text: string, known: ReadonlyMap<string, string>): string {
  return text.replace(/\$\$|\$\(([-._a-zA-Z][-._a-zA-Z0-9]*)\)/g, (whole, name?: string) =>
    name === undefined ? '$' : (known.get(name) ?? whole),
  );
}

function textsOfConfigMap(inventory: Inventory, namespace: string | undefined, name: string | undefined) {
  const object = name === undefined ? undefined : inventory.find('ConfigMap', namespace, name);
  return object && textsAt(object.manifest, 'data');
}

function textsOfSecret(inventory: Inventory, namespace: string | undefined, name: string | undefined) {
  const object = name === undefined ? undefined : inventory.find('Secret', namespace, name);
  if (!object) return undefined;
  const decoded = Object.entries(textsAt(object.manifest, 'data')).map(
    ([key, text]) => [key, Buffer.from(text, 'base64').toString('utf8')] as const,
  );
  return { ...Object.fromEntries(decoded), ...textsAt(object.manifest, 'stringData') };
}
