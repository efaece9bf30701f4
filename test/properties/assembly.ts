/** The props of the library, read from its compiled assembly. */
import { readFileSync } from 'fs';
import { join } from 'path';
import { ROOT } from '../project/snippets';

export interface TypeReference {
  readonly primitive?: string;
  readonly fqn?: string;
  readonly collection?: { readonly kind: 'array' | 'map'; readonly elementtype: TypeReference };
}
interface Property {
  readonly name: string;
  readonly type: TypeReference;
}
interface Type {
  readonly kind: string;
  readonly base?: string;
  readonly properties?: readonly Property[];
  /** Structs that it extends. */
  readonly interfaces?: readonly string[];
}

const assembly = JSON.parse(readFileSync(join(ROOT, '.jsii'), 'utf8')) as { types: Record<string, Type> };

/** Whether a type is an enumeration of the library. */
export const isEnum = ({ fqn = '' }: TypeReference) => assembly.types[fqn]?.kind === 'enum';

/** Whether values of a type are made by a class of the library. */
export const isClass = ({ fqn = '' }: TypeReference) => assembly.types[fqn]?.kind === 'class';

/** Names of all classes that are a construct, or extend one. */
export function constructNames(): string[] {
  return Object.entries(assembly.types)
    .filter(([, { base }]) => base?.match(/^(constructs\.Construct|cdk8s-tuned\.)/))
    .map(([fqn]) => fqn.replace('cdk8s-tuned.', ''));
}

/** The struct that a construct or a factory takes: `XProps` or `XOptions`. */
export function structOf(name: string): string {
  return `cdk8s-tuned.${name}Props` in assembly.types ? `${name}Props` : `${name}Options`;
}

/** Properties of a struct and of those that it extends. */
export function propertiesOf(name: string): readonly Property[] {
  const type = assembly.types[`cdk8s-tuned.${name}`];
  const inherited = (type.interfaces ?? []).flatMap((fqn) => propertiesOf(fqn.replace('cdk8s-tuned.', '')));
  return [...(type.properties ?? []), ...inherited];
}
