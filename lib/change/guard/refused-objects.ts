/** Changes of Services, configuration, rights and classes that the API server refuses. */
import { get, type Json, listAt, textAt } from '../../inventory/json';
import { fieldChanges, isAt } from '../comparing/field-changes';
import type { ObjectChange } from '../comparing/object-changes';
import { HIDDEN } from '../comparing/secrecy';
import { type GuardContext, type GuardRule, type Hit, hitsOf } from './guard-rule';
import { CLASS_FIELDS, DEFINITION_FIELDS, type ImmutableField, OTHER_FIELDS } from './immutable-fields';

const typeOf = (service: Json) => textAt(service, 'spec', 'type') ?? 'ClusterIP';
/** An empty one is none. */
const addressOf = (service: Json) => textAt(service, 'spec', 'clusterIP') || undefined;
const isHeadless = (service: Json) => addressOf(service) === 'None';

const NEW_SERVICE = [
  'give the Service a new name beside the old one, move the clients, then remove the old one',
  'or kubectl delete service NAME --namespace NAMESPACE and apply it: its address changes, and it answers nobody meanwhile',
];

/**
 * The address of a Service, its families, the class of its load balancer and the port of its health check
 * (ValidateServiceUpdate, and patchAllocatedValues in pkg/registry/core/service/storage, which keeps what is left out).
 */
function serviceHits({ manifests: { before, after } }: ObjectChange): Hit[] {
  const [earlier, later] = [typeOf(before), typeOf(after)];
  if (earlier === 'ExternalName' || later === 'ExternalName') return [];
  return [
    ...addressHits(before, after),
    ...familyHits(before, after),
    ...(earlier === 'LoadBalancer' && later === 'LoadBalancer'
      ? changed(before, after, 'loadBalancerClass', 'spec.loadBalancerClass: may not change once set')
      : []),
    ...(get(after, 'spec', 'healthCheckNodePort') === undefined
      ? []
      : changed(before, after, 'healthCheckNodePort', 'spec.healthCheckNodePort: field is immutable').filter(
          (hit) => hit.before !== undefined,
        )),
  ];
}

function changed(before: Json, after: Json, name: string, says: string): Hit[] {
  const [one, other] = [before, after].map((side) => get(side, 'spec', name));
  return one === other ? [] : [{ path: `spec.${name}`, before: one, after: other, says }];
}

const OFTEN_SAID = 'spec.clusterIPs[0]: may not change once set';

function addressHits(before: Json, after: Json): Hit[] {
  const [one, other] = [addressOf(before), addressOf(after)];
  const hit = { path: 'spec.clusterIP', before: one, after: other };
  if (isHeadless(before) && other === undefined)
    return typeOf(after) === 'ClusterIP'
      ? [
          {
            ...hit,
            verdict: 'without effect',
            says: 'what is left out keeps its value: the Service stays headless',
          },
        ]
      : [{ ...hit, says: `spec.clusterIPs[0]: may not be set to 'None' for ${typeOf(after)} services` }];
  // What is left out stays, and what the API server has chosen is another address than one that is written.
  return one === other || other === undefined ? [] : [{ ...hit, says: OFTEN_SAID }];
}

function familyHits(before: Json, after: Json): Hit[] {
  if (isHeadless(before) || isHeadless(after)) return [];
  const [one, other] = [before, after].map((side) => listAt(side, 'spec', 'ipFamilies'));
  if (one.length === 0 || other.length === 0) return [];
  const hit = { path: 'spec.ipFamilies', before: one, after: other };
  if (one[0] !== other[0]) return [{ ...hit, says: 'spec.ipFamilies[0]: may not change once set' }];
  const isReleased = one.length > other.length;
  return isReleased && textAt(after, 'spec', 'ipFamilyPolicy') !== 'SingleStack'
    ? [
        {
          ...hit,
          says: "spec.ipFamilyPolicy: must be set to 'SingleStack' when releasing the secondary ipFamily",
          steps: ['set ipFamilyPolicy: SingleStack in the same change'],
        },
      ]
    : [];
}

/** Data of an immutable ConfigMap or Secret; values of a Secret are not told. */
function immutableHits({ kind, manifests: { before, after } }: ObjectChange): Hit[] {
  if (before.immutable !== true) return [];
  const own = (side: Json): Json => ({
    data: side.data,
    binaryData: side.binaryData,
    immutable: side.immutable,
  });
  return hitsOf(fieldChanges(own(before), own(after))).map((hit) =>
    kind === 'Secret' && hit.path.startsWith('data')
      ? {
          ...hit,
          before: hit.before === undefined ? undefined : HIDDEN,
          after: hit.after === undefined ? undefined : HIDDEN,
        }
      : hit,
  );
}

/** Fields of a table that changed, each with the words of the API server. */
function tableHits(
  { fields }: ObjectChange,
  table: readonly ImmutableField[],
  { kubernetesMinor }: GuardContext,
): Hit[] {
  return table
    .filter(({ until }) => until === undefined || kubernetesMinor <= until)
    .flatMap(({ field, says }) =>
      hitsOf(fields.filter((one) => isAt(one, field))).map((hit) => ({ ...hit, says: `${field}: ${says}` })),
    );
}

export const OBJECT_RULES: readonly GuardRule[] = [
  {
    id: 'CHG-009',
    verdict: 'refused',
    kinds: ['Service'],
    title:
      '`clusterIP`, also to and from `None`; the first of `ipFamilies`; `loadBalancerClass`; `healthCheckNodePort`; nothing of it to or from `ExternalName`',
    says: OFTEN_SAID,
    steps: NEW_SERVICE,
    source: 'pkg/apis/core/validation/validation.go: ValidateServiceUpdate',
    find: serviceHits,
  },
  {
    id: 'CHG-010',
    verdict: 'refused',
    kinds: ['ConfigMap', 'Secret'],
    title: 'data of an `immutable: true` one, and `immutable` itself',
    says: 'field is immutable when `immutable` is set',
    steps: ['give the new data a new name, and let the workloads refer to it: they roll'],
    source: 'pkg/apis/core/validation/validation.go: ValidateConfigMapUpdate, ValidateSecretUpdate',
    find: immutableHits,
  },
  {
    id: 'CHG-011',
    verdict: 'refused',
    kinds: ['Secret'],
    title: '`type`',
    says: 'type: field is immutable',
    steps: ['give the Secret of the other type a new name, and let the workloads refer to it'],
    source: 'pkg/apis/core/validation/validation.go: ValidateSecretUpdate',
    find: ({ fields }) => hitsOf(fields.filter((field) => field.pattern === 'type')),
  },
  {
    id: 'CHG-012',
    verdict: 'refused',
    kinds: ['RoleBinding', 'ClusterRoleBinding'],
    title: '`roleRef`',
    says: 'roleRef: cannot change roleRef',
    steps: ['give the binding to the other role a new name, and remove the old one'],
    source: 'pkg/apis/rbac/validation/validation.go: ValidateRoleBindingUpdate',
    find: ({ fields }) => hitsOf(fields.filter((field) => isAt(field, 'roleRef'))),
  },
  {
    id: 'CHG-013',
    verdict: 'refused',
    kinds: Object.keys(CLASS_FIELDS),
    title: Object.entries(CLASS_FIELDS)
      .map(
        ([kind, fields]) =>
          `${kind} ${fields.map(({ field, until }) => `\`${field}\`${until === undefined ? '' : ` (up to 1.${until})`}`).join(', ')}`,
      )
      .join('; '),
    says: 'field is immutable',
    steps: [
      'give the new class a new name, and let what is made from now on name it',
      'or delete the class and apply it: what was made by it stays',
    ],
    source: 'pkg/apis/{networking,node,scheduling,storage}/validation/validation.go',
    find: (change, context) => tableHits(change, CLASS_FIELDS[change.kind], context),
  },
  {
    id: 'CHG-014',
    verdict: 'refused',
    kinds: ['CustomResourceDefinition'],
    title: DEFINITION_FIELDS.map(({ field }) => `\`${field}\``).join(', '),
    says: 'field is immutable',
    steps: [
      'make a definition of another group or name, and move the resources; to delete this one deletes them all',
    ],
    source:
      'apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go: validateCustomResourceDefinitionSpecUpdate',
    find: (change, context) => tableHits(change, DEFINITION_FIELDS, context),
  },
  {
    id: 'CHG-015',
    verdict: 'refused',
    kinds: Object.keys(OTHER_FIELDS),
    title: Object.entries(OTHER_FIELDS)
      .map(([kind, fields]) => `${kind} ${fields.map(({ field }) => `\`${field}\``).join(', ')}`)
      .join('; '),
    says: 'field is immutable',
    steps: ['give it a new name, or delete it and apply it'],
    source: 'pkg/apis/*/validation/validation.go',
    find: (change, context) => tableHits(change, OTHER_FIELDS[change.kind], context),
  },
];
