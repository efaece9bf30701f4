/** Places in an object as findings write them: `spec.containers[0].env`, `metadata.labels["app.kubernetes.io/name"]`. */
import { isRecord } from './json';

/** Keys and indices of a path. What is no path, such as the name of a directive after a colon, ends it. */
export function pathSegments(path: string): Array<string | number> {
  const segments: Array<string | number> = [];
  const token = /\.?([\w-]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/y;
  for (let match = token.exec(path); match; match = token.exec(path)) {
    const [, name, index, quoted] = match;
    if (name !== undefined) segments.push(name);
    else if (index !== undefined) segments.push(Number(index));
    else segments.push(JSON.parse(`"${quoted}"`) as string);
  }
  return segments;
}

/** As many segments of a path as are there: `data.redis.conf` is two where a key holds a dot. */
export function existingSegments(
  value: unknown,
  segments: ReadonlyArray<string | number>,
): Array<string | number> {
  return follow(value, segments).found;
}

/** All segments of a path, those that are there with the keys that they have. */
export function allSegments(
  value: unknown,
  segments: ReadonlyArray<string | number>,
): Array<string | number> {
  const { found, rest } = follow(value, segments);
  return [...found, ...rest];
}

function follow(value: unknown, segments: ReadonlyArray<string | number>) {
  const found: Array<string | number> = [];
  let at: unknown = value;
  let index = 0;
  while (index < segments.length) {
    // The longest key that fits: the names of files have dots.
    let taken = 0;
    for (let end = segments.length; end > index && taken === 0; end -= 1) {
      const key = end === index + 1 ? segments[index] : segments.slice(index, end).join('.');
      if (
        Array.isArray(at)
          ? typeof key === 'number' && key < at.length
          : isRecord(at) && Object.hasOwn(at, key)
      ) {
        found.push(key);
        at = (at as Record<string | number, unknown>)[key];
        taken = end - index;
      }
    }
    if (taken === 0) break;
    index += taken;
  }
  return { found, rest: segments.slice(index) };
}

/** What stands at the end of segments. */
export function valueAt(value: unknown, segments: ReadonlyArray<string | number>): unknown {
  return segments.reduce<unknown>(
    (at, key) =>
      at !== null && typeof at === 'object' ? (at as Record<string | number, unknown>)[key] : undefined,
    value,
  );
}
