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

interface Environment {
  readonly all: ReadonlyMap<string, string>;
  /** Names of those that a Secret holds. */
  readonly secret: ReadonlySet<string>;
}

const environments = memo(() => new WeakMap<ContainerOf, Environment>());

/**
 * All variables whose values the inventory knows: text, `envFrom`, keys of ConfigMaps and Secrets that are there. A variable
 * of the container counts before one of `envFrom`, and a later one before an earlier; `$(NAME)` is filled in.
 */
export function variablesOf(subject: ContainerOf, inventory: Inventory): ReadonlyMap<string, string> {
  return environmentOf(subject, inventory).all;
}

function environmentOf(subject: ContainerOf, inventory: Inventory): Environment {
  const cache = environments(inventory);
  const known = cache.get(subject);
  if (known) return known;
  const { container, object } = subject;
  const found = new Map<string, string>();
  const secret = new Set<string>();
  const set = (variable: string, value: string, isSecret: boolean) => {
    found.set(variable, value);
    if (isSecret) secret.add(variable);
    else secret.delete(variable);
  };
  for (const source of recordsAt(container, 'envFrom')) {
    const prefix = textAt(source, 'prefix') ?? '';
    const plain = textsOfConfigMap(inventory, object.namespace, textAt(source, 'configMapRef', 'name'));
    const texts =
      plain ?? textsOfSecret(inventory, object.namespace, textAt(source, 'secretRef', 'name')) ?? {};
    for (const [key, text] of Object.entries(texts)) set(`${prefix}${key}`, text, plain === undefined);
  }
  for (const variable of recordsAt(container, 'env')) {
    const name = textAt(variable, 'name');
    if (name === undefined) continue;
    const from = recordAt(variable, 'valueFrom');
    const plain =
      textAt(variable, 'value') ??
      textsOfConfigMap(inventory, object.namespace, textAt(from, 'configMapKeyRef', 'name'))?.[
        textAt(from, 'configMapKeyRef', 'key') ?? ''
      ];
    const value =
      plain ??
      textsOfSecret(inventory, object.namespace, textAt(from, 'secretKeyRef', 'name'))?.[
        textAt(from, 'secretKeyRef', 'key') ?? ''
      ];
    if (value !== undefined) set(name, expand(value, found), plain === undefined || refersTo(value, secret));
  }
  const environment = { all: found, secret };
  cache.set(subject, environment);
  return environment;
}

const refersTo = (text: string, names: ReadonlySet<string>) =>
  [...names].some((name) => text.includes(`$(${name})`));

/**
 * Words that a container runs, with the variables that are known filled in, as the kubelet (`$(NAME)`) or a shell (`$NAME`,
 * `${NAME:-default}`) does. Those of a Secret are not: words end in messages.
 */
export function wordsOf(subject: ContainerOf, inventory: Inventory): readonly string[] {
  const words = commandWords(subject.container);
  if (!words.some((word) => word.includes('$'))) return words;
  const { all, secret } = environmentOf(subject, inventory);
  return words.map((word) =>
    word.replace(
      /\$\$|\$\((\w+)\)|\$\{(\w+)(?::?-([^}]*))?\}|\$(\w+)/g,
      (whole, kubelet?: string, braces?: string, otherwise?: string, bare?: string) => {
        const name = kubelet ?? braces ?? bare;
        if (name === undefined) return '$';
        return secret.has(name) ? whole : (all.get(name) ?? otherwise ?? whole);
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
