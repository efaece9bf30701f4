/** Objects of the same environment that have to do with the pods of a workload. */
import { ApiObject } from 'cdk8s';
import { scaleTargetOf } from '../inventory/inventory';
import { type Json, recordAt, textsAt } from '../inventory/json';
import { mayBeSame } from '../inventory/name-index';
import { type Labels, selectorOf, selects } from '../inventory/selectors';
import { environmentOf } from '../pod/naming';

/** Objects of some kinds in the environment of an object, and in namespaces that may be its own. */
export function objectsBeside(object: ApiObject, kinds: readonly string[]): ApiObject[] {
  const environment = environmentOf(object);
  return object.node.root.node
    .findAll()
    .filter((one): one is ApiObject => ApiObject.isApiObject(one) && kinds.includes(one.kind))
    .filter((one) => one !== object && environmentOf(one) === environment)
    .filter((one) => mayBeSame(one.metadata.namespace, object.metadata.namespace));
}

/** Autoscalers, of Kubernetes and of KEDA, that scale an object. */
export function scalersOf({ kind, name }: ApiObject, among: readonly ApiObject[]): ApiObject[] {
  return among.filter((one) => {
    const target = scaleTargetOf({ ...one, manifest: one.toJson() as Json });
    return target?.kind === kind && target.name === name;
  });
}

/** PodDisruptionBudgets that select pods with these labels. */
export function budgetsOf(podLabels: Labels, among: readonly ApiObject[]): ApiObject[] {
  return among.filter((one) => {
    const selector = selectorOf(recordAt(one.toJson(), 'spec', 'selector'));
    return selector !== undefined && selects(selector, podLabels);
  });
}

/** Services that send to pods with these labels. */
export function servicesOf(podLabels: Labels, among: readonly ApiObject[]): ApiObject[] {
  return among.filter((one) => {
    const matchLabels = textsAt(one.toJson(), 'spec', 'selector');
    return Object.keys(matchLabels).length > 0 && selects({ matchLabels }, podLabels);
  });
}
