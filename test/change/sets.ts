/** Sets of objects for the tests of changes. */
import { type ComparedSets, compareSets } from '../../lib/change/comparing/object-changes';
import { guard, type GuardFinding, type GuardOptions } from '../../lib/change/guard/guard';
import { Inventory } from '../../lib/inventory/inventory';

/** An object of a kind, called `one` in the namespace `shop`. */
export function object(
  apiVersion: string,
  kind: string,
  rest: object,
  name = 'one',
  namespace?: string,
): object {
  return { apiVersion, kind, metadata: { name, namespace: namespace ?? 'shop' }, ...rest };
}

export function compared(before: readonly object[], after: readonly object[]): ComparedSets {
  return compareSets(Inventory.of(before), Inventory.of(after));
}

/** Paths of the fields that differ between two objects. */
export function changedPaths(before: object, after: object): string[] {
  return compared([before], [after]).changes.flatMap(({ fields }) => fields.map(({ path }) => path));
}

export function guarded(
  before: readonly object[],
  after: readonly object[],
  options: GuardOptions = {},
): GuardFinding[] {
  const [one, other] = [Inventory.of(before), Inventory.of(after)];
  return guard(one, other, compareSets(one, other), options);
}

/** A pod template with one container. */
export const template = (container: object = {}, pod: object = {}) => ({
  metadata: { labels: { app: 'one' } },
  spec: { containers: [{ name: 'main', image: 'registry.example.com/app:1', ...container }], ...pod },
});

export const statefulSet = (spec: object = {}, name = 'one', namespace = 'shop') =>
  object(
    'apps/v1',
    'StatefulSet',
    {
      spec: {
        serviceName: 'one',
        selector: { matchLabels: { app: 'one' } },
        template: template(),
        volumeClaimTemplates: [claim()],
        ...spec,
      },
    },
    name,
    namespace,
  );

export const claim = (spec: object = {}, name = 'data') => ({
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } }, ...spec },
});

export const deployment = (spec: object = {}, name = 'one') =>
  object(
    'apps/v1',
    'Deployment',
    { spec: { selector: { matchLabels: { app: 'one' } }, template: template(), ...spec } },
    name,
  );
