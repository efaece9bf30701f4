/** A line of `postgresql.conf`, and where its value comes from. */

export type Section =
  'Connections' | 'Memory' | 'WAL' | 'Parallelism' | 'Planner' | 'Autovacuum' | 'Logging' | 'Other';

/** `fixed`: the same for every database; `computed`: from its size, volume and consumers; `given`: the user's. */
export type Layer = 'fixed' | 'computed' | 'given';

export interface Setting {
  readonly section: Section;
  readonly name: string;
  readonly value: string;
  readonly reason: string;
  readonly layer: Layer;
}

export type Row = readonly [name: string, value: string, reason: string];

export function computed(section: Section, rows: readonly Row[]): Setting[] {
  return rows.map(([name, value, reason]) => ({ section, name, value, reason, layer: 'computed' }));
}

export function fixed(section: Section, rows: readonly Row[]): Setting[] {
  return rows.map(([name, value, reason]) => ({ section, name, value, reason, layer: 'fixed' }));
}

export function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

export function floorTo(value: number, multiple: number): number {
  return Math.floor(value / multiple) * multiple;
}
