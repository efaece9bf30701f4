import { Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { type Checks } from '../finding/checks';
import { resourceNameRule } from '../units/names';

/** Labels of an object. */
export type Labels = Readonly<Record<string, string>>;

/** Labels that select a workload's pods; chosen once, because a Deployment's selector cannot be changed. */
export type SelectorLabels = Readonly<
  Record<'app.kubernetes.io/name' | 'app.kubernetes.io/component', string>
>;

/**
 * The name of a construct's objects: its path from the chart on, without a hash, or the name the user pinned.
 * Recorded as a problem when Kubernetes would refuse it.
 */
export function resourceName(construct: IConstruct, pinned: string | undefined, checks: Checks): string {
  if (pinned !== undefined) {
    checks.text('name', pinned, resourceNameRule);
    return pinned;
  }
  const chart = Chart.of(construct);
  const scopes = construct.node.scopes;
  const name = scopes
    .slice(scopes.indexOf(chart))
    .map((scope) => scope.node.id)
    .join('-');
  const allowed = resourceNameRule(name);
  if (allowed !== undefined) {
    checks.fail(
      'id',
      name,
      `the name made of the construct path must be ${allowed}; change the ids or set \`name\``,
    );
  }
  return name;
}

export function selectorLabels(name: string, component: string): SelectorLabels {
  return { 'app.kubernetes.io/component': component, 'app.kubernetes.io/name': name };
}

/** The namespace that a construct's objects go to, if its chart names one. */
export function namespaceOf(construct: IConstruct): string | undefined {
  return Chart.of(construct).namespace;
}

/** The environment of an object: the outermost scope of its chart, or none when the app has charts only. */
export function environmentOf(object: IConstruct): string {
  const { path } = Chart.of(object).node;
  return path.includes('/') ? path.split('/')[0] : '';
}
