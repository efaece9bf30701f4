/** What stands against an adoption: its options, the manifest, and other objects of the app. */
import type { ApiObject } from 'cdk8s';
import type { Checks } from '../finding/checks';
import type { WorkloadObject } from '../inventory/inventory';
import { get, recordAt, recordsAt } from '../inventory/json';
import { measuredResources } from '../inventory/pod-resources';
import { surgeOfObject } from '../inventory/replicas';
import type { Labels } from '../inventory/selectors';
import { checkSelectorLabels } from '../pod/selector-labels';
import { mainContainer, type ScaledPod } from '../scaling/scaled-pod';
import { ScalingPolicy } from '../scaling/scaling-policy';
import type { KubernetesVersion } from '../target/kubernetes-version';
import { dnsLabelRule, dnsSubdomainRule, pathRule } from '../units/names';
import { parseBytes, parseCpu } from '../units/quantity';
import { display } from '../units/text';
import { emittedBy } from './additions';
import { type AdoptedObjects, mainContainerOf, selectsPods, titleOf } from './adopted-pods';
import type { AdoptedWorkloadProps } from './adopted-workload-props';

/** What a VerticalPodAutoscaler may move where nothing else does. */
const NOTHING_SCALED = ScalingPolicy.replicas(1);

/** Kinds of Kubernetes and of others: letters and digits, beginning with a capital. */
const kindRule = (text: string) =>
  /^[A-Z][A-Za-z0-9]{0,62}$/.test(text) ? undefined : 'a kind, such as StatefulSet';

/** Checks the props by themselves. */
export function checkOptions(checks: Checks, props: AdoptedWorkloadProps): void {
  checks.text('kind', props.kind, kindRule);
  checks.text('objectName', props.objectName, dnsSubdomainRule);
  checks.text('container', props.container, dnsLabelRule);
  checks.text('name', props.name, dnsSubdomainRule);
  checks.text('serviceName', props.serviceName, dnsLabelRule);
  checks.port('servicePort', props.servicePort);
  checks.integer('processesPerPod', props.processesPerPod, 1, 1000);
  checkSelectorLabels(checks, props.podLabels, 'podLabels');
  if (props.metrics) {
    const at = checks.at('metrics');
    at.integer('port', props.metrics.port ?? NaN, 1, 65535);
    at.text('path', props.metrics.path, pathRule);
  }
  if (props.scaling?._isAutoscaled === false)
    checks.fail(
      'scaling',
      `${props.scaling._min} replicas`,
      'a fixed number is that of the manifest; patch spec.replicas, or leave this out',
    );
  props.profile?._check(checks.at('profile'));
}

/** A workload, and what is asked of it. */
export interface AdoptionView {
  readonly objects: AdoptedObjects;
  readonly workload: WorkloadObject;
  readonly props: AdoptedWorkloadProps;
  readonly podLabels: Labels;
  readonly version: KubernetesVersion;
}

/** Containers that run for ever, as an autoscaler sees them, the connected one first. */
export function scaledPodOf({
  workload,
  props,
}: Pick<AdoptionView, 'workload' | 'props'>): ScaledPod['containers'] {
  const main = mainContainerOf(workload, props.container);
  const others = workload.containers.filter((one) => one.role !== 'init' && one !== main);
  return [...(main ? [main] : []), ...others].map(({ name, resources: { requests, limits } }) => ({
    name,
    resources: {
      cpuRequestMillis: amount(requests.cpu, parseCpu),
      cpuLimitMillis: amount(limits.cpu, parseCpu),
      memoryRequestBytes: amount(requests.memory, parseBytes),
      memoryLimitBytes: amount(limits.memory, parseBytes),
    },
  }));
}

function amount(quantity: unknown, parse: (text: string) => number | undefined): number | undefined {
  return typeof quantity === 'string' || typeof quantity === 'number' ? parse(String(quantity)) : undefined;
}

/** Checks the manifest against what is asked of it. */
export function checkManifest(checks: Checks, view: AdoptionView): void {
  const { objects, workload, props, podLabels } = view;
  const { runner, template } = objects;
  const names = workload.containers.filter(({ isInit }) => !isInit).map(({ name }) => name);
  const main = mainContainerOf(workload, props.container);
  if (!main) {
    checks.fail(
      'container',
      props.container,
      `${titleOf(template)} has no such container; allowed: ${names.join(', ')}`,
    );
    return;
  }
  if (Object.keys(podLabels).length > 0 && !selectsPods(podLabels, template))
    checks.fail(
      'podLabels',
      podLabels,
      `the pods of ${titleOf(template)} have others: spec.template.metadata.labels is ${shown(workload.podLabels)}`,
    );
  checkNumbers(checks, view);
  checkAdditions(checks, view, main.name);
  if (!props.scaling) return;
  const written = get(emittedBy(runner), 'spec', 'replicas');
  if (written !== undefined && written !== null && props.removeReplicas !== true)
    checks.fail(
      'removeReplicas',
      props.removeReplicas,
      `spec.replicas of ${titleOf(runner)} is ${shown(written)}, and each apply would reset what the autoscaler has set; set removeReplicas to true, or take it out of the manifest`,
    );
  const pod: ScaledPod = { containers: scaledPodOf(view), version: view.version };
  props.scaling._check(checks.at('scaling'), pod);
  for (const resource of props.scaling._scaledResources()) {
    const measured = measuredResources(workload.resources, resource, mainContainer(pod));
    if ('error' in measured)
      checks.fail(
        'scaling',
        `a target of ${resource} use`,
        `${titleOf(template)}: spec.template.spec.containers[].resources.requests.${resource} of ${measured.lacking.join(', ')} is not set, and the autoscaler divides by it; set \`profile\`, or the request`,
      );
  }
}

/** Budgets count with the replicas and the surge of the manifest: what is none is no 1. */
function checkNumbers(checks: Checks, { objects: { runner }, workload }: AdoptionView): void {
  const replicas = get(emittedBy(runner), 'spec', 'replicas');
  const isCount = typeof replicas === 'number' && Number.isInteger(replicas) && replicas >= 0;
  if (replicas !== undefined && replicas !== null && !(isCount && replicas <= 100_000))
    checks.fail(
      'workload',
      titleOf(runner),
      `spec.replicas is ${shown(replicas)}; allowed: a whole number from 0 to 100000`,
    );
  const surge = surgeOfObject(workload.rollout ?? workload.object);
  if (typeof surge === 'number' ? Number.isInteger(surge) && surge >= 0 : /^\d{1,3}%$/.test(surge)) return;
  checks.fail(
    'workload',
    titleOf(runner),
    `maxSurge of spec.strategy is ${shown(surge)}; allowed: a whole number of pods, or percent such as 25%`,
  );
}

const shown = (value: unknown) =>
  typeof value === 'number' ? String(value) : display(JSON.stringify(value) ?? String(value));

/** What is added to the template must not be there: nothing is replaced. */
function checkAdditions(checks: Checks, { objects, props, ...view }: AdoptionView, container: string): void {
  const { template } = objects;
  const pod = recordAt(emittedBy(template), 'spec', 'template', 'spec') ?? {};
  const own = recordsAt(pod, 'containers').find(({ name }) => name === container);
  const variables = own?.env ?? [];
  if (!Array.isArray(variables))
    checks.fail(
      'workload',
      titleOf(template),
      `spec.template.spec.containers[].env of ${container} is ${shown(variables)}; allowed: a list`,
    );
  if (props.profile && Object.keys(recordAt(own, 'resources') ?? {}).length > 0)
    checks.fail(
      'profile',
      props.profile,
      `container ${container} of ${titleOf(template)} has resources; patch spec.template.spec.containers[].resources, or leave this out`,
    );
  if (props.spread === true && recordsAt(pod, 'topologySpreadConstraints').length > 0)
    checks.fail(
      'spread',
      true,
      `${titleOf(template)} has spec.template.spec.topologySpreadConstraints; leave this out`,
    );
  props.verticalScaling?._check(checks.at('verticalScaling'), props.scaling ?? NOTHING_SCALED, {
    containers: scaledPodOf({ props, ...view }),
    version: view.version,
  });
}

/** Checks other objects of the app. */
export function checkNeighbours(
  checks: Checks,
  {
    objects: { runner },
    props,
    scalers,
    budgets,
  }: AdoptionView & { readonly scalers: readonly ApiObject[]; readonly budgets: readonly ApiObject[] },
): void {
  const scaler = scalers.at(0);
  if (props.scaling && scaler)
    checks.fail(
      'scaling',
      'set',
      `${titleOf(scaler)} (${scaler.node.path}) scales ${titleOf(runner)} already, and two undo each other; remove one of them`,
    );
  if (scaler && props.verticalScaling && props.verticalScaling._mode !== 'Off')
    checks.fail(
      'verticalScaling',
      props.verticalScaling._mode,
      `${titleOf(scaler)} scales ${titleOf(runner)}, and two controllers of one number fight; use VerticalScaling.recommend(), or \`scaling\` in its place`,
    );
  const budget = budgets.at(0);
  if (budget && props.disruptionBudget !== false)
    checks.fail(
      'disruptionBudget',
      props.disruptionBudget,
      `${titleOf(budget)} (${budget.node.path}) selects the same pods, and with two of them evictions fail; set it to false, or remove the other`,
    );
}
