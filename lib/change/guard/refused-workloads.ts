/** Changes of workloads that the API server refuses (kubernetes/kubernetes pkg/apis/{apps,batch,core}/validation). */
import { get, numberAt, recordAt, textAt } from '../../inventory/json';
import { parseBytes } from '../../units/quantity';
import { type FieldChange, isAt } from '../comparing/field-changes';
import type { ObjectChange } from '../comparing/object-changes';
import { type GuardRule, type Hit, hitsOf } from './guard-rule';
import {
  JOB_FIELDS,
  mutableOfStatefulSet,
  POD_FIELDS,
  SELECTORS,
  SUSPENDED_JOB_FIELDS,
} from './immutable-fields';

const CLAIM_TEMPLATES = 'spec.volumeClaimTemplates';

const ORPHAN = [
  'kubectl delete statefulset NAME --namespace NAMESPACE --cascade=orphan: the pods and their volumes stay',
  'apply the new one: it adopts the pods that it selects, and replaces them one by one where its template differs',
];

function statefulSetSays(minor: number): string {
  const fields = mutableOfStatefulSet(minor).map((field) => `'${field}'`);
  return `updates to statefulset spec for fields other than ${fields.slice(0, -1).join(', ')} and ${fields.at(-1)} are forbidden`;
}

/** What to do about a template of a claim, by what is changed in it. */
function stepsOfTemplate({ pattern, before, after }: FieldChange): readonly string[] {
  const [earlier, later] = [before, after].map((value) => parseBytes(String(value)));
  if (pattern.endsWith('.requests.storage') && earlier !== undefined && later !== undefined)
    return later > earlier
      ? [
          `keep ${String(before)} in the template and let the claim grow: storage of ${String(after)} beside initialStorage of ${String(before)} in TunedPostgres and CacheRedis (docs/constructs/tuned-postgres.md, "When the volume is full")`,
          'elsewhere: put a PersistentVolumeClaim of the name that the StatefulSet gave it (TEMPLATE-NAME-0) and of the new size among the manifests',
        ]
      : [
          'a volume never shrinks: make a new StatefulSet with the smaller size beside this one',
          'copy the data (a dump and a restore), move the clients, then remove the old one',
        ];
  if (/\.storageClassName$/.test(pattern))
    return [
      'a volume stays in its class: make a new StatefulSet with the other class beside this one',
      'copy the data (a dump and a restore), move the clients, then remove the old one',
    ];
  return ORPHAN;
}

function jobHits({ fields, manifests }: ObjectChange, minor: number): Hit[] {
  const { before, after } = manifests;
  const isSuspended = get(before, 'spec', 'suspend') === true;
  const mayChange = [
    ...(isSuspended ? SUSPENDED_JOB_FIELDS : []),
    ...(isSuspended && minor >= 36
      ? ['containers', 'initContainers'].map((list) => `spec.template.spec.${list}[].resources`)
      : []),
  ];
  const isElastic =
    textAt(after, 'spec', 'completionMode') === 'Indexed' &&
    numberAt(after, 'spec', 'completions') === numberAt(after, 'spec', 'parallelism');
  return hitsOf(
    fields.filter(
      (field) =>
        JOB_FIELDS.some((name) => isAt(field, `spec.${name}`)) ||
        (isAt(field, 'spec.completions') && !isElastic) ||
        (isAt(field, 'spec.template') && !mayChange.some((place) => isAt(field, place))),
    ),
  );
}

/** Of a template one field is told, and how many there are. */
function oneOfTemplate(hits: readonly Hit[]): Hit[] {
  const isOfTemplate = ({ path }: Hit) => path.startsWith('spec.template');
  const [first, ...more] = hits.filter(isOfTemplate);
  const others = hits.filter((hit) => !isOfTemplate(hit));
  const also = more.length > 0 ? `; ${more.length} more of its fields change` : '';
  return [
    ...(hits.some(isOfTemplate) ? [{ ...first, says: `spec.template: field is immutable${also}` }] : []),
    ...others.map((hit) => ({ ...hit, says: `${hit.path}: field is immutable` })),
  ];
}

/** Deadlines of a pod may become shorter, and tolerations more. */
function podHits({ fields, manifests }: ObjectChange): Hit[] {
  const [earlier, later] = [manifests.before, manifests.after].map((pod) =>
    numberAt(pod, 'spec', 'activeDeadlineSeconds'),
  );
  const isLonger = earlier !== undefined && (later === undefined || later > earlier);
  return hitsOf(
    fields.filter(
      (field) =>
        isAt(field, 'spec') &&
        (!POD_FIELDS.some((place) => isAt(field, place)) ||
          (isAt(field, 'spec.activeDeadlineSeconds') && isLonger) ||
          (isAt(field, 'spec.tolerations') && field.before !== undefined)),
    ),
  );
}

export const WORKLOAD_RULES: readonly GuardRule[] = [
  {
    id: 'CHG-001',
    verdict: 'refused',
    kinds: Object.keys(SELECTORS),
    title: 'the selector',
    says: 'spec.selector: field is immutable',
    steps: [
      'keep the selector: pin the name of the construct, or give it the selectorLabels that are there (docs/moving.md)',
      'or give the workload a new name, which runs beside the old one until you remove that',
      'or kubectl delete KIND NAME --namespace NAMESPACE --cascade=orphan, apply the new one, and delete the pods that it does not select',
    ],
    source: 'pkg/apis/apps/validation/validation.go: ValidateDeploymentUpdate, ValidateDaemonSetSpecUpdate',
    find: ({ kind, fields }) =>
      hitsOf(fields.filter((field) => SELECTORS[kind].some((one) => isAt(field, one.field)))),
  },
  {
    id: 'CHG-002',
    verdict: 'refused',
    kinds: ['StatefulSet'],
    title:
      '`serviceName`, `selector`, `podManagementPolicy`; before 1.33 also `revisionHistoryLimit`: all of the spec but what may change',
    says: statefulSetSays(36),
    steps: ORPHAN,
    source: 'pkg/apis/apps/validation/validation.go: ValidateStatefulSetUpdate',
    find: ({ fields }, { kubernetesMinor }) =>
      hitsOf(
        fields.filter(
          (field) =>
            isAt(field, 'spec') &&
            !isAt(field, CLAIM_TEMPLATES) &&
            !mutableOfStatefulSet(kubernetesMinor).some((name) => isAt(field, `spec.${name}`)),
        ),
      ).map((hit) => ({ ...hit, says: statefulSetSays(kubernetesMinor) })),
  },
  {
    id: 'CHG-003',
    verdict: 'refused',
    kinds: ['StatefulSet'],
    title: '`volumeClaimTemplates`: the size too, and labels',
    says: statefulSetSays(36),
    steps: ORPHAN,
    source: 'pkg/apis/apps/validation/validation.go: ValidateStatefulSetUpdate',
    find: ({ fields }, { kubernetesMinor }) =>
      fields
        .filter((field) => isAt(field, CLAIM_TEMPLATES))
        .map((field) => ({
          ...hitsOf([field])[0],
          says: statefulSetSays(kubernetesMinor),
          steps: stepsOfTemplate(field),
        })),
  },
  {
    id: 'CHG-004',
    verdict: 'refused',
    kinds: ['Job'],
    title:
      '`template`, `selector`, `completions` (but of an indexed Job, together with `parallelism`), `completionMode`, `podFailurePolicy`, `successPolicy`, `backoffLimitPerIndex`, `managedBy`; a suspended Job may still be scheduled elsewhere',
    says: 'spec.template: field is immutable',
    steps: [
      'give the Job a new name for what is new, as MigrationJob does, which ends its name in a digest (docs/constructs/jobs.md)',
      'or kubectl delete job NAME --namespace NAMESPACE, then apply: it runs once more',
    ],
    source: 'pkg/apis/batch/validation/validation.go: ValidateJobSpecUpdate',
    find: (change, { kubernetesMinor }) => oneOfTemplate(jobHits(change, kubernetesMinor)),
  },
  {
    id: 'CHG-005',
    verdict: 'refused',
    kinds: ['Pod'],
    title:
      'all but images, a shorter `activeDeadlineSeconds`, more `tolerations` and fewer `schedulingGates`',
    says: 'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
    steps: ['make it a Deployment or a StatefulSet, or delete the Pod and apply it again'],
    source: 'pkg/apis/core/validation/validation.go: ValidatePodUpdate',
    find: podHits,
  },
];

/** Names of the claim templates of a StatefulSet. */
export function claimTemplatesOf(manifest: unknown): readonly string[] {
  const templates = get(recordAt(manifest, 'spec'), 'volumeClaimTemplates');
  return (Array.isArray(templates) ? (templates as unknown[]) : []).flatMap(
    (template) => textAt(template, 'metadata', 'name') ?? [],
  );
}
