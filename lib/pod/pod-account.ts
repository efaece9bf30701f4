/** The ServiceAccount of pods, and what it may do. */
import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Role, RoleBinding } from 'kubernetes-types/rbac/v1';
import { emitServiceAccount, type ObjectHead } from './api-object';
import { namespaceOf } from './naming';
import type { PodProps } from './pod-props';

/** Emits the account, and a Role with its binding where it may do something. */
export function emitPodAccount(
  scope: Construct,
  head: Pick<ObjectHead, 'name' | 'labels'>,
  { serviceAccount = {} }: PodProps,
): ApiObject {
  const name = serviceAccount.name ?? head.name;
  const account = emitServiceAccount(scope, 'service-account', {
    ...head,
    name,
    annotations: serviceAccount.annotations,
  });
  if (!serviceAccount.rules || serviceAccount.rules.length === 0) return account;
  const rules: Pick<Role, 'rules'> = {
    rules: serviceAccount.rules.map(({ apiGroups = [''], resources, verbs, resourceNames }) => ({
      apiGroups: [...apiGroups],
      resources: [...resources],
      verbs: [...verbs],
      resourceNames: resourceNames && [...resourceNames],
    })),
  };
  const binding: Pick<RoleBinding, 'roleRef' | 'subjects'> = {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: namespaceOf(scope) }],
  };
  const metadata = { name, labels: { ...head.labels } };
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  new ApiObject(scope, 'role', { apiVersion, kind: 'Role', metadata, ...rules });
  new ApiObject(scope, 'role-binding', { apiVersion, kind: 'RoleBinding', metadata, ...binding });
  return account;
}
