import type { Checks } from '../finding/checks';
import { dnsLabelRule, labelKeyRule, labelValueRule } from '../units/names';
import type { Labels } from './naming';

/** Labels that controllers give to the pods of one revision: no selector of a workload can have them. */
const OF_A_REVISION = ['pod-template-hash', 'controller-revision-hash', 'rollouts-pod-template-hash'];

/** Checks the labels that a workload which exists already is selected by. */
export function checkSelectorLabels(
  checks: Checks,
  labels: Labels | undefined,
  prop = 'selectorLabels',
): void {
  if (labels === undefined) return;
  const at = checks.at(prop);
  const keys = Object.keys(labels);
  if (keys.length === 0)
    checks.fail(prop, 'without a label', 'allowed: at least one; without any, every pod is selected');
  for (const [key, value] of Object.entries(labels)) {
    at.text('key', key, labelKeyRule);
    at.text(key, value, labelValueRule);
    if (OF_A_REVISION.includes(key))
      at.fail(
        key,
        value,
        'it changes with every revision; name the labels of `kubectl get deployment NAME -o jsonpath={.spec.selector}`',
      );
  }
}

/** What cannot change of a StatefulSet that exists already. */
export interface ExistingStatefulSet {
  readonly selectorLabels?: Labels;
  readonly headlessServiceName?: string;
}

/** Checks what a StatefulSet keeps; an operator makes its own. */
export function checkExistingStatefulSet(
  checks: Checks,
  { selectorLabels, headlessServiceName }: ExistingStatefulSet,
  isManaged: boolean,
): void {
  checkSelectorLabels(checks, selectorLabels);
  checks.text('headlessServiceName', headlessServiceName, dnsLabelRule);
  for (const [prop, value] of Object.entries({ selectorLabels, headlessServiceName }))
    if (isManaged && value !== undefined)
      checks.fail(prop, value, 'the operator names its own Services and labels; remove it');
}
