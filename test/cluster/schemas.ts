/** What the API servers of a version take, by the project's own table (`scripts/definitions.mjs`). */
import {
  type FieldProblem,
  fieldProblems,
  NEWEST_MINOR,
  OLDEST_MINOR,
} from '../../lib/inventory/api/api-definitions';
import type { Manifest } from '../support/synth';

export const MINORS = Array.from(
  { length: NEWEST_MINOR - OLDEST_MINOR + 1 },
  (_, index) => OLDEST_MINOR + index,
);

/** Tells what is wrong with a manifest, for people; nothing when all is well. */
export type Validator = (manifest: Manifest) => string[];

function explain(problem: FieldProblem): string {
  switch (problem.fault) {
    case 'unknown':
      return 'is no field';
    case 'missing':
      return 'is missing';
    case 'type':
      return `is not ${problem.expected}`;
    case 'value':
      return `is none of ${problem.allowed.join(', ')}`;
  }
}

/** The API of one Kubernetes minor, with that of the custom resources. */
export function kubernetesValidator(minor: number): Validator {
  return (manifest) => {
    const problems = fieldProblems(manifest, minor);
    if (!problems) return [`Kubernetes 1.${minor} does not serve ${manifest.apiVersion} ${manifest.kind}`];
    return problems.map((one) => `${manifest.kind} ${manifest.metadata.name}: ${one.path} ${explain(one)}`);
  };
}

/** The custom resources that the table knows. */
export function customResourceValidator(): Validator {
  return kubernetesValidator(NEWEST_MINOR);
}

/** Groups that are part of Kubernetes end in `.k8s.io` or have no dot, but for those of add-ons. */
const ADD_ONS = [
  'autoscaling.k8s.io',
  'gateway.networking.k8s.io',
  'keda.sh',
  'monitoring.coreos.com',
  'postgresql.cnpg.io',
  'redis.redis.opstreelabs.in',
];

/** Whether its definition is not among ours: a Rollout that a user writes, or a kind of a plugin or of a network. */
export function isForeign({ apiVersion }: Manifest): boolean {
  return /^(argoproj\.io|barmancloud\.cnpg\.io|cilium\.io)\//.test(String(apiVersion));
}

export function isCustom(manifest: Manifest): boolean {
  return ADD_ONS.includes(String(manifest.apiVersion).split('/')[0]);
}
