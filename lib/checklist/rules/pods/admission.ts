/** What a cluster of today refuses when the manifests are applied. */
import type { NetworkPolicyPeer } from 'kubernetes-types/networking/v1';
import { FindingSeverity } from '../../../finding/finding';
import {
  type FieldProblem,
  fieldProblems,
  NEWEST_MINOR,
  OLDEST_MINOR,
  servedMinors,
} from '../../../inventory/api/api-definitions';
import type { KubernetesObject } from '../../../inventory/inventory';
import {
  isRecord,
  type Json,
  listAt,
  recordAt,
  recordsAt,
  type Shaped,
  textAt,
  textsAt,
} from '../../../inventory/json';
import type { Edit } from '../../../inventory/reading/yaml-edits';
import { versionOf } from '../../../scaling/hpa/autoscalers';
import { display } from '../../../units/text';
import { objects, type Rule, rule, when } from '../../rule';

/**
 * Releases in which an API version was removed, by Kubernetes minor: kubernetes.io, deprecated API migration guide. Those of
 * autoscalers are HPA-007's.
 */
const REMOVED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'extensions/v1beta1': { '*': 16, Ingress: 22 },
  'apps/v1beta1': { '*': 16 },
  'apps/v1beta2': { '*': 16 },
  'networking.k8s.io/v1beta1': { '*': 22 },
  'rbac.authorization.k8s.io/v1beta1': { '*': 22 },
  'storage.k8s.io/v1beta1': { StorageClass: 22, VolumeAttachment: 22, CSIDriver: 22, CSINode: 22 },
  'apiextensions.k8s.io/v1beta1': { '*': 22 },
  'admissionregistration.k8s.io/v1beta1': {
    MutatingWebhookConfiguration: 22,
    ValidatingWebhookConfiguration: 22,
  },
  'scheduling.k8s.io/v1beta1': { '*': 22 },
  'batch/v1beta1': { '*': 25 },
  'policy/v1beta1': { '*': 25 },
  'discovery.k8s.io/v1beta1': { '*': 25 },
  'flowcontrol.apiserver.k8s.io/v1beta2': { '*': 29 },
  'flowcontrol.apiserver.k8s.io/v1beta3': { '*': 32 },
};

const removedIn = ({ apiVersion, kind }: Pick<KubernetesObject, 'apiVersion' | 'kind'>): number | undefined =>
  REMOVED[apiVersion]?.[kind] ?? REMOVED[apiVersion]?.['*'];

/** Groups that took over the kinds of another one. */
const SUCCESSORS: Readonly<Record<string, readonly string[]>> = {
  extensions: ['apps', 'networking.k8s.io', 'policy'],
};

/** The API version that took the place of a removed one. */
function stableVersion({ apiVersion, kind }: Pick<KubernetesObject, 'apiVersion' | 'kind'>) {
  const [group] = apiVersion.split('/');
  return (SUCCESSORS[group] ?? [group])
    .map((one) => `${one}/v1`)
    .find((version) => servedMinors(version, kind) !== undefined);
}

/** The same, where the object means there what it means here. */
function sameInStable(object: KubernetesObject, minor: number): string | undefined {
  const apiVersion = stableVersion(object);
  // An empty selector of policy/v1beta1 selects no pod, one of policy/v1 selects all.
  const selector = recordAt(object.manifest, 'spec', 'selector');
  if (object.kind === 'PodDisruptionBudget' && Object.keys(selector ?? {}).length === 0) return undefined;
  return apiVersion !== undefined && fieldProblems({ ...object.manifest, apiVersion }, minor)?.length === 0
    ? apiVersion
    : undefined;
}

function setVersion(value: string | undefined): Edit | undefined {
  return value === undefined ? undefined : { kind: 'set', value };
}

/** What an object points at by its API version. */
function targetOf({ kind, manifest }: KubernetesObject) {
  const field = kind === 'VerticalPodAutoscaler' ? 'targetRef' : 'scaleTargetRef';
  if (!['HorizontalPodAutoscaler', 'ScaledObject', 'VerticalPodAutoscaler'].includes(kind)) return undefined;
  const target = recordAt(manifest, 'spec', field);
  return (
    target && {
      path: `spec.${field}.apiVersion`,
      apiVersion: textAt(target, 'apiVersion') ?? '',
      kind: textAt(target, 'kind') ?? '',
    }
  );
}

const CONFIG_MAP_BYTES = 1_048_576;
const ANNOTATION_BYTES = 262_144;

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

const CIDR =
  /^(\d{1,3}(\.\d{1,3}){3}\/([12]?\d|3[0-2])|[0-9a-fA-F:.]+:[0-9a-fA-F:.]*\/(\d{1,2}|1[01]\d|12[0-8]))$/;

export const ADMISSION_RULES: readonly Rule[] = [
  rule({
    id: 'COR-014',
    severity: FindingSeverity.ERROR,
    title: 'Every object is of an API version that is still served',
    why: 'A cluster of today does not know the version, and the whole apply fails.',
    evidence: 'Kubernetes, deprecated API migration guide; kube-score stable-version.',
    of: (inventory) => inventory.objects.map((object) => ({ object, target: versionOf(object, inventory) })),
    check: ({ object, target }) => {
      const minor = removedIn(object);
      const served = servedMinors(object.apiVersion, textAt(object.manifest, 'kind') ?? '');
      if (target !== undefined && served && target < served.since && target >= OLDEST_MINOR)
        return [
          {
            path: 'apiVersion',
            measured: `${object.apiVersion}, which Kubernetes 1.${target} does not serve yet`,
            expected: `Kubernetes 1.${served.since} or later`,
            fix: 'use the version of the API that this cluster serves',
          },
        ];
      const ofTarget = targetOf(object);
      const targetMinor = ofTarget && removedIn(ofTarget);
      if (ofTarget && targetMinor !== undefined && (target ?? NEWEST_MINOR) >= targetMinor)
        return [
          {
            path: ofTarget.path,
            measured: `${ofTarget.apiVersion} of ${ofTarget.kind}, removed in Kubernetes 1.${targetMinor}`,
            expected: 'the stable version of the kind, such as apps/v1',
            fix: 'write it: what is asked for in a version that is gone is not found',
            edit: setVersion(stableVersion(ofTarget)),
          },
        ];
      if (minor === undefined || (target ?? NEWEST_MINOR) < minor) return [];
      return [
        {
          path: 'apiVersion',
          measured: `${object.apiVersion}, removed in Kubernetes 1.${minor}`,
          expected: 'the stable version of the kind',
          fix: 'move to it: kubectl convert, and look at the fields that changed',
          edit: setVersion(sameInStable(object, target ?? NEWEST_MINOR)),
        },
      ];
    },
  }),
  rule({
    id: 'COR-015',
    severity: FindingSeverity.ERROR,
    title: 'Objects fit into what stores them',
    why: 'The API server refuses a ConfigMap above 1 MiB and annotations above 256 KiB; kubectl apply writes the whole object into one.',
    evidence: 'Refused by a real API server; argo-cd#820, a dashboard above the limit of the annotation.',
    of: (inventory) => inventory.objects.map((object) => ({ object })),
    check: ({ object: { kind, manifest } }) => {
      const data = ['data', 'binaryData', 'stringData']
        .flatMap((field) => Object.entries(textsAt(manifest, field)))
        .reduce((sum, [key, text]) => sum + bytesOf(key) + bytesOf(text), 0);
      const annotations = Object.entries(textsAt(manifest, 'metadata', 'annotations')).reduce(
        (sum, [key, text]) => sum + bytesOf(key) + bytesOf(text),
        0,
      );
      return [
        ...when((kind === 'ConfigMap' || kind === 'Secret') && data > CONFIG_MAP_BYTES, {
          path: 'data',
          measured: `${data} bytes`,
          expected: `at most ${CONFIG_MAP_BYTES}`,
          fix: 'split it, or put it into the image or on a volume',
        }),
        ...when(annotations > ANNOTATION_BYTES, {
          path: 'metadata.annotations',
          measured: `${annotations} bytes`,
          expected: `at most ${ANNOTATION_BYTES}`,
          fix: 'shorten them',
        }),
      ];
    },
  }),
  rule({
    id: 'COR-016',
    severity: FindingSeverity.ERROR,
    title: 'Addresses of network policies are ranges',
    why: 'The API server refuses a policy with an address that is none, and the pods stay open.',
    evidence: 'Refused by a real API server.',
    of: (inventory) => objects(inventory, 'NetworkPolicy'),
    check: ({ object }) =>
      (
        [
          ['ingress', 'from'],
          ['egress', 'to'],
        ] as const
      ).flatMap(([direction, side]) =>
        recordsAt(object.manifest, 'spec', direction).flatMap((one: Json, index) =>
          recordsAt(one, side).flatMap((peer: Shaped<NetworkPolicyPeer>, at) => {
            const block = recordAt(peer, 'ipBlock');
            const ranges = block ? [block.cidr, ...listAt(block, 'except')] : [];
            return ranges.flatMap((range) =>
              when(typeof range !== 'string' || !CIDR.test(range), {
                path: `spec.${direction}[${index}].${side}[${at}].ipBlock`,
                measured: display(range),
                expected: 'a range such as 10.0.0.0/8',
                fix: 'correct it',
              }),
            );
          }),
        ),
      ),
  }),
  rule({
    id: 'COR-017',
    severity: FindingSeverity.ERROR,
    title: 'Every field is one that the API server knows, and holds what belongs there',
    why: 'A strict apply refuses a field that is misspelt; a lenient or an older one drops it without a word, and what was tuned is not. A value of another type is refused always.',
    evidence:
      'The definitions of Kubernetes 1.27 to 1.36 and of custom resources; kubectl apply --validate=strict is the default since 1.27.',
    of: (inventory) =>
      inventory.objects.flatMap((object) => {
        const version = versionOf(object, inventory);
        const problems = fieldProblems(object.manifest, version ?? NEWEST_MINOR);
        return problems ? [{ object, problems, version }] : [];
      }),
    check: ({ object, problems, version }) => {
      const isSecret = object.kind === 'Secret';
      return problems.flatMap((problem) => {
        // What SOPS has encrypted says so beside the fields of the API.
        if (problem.fault === 'missing' || problem.path === 'sops') return [];
        // A newer or an older cluster may be meant.
        if (problem.fault === 'unknown' && problem.since !== undefined && version === undefined) return [];
        return [
          {
            path: problem.path,
            measured:
              problem.fault === 'unknown' ? fieldName(problem.path) : shownValue(problem.value, isSecret),
            ...adviceOn(problem, version, isSecret),
            edit: editOf(problem),
          },
        ];
      });
    },
  }),
];

const fieldName = (path: string) => `${path.split('.').pop()}, which is no field`;

/** A value as a message shows it; what a Secret holds is not carried on. */
function shownValue(value: unknown, isSecret: boolean): string {
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return 'a map';
  if (isSecret) return typeof value === 'string' ? 'a text' : 'a value without quotes';
  return typeof value === 'string' ? display(value) : `${String(value)}, without quotes`;
}

/** What is certain: a name that is spelt wrong, and a value that is right but for its quotes or its capitals. */
function editOf(problem: FieldProblem): Edit | undefined {
  const { value } = problem;
  switch (problem.fault) {
    case 'unknown':
      return problem.nearest === undefined ? undefined : { kind: 'rename', name: problem.nearest };
    case 'type':
      if (problem.expected === 'text')
        return isRecord(value) || Array.isArray(value) ? undefined : { kind: 'quote' };
      if (typeof value !== 'string') return undefined;
      if (problem.expected === 'true or false')
        return /^(true|false)$/i.test(value) ? { kind: 'set', value: /^t/i.test(value) } : undefined;
      return problem.expected === 'a whole number' && /^(0|-?[1-9]\d{0,9})$/.test(value)
        ? { kind: 'set', value: Number(value) }
        : undefined;
    case 'value': {
      const same = problem.allowed.filter(
        (one) =>
          typeof one === 'string' && typeof value === 'string' && one.toLowerCase() === value.toLowerCase(),
      );
      return same.length === 1 ? { kind: 'set', value: String(same[0]) } : undefined;
    }
    case 'missing':
      return undefined;
  }
}

function adviceOn(
  problem: FieldProblem,
  version: number | undefined,
  isSecret: boolean,
): { expected: string; fix: string } {
  switch (problem.fault) {
    case 'unknown': {
      const { nearest, since, until } = problem;
      if (since !== undefined)
        return {
          expected: `a field of Kubernetes 1.${version}: this one is there ${until === undefined ? `since 1.${since}` : `from 1.${since} to 1.${until}`}`,
          fix: 'remove it, or name another version in the annotation cdk8s-tuned/kubernetes-version',
        };
      return nearest === undefined
        ? { expected: 'a field of the API', fix: 'remove it, or put it where it belongs' }
        : { expected: nearest, fix: `write ${nearest}` };
    }
    case 'type':
      return {
        expected: problem.expected,
        fix:
          problem.expected === 'text' && !isRecord(problem.value) && !Array.isArray(problem.value)
            ? `put it in quotes${isSecret ? '' : `: "${display(problem.value).replace(/^"|"$/g, '')}"`}`
            : 'correct it: the API server refuses it',
      };
    case 'value':
      return {
        expected: problem.allowed.filter((one) => one !== '').join(', '),
        fix: 'correct it: the API server refuses it',
      };
    case 'missing':
      return { expected: 'a value', fix: 'set it' };
  }
}
