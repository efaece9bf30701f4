/**
 * Reading of JSON that anybody may have written: what is not there, or is something else, is undefined.
 *
 * A value may say what it is meant to be (`Shaped<Container>`): then a name that no field has does not compile. It says
 * nothing of what is really there.
 */

/** JSON of no known shape. */
export type Json = Readonly<Record<string, unknown>>;

declare const meant: unique symbol;
// An alias, since an interface is never JSON of no known shape.

type Meant<T> = { readonly [meant]?: T };

/** JSON that is meant to be a T: its fields have the names of T, and any value. */
export type Shaped<T> = unknown extends T ? Json : { readonly [K in keyof T]?: unknown } & Meant<T>;

/** What a value is meant to be. */
type MeantOf<V> = NonNullable<V> extends Meant<infer T> ? T : unknown;
/** Names that may follow in a path. */
type Key<V> = unknown extends MeantOf<V> ? string : keyof MeantOf<V> & string;
/** What stands at a name. */
type At<V, K> = K extends keyof MeantOf<V>
  ? Shaped<NonNullable<MeantOf<V>[K]>>
  : K extends undefined
    ? V
    : Json;
/** What a list at a name holds. */
type ItemAt<V, K> = K extends keyof MeantOf<V>
  ? NonNullable<MeantOf<V>[K]> extends ReadonlyArray<infer E>
    ? Shaped<E>
    : Json
  : Json;

export function isRecord(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** What stands at a path of names that are not written in the code. */
export function getPath(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), value);
}

/** A path of at most six names, each of them checked where the value says what it is meant to be. */
interface Reader<R> {
  <V>(value: V): R;
  <V, A extends Key<V>>(value: V, a: A): R;
  <V, A extends Key<V>, B extends Key<At<V, A>>>(value: V, a: A, b: B): R;
  <V, A extends Key<V>, B extends Key<At<V, A>>, C extends Key<At<At<V, A>, B>>>(
    value: V,
    a: A,
    b: B,
    c: C,
  ): R;
  <
    V,
    A extends Key<V>,
    B extends Key<At<V, A>>,
    C extends Key<At<At<V, A>, B>>,
    D extends Key<At<At<At<V, A>, B>, C>>,
  >(
    value: V,
    a: A,
    b: B,
    c: C,
    d: D,
    ...more: ReadonlyArray<Key<unknown>>
  ): R;
}

interface RecordReader {
  <V>(value: V): V extends Meant<infer T> ? Shaped<T> | undefined : Json | undefined;
  <V, A extends Key<V>>(value: V, a: A): At<V, A> | undefined;
  <V, A extends Key<V>, B extends Key<At<V, A>>>(value: V, a: A, b: B): At<At<V, A>, B> | undefined;
  <V, A extends Key<V>, B extends Key<At<V, A>>, C extends Key<At<At<V, A>, B>>>(
    value: V,
    a: A,
    b: B,
    c: C,
  ): At<At<At<V, A>, B>, C> | undefined;
  <
    V,
    A extends Key<V>,
    B extends Key<At<V, A>>,
    C extends Key<At<At<V, A>, B>>,
    D extends Key<At<At<At<V, A>, B>, C>>,
  >(
    value: V,
    a: A,
    b: B,
    c: C,
    d: D,
  ): At<At<At<At<V, A>, B>, C>, D> | undefined;
}

interface RecordsReader {
  <V, A extends Key<V>>(value: V, a: A): ReadonlyArray<ItemAt<V, A>>;
  <V, A extends Key<V>, B extends Key<At<V, A>>>(value: V, a: A, b: B): ReadonlyArray<ItemAt<At<V, A>, B>>;
  <V, A extends Key<V>, B extends Key<At<V, A>>, C extends Key<At<At<V, A>, B>>>(
    value: V,
    a: A,
    b: B,
    c: C,
  ): ReadonlyArray<ItemAt<At<At<V, A>, B>, C>>;
  <
    V,
    A extends Key<V>,
    B extends Key<At<V, A>>,
    C extends Key<At<At<V, A>, B>>,
    D extends Key<At<At<At<V, A>, B>, C>>,
  >(
    value: V,
    a: A,
    b: B,
    c: C,
    d: D,
  ): ReadonlyArray<ItemAt<At<At<At<V, A>, B>, C>, D>>;
}

export const get: Reader<unknown> = (value: unknown, ...path: readonly string[]) => getPath(value, path);

export const recordAt = ((value: unknown, ...path: readonly string[]) => {
  const found = getPath(value, path);
  return isRecord(found) ? found : undefined;
}) as RecordReader;

export const listAt: Reader<readonly unknown[]> = (value: unknown, ...path: readonly string[]) => {
  const found = getPath(value, path);
  return Array.isArray(found) ? (found as unknown[]) : [];
};

/** Records of a list; what is none is left out. */
export const recordsAt = ((value: unknown, ...path: readonly string[]) => {
  const found = getPath(value, path);
  return Array.isArray(found) ? (found as unknown[]).filter(isRecord) : [];
}) as RecordsReader;

export const textAt: Reader<string | undefined> = (value: unknown, ...path: readonly string[]) => {
  const found = getPath(value, path);
  return typeof found === 'string' ? found : undefined;
};

export const numberAt: Reader<number | undefined> = (value: unknown, ...path: readonly string[]) => {
  const found = getPath(value, path);
  return typeof found === 'number' ? found : undefined;
};

/** A record whose values are text, such as labels; values that are none are left out. */
export const textsAt: Reader<Readonly<Record<string, string>>> = (
  value: unknown,
  ...path: readonly string[]
) => {
  const found = getPath(value, path);
  return Object.fromEntries(
    Object.entries(isRecord(found) ? found : {}).flatMap(([key, text]) =>
      typeof text === 'string' ? [[key, text] as const] : [],
    ),
  );
};
