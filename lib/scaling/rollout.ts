/** Rollouts of Argo that run the pods of a Deployment in its place. */
import { ApiObject } from 'cdk8s';
import type { Checks } from '../finding/checks';
import { workloadRefOf } from '../inventory/inventory';
import { textAt } from '../inventory/json';
import { kindName } from '../inventory/kinds';
import type { Runner } from './replicated';
import type { ScaleTarget } from './scaling-policy';

/** An object as an autoscaler names it. */
export function targetOf({ apiVersion, kind, name }: ApiObject): ScaleTarget {
  return { apiVersion, kind, name };
}

/** The Rollout as what runs the pods: `scaleDown: onsuccess` and `progressively` take those of the Deployment away. */
export function runnerOf(rollout: ApiObject): Runner {
  const scaleDown = textAt(rollout.toJson(), 'spec', 'workloadRef', 'scaleDown') ?? 'never';
  return { target: targetOf(rollout), scalesDown: scaleDown !== 'never' };
}

/** Refuses what is no Rollout that refers to a Deployment. */
export function checkRollout(checks: Checks, rollout: ApiObject, deployment: ApiObject): void {
  const call = 'handOverTo';
  const is = ApiObject.isApiObject(rollout) ? kindName(rollout.apiVersion, rollout.kind) : typeof rollout;
  if (is !== 'Rollout') {
    checks.fail(call, is, 'allowed: an ApiObject of kind Rollout and apiVersion argoproj.io/v1alpha1');
    checks.throwIfAny();
  }
  const manifest: unknown = rollout.toJson();
  const { apiVersion, kind, name } = rollout;
  const reference = workloadRefOf({ apiVersion, kind, name, manifest: manifest as Record<string, unknown> });
  if (reference?.kind !== deployment.kind || reference.name !== deployment.name)
    checks.fail(
      call,
      reference === undefined
        ? `Rollout ${name} without spec.workloadRef`
        : `Rollout ${name} of ${reference.kind} ${reference.name}`,
      `allowed: one whose spec.workloadRef is { apiVersion: 'apps/v1', kind: '${deployment.kind}', name: '${deployment.name}' }`,
    );
  checks.throwIfAny();
}
