/** What a cluster of today refuses when the manifests are applied. */
import type { NetworkPolicyPeer } from 'kubernetes-types/networking/v1';
import { FindingSeverity } from '../../../finding/finding';
import type { KubernetesObject } from '../../../inventory/inventory';
import {
  getPath,
  type Json,
  listAt,
  recordAt,
  recordsAt,
  type Shaped,
  textsAt,
} from '../../../inventory/json';
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

const removedIn = ({ apiVersion, kind }: KubernetesObject): number | undefined =>
  REMOVED[apiVersion]?.[kind] ?? REMOVED[apiVersion]?.['*'];

/** Enumerations by kind and field, of those that a manifest is likely to set. */
const WORDS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  Service: {
    'spec.type': ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'],
    'spec.externalTrafficPolicy': ['Cluster', 'Local'],
    'spec.internalTrafficPolicy': ['Cluster', 'Local'],
    'spec.sessionAffinity': ['ClientIP', 'None'],
  },
  Deployment: { 'spec.strategy.type': ['RollingUpdate', 'Recreate'] },
  StatefulSet: {
    'spec.updateStrategy.type': ['RollingUpdate', 'OnDelete'],
    'spec.podManagementPolicy': ['OrderedReady', 'Parallel'],
  },
  NetworkPolicy: { 'spec.policyTypes': ['Ingress', 'Egress'] },
  CronJob: { 'spec.concurrencyPolicy': ['Allow', 'Forbid', 'Replace'] },
  PodDisruptionBudget: { 'spec.unhealthyPodEvictionPolicy': ['AlwaysAllow', 'IfHealthyBudget'] },
};

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
    of: (inventory) => inventory.objects.map((object) => ({ object })),
    check: ({ object }) => {
      const minor = removedIn(object);
      return when(minor !== undefined, {
        path: 'apiVersion',
        measured: `${object.apiVersion}, removed in Kubernetes 1.${minor}`,
        expected: 'the stable version of the kind',
        fix: 'move to it: kubectl convert, and look at the fields that changed',
      });
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
    title: 'Words are among those that the API knows',
    why: 'The API server refuses a word that it does not know, and with it the object.',
    evidence: 'Kubernetes API: enumerations.',
    of: (inventory) => objects(inventory, ...Object.keys(WORDS)),
    check: ({ object: { kind, manifest } }) =>
      Object.entries(WORDS[kind]).flatMap(([path, allowed]) => {
        const given = getPath(manifest, path.split('.'));
        const words = Array.isArray(given) ? (given as unknown[]) : given === undefined ? [] : [given];
        return words
          .filter((word) => !allowed.includes(word as string))
          .map((word) => ({
            path,
            measured: display(word),
            expected: allowed.join(', '),
            fix: 'correct it',
          }));
      }),
  }),
];
