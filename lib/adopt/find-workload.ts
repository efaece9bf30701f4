/** Finding a workload among the objects of a construct: a Deployment of cdk8s-plus, an Include, a Helm release, a chart. */
import { ApiObject } from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import type { Checks } from '../finding/checks';
import { workloadRefOf } from '../inventory/inventory';
import { recordsAt } from '../inventory/json';
import { kindName } from '../inventory/kinds';
import { emittedBy } from './additions';
import { type AdoptedObjects, titleOf } from './adopted-pods';
import { objectsBeside } from './neighbours';

/** Kinds that are found without being named. */
const KINDS = ['Deployment', 'StatefulSet', 'Rollout', 'ReplicaSet', 'ReplicationController'];
/** Kinds with pods whose number nobody sets. */
const UNSCALED = ['DaemonSet', 'Job', 'CronJob', 'Pod'];

export interface WorkloadSearch {
  readonly workload: IConstruct;
  readonly kind?: string;
  readonly objectName?: string;
}

/** The objects of a workload; what cannot be found or read is recorded. */
export function findWorkload(checks: Checks, search: WorkloadSearch): AdoptedObjects | undefined {
  const runner = findRunner(checks, search);
  if (!runner) return undefined;
  const kind = kindName(runner.apiVersion, runner.kind);
  if (UNSCALED.includes(kind)) {
    checks.fail('workload', titleOf(runner), `allowed: what has a number of replicas; a ${kind} has none`);
    return undefined;
  }
  if (ownerOf(runner) !== undefined) {
    checks.fail(
      'workload',
      titleOf(runner),
      `${ownerOf(runner)} makes it and has all of this; use its props, and its handOverTo for a Rollout`,
    );
    return undefined;
  }
  const borrower = objectsBeside(runner, ['Rollout']).find((one) => refersTo(one, runner));
  if (borrower) {
    checks.fail(
      'workload',
      titleOf(runner),
      `${titleOf(borrower)} (${borrower.node.path}) runs its pods, and this one none; adopt that`,
    );
    return undefined;
  }
  const template = findTemplate(checks, runner);
  if (!template) return undefined;
  if (recordsAt(emittedBy(template), 'spec', 'template', 'spec', 'containers').length > 0)
    return { runner, template };
  checks.fail(
    'workload',
    titleOf(template),
    'spec.template.spec.containers is empty or not there; allowed: an object with a pod template',
  );
  return undefined;
}

function findRunner(checks: Checks, { workload, kind, objectName }: WorkloadSearch): ApiObject | undefined {
  if (!Construct.isConstruct(workload)) {
    checks.fail(
      'workload',
      workload,
      'allowed: an ApiObject, or a construct that has one, such as an Include',
    );
    return undefined;
  }
  if (ApiObject.isApiObject(workload)) return workload;
  const all = workload.node
    .findAll()
    .filter((one): one is ApiObject => ApiObject.isApiObject(one))
    .filter((one) => (kind === undefined ? KINDS : [kind]).includes(one.kind))
    .filter((one) => objectName === undefined || one.name === objectName);
  const found = all.filter((one) => !all.some((other) => refersTo(other, one)));
  const [only, ...more] = found;
  if (found.length > 0 && more.length === 0) return only;
  const asked = [kind ?? 'workload', ...(objectName === undefined ? [] : [`called ${objectName}`])].join(' ');
  checks.fail(
    'workload',
    `${workload.node.path}, which has ${found.length === 0 ? 'no' : `more than one`} ${asked}`,
    found.length === 0
      ? `allowed: a construct that has one: ${KINDS.join(', ')}, or what \`kind\` names`
      : `say which by \`kind\` and \`objectName\`: ${found.map(titleOf).join(', ')}`,
  );
  return undefined;
}

/** Whether a Rollout runs the pods of a workload. */
function refersTo(rollout: ApiObject, { kind, name }: ApiObject): boolean {
  const reference = workloadRefOf({ ...rollout, manifest: emittedBy(rollout) });
  return reference?.kind === kind && reference.name === name;
}

/** The construct of ours that an object belongs to: it says who its pods are. */
function ownerOf(object: ApiObject): string | undefined {
  return object.node.scopes
    .slice(0, -1)
    .filter((scope) => 'networkIdentity' in scope)
    .map((scope) => scope.node.path)
    .at(0);
}

/** The object with the pod template: another one for a Rollout that refers to it. */
function findTemplate(checks: Checks, runner: ApiObject): ApiObject | undefined {
  const reference = workloadRefOf({
    ...runner,
    kind: kindName(runner.apiVersion, runner.kind),
    manifest: emittedBy(runner),
  });
  if (!reference) return runner;
  const lender = objectsBeside(runner, [reference.kind]).find(({ name }) => name === reference.name);
  if (!lender) {
    checks.fail(
      'workload',
      titleOf(runner),
      `spec.workloadRef names ${reference.kind} ${reference.name}, which is not in the app; add it, or give the Rollout a template`,
    );
    return undefined;
  }
  const owner = ownerOf(lender);
  if (owner === undefined) return lender;
  checks.fail(
    'workload',
    titleOf(runner),
    `its pods are those of ${owner}, which has all of this; call handOverTo of it with the Rollout instead`,
  );
  return undefined;
}
