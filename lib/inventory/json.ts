/** Reading of JSON whose shape is not known: what is not there, or is something else, is undefined. */
export type Json = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

export function get(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), value);
}

export function recordAt(value: unknown, ...path: readonly string[]): Json | undefined {
  const found = get(value, ...path);
  return isRecord(found) ? found : undefined;
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = get(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** Records of a list; what is none is left out. */
export function recordsAt(value: unknown, ...path: readonly string[]): readonly Json[] {
  return listAt(value, ...path).filter(isRecord);
}

export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = get(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = get(value, ...path);
  return typeof found === 'number' ? found : undefined;
}

/** A record whose values are text, such as labels; values that are none are left out. */
export function textsAt(value: unknown, ...path: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(recordAt(value, ...path) ?? {}).flatMap(([key, text]) =>
      typeof text === 'string' ? [[key, text] as const] : [],
    ),
  );
}
