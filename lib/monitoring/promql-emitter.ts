/** Expressions of Prometheus, put together from checked parts; label values are quoted here and nowhere else. */

/** Pods that rules look at. */
export interface PodScope {
  /** Undefined: that of the Prometheus rule is not known, all namespaces are looked at. */
  readonly namespace?: string;
  /** Names of Deployments and StatefulSets. */
  readonly workloads: readonly string[];
}

export interface Matcher {
  readonly label: string;
  readonly op: '=' | '!=' | '=~';
  readonly value: string;
}

export function equal(label: string, value: string): Matcher {
  return { label, op: '=', value };
}

export function notEqual(label: string, value: string): Matcher {
  return { label, op: '!=', value };
}

export function matching(label: string, value: string): Matcher {
  return { label, op: '=~', value };
}

/** A metric of the pods of a scope. */
export function series(metric: string, scope: PodScope, ...matchers: readonly Matcher[]): string {
  const all = [
    ...(scope.namespace === undefined ? [] : [equal('namespace', scope.namespace)]),
    { label: 'pod', op: '=~' as const, value: podPattern(scope.workloads) },
    ...matchers,
  ];
  return select(metric, all);
}

/** A metric, with the labels that it must have. */
export function select(metric: string, matchers: readonly Matcher[]): string {
  return `${metric}{${matchers.map(({ label, op, value }) => `${label}${op}"${escaped(value)}"`).join(',')}}`;
}

/**
 * Pods of Deployments (`<name>-<template hash>-<5 characters>`) and StatefulSets (`<name>-<ordinal>`), and not those of
 * a workload whose name begins alike.
 */
function podPattern(workloads: readonly string[]): string {
  return `(${[...workloads].sort().join('|')})-([0-9]+|[0-9a-z]{6,10}-[0-9a-z]{5})`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

export function sumBy(labels: readonly string[], expression: string): string {
  return `sum by (${labels.join(', ')}) (${expression})`;
}

export function maxBy(labels: readonly string[], expression: string): string {
  return `max by (${labels.join(', ')}) (${expression})`;
}

export function rate(selector: string, window: string): string {
  return `rate(${selector}[${window}])`;
}
