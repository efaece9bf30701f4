/**
 * What objects name and what is there. A set of manifests is seldom all that a cluster has: what is not in it may be made by the
 * cluster, by an operator, or by another set. Only where the set holds others of the kind is a missing one missing.
 */
import { hasPlaceholder } from '../units/placeholder';
import { isCloudNativePg } from './cloud-native-pg-names';
import type { Inventory, KubernetesObject, WorkloadObject } from './inventory';
import { get, type Json, recordAt, recordsAt, textAt, textsAt } from './json';
import { groupOf } from './kinds';
import { memo } from './memo';
import { mayBeSame } from './name-index';
import type { LabelSelector } from './selectors';

export type NamedKind = 'ConfigMap' | 'PersistentVolumeClaim' | 'Secret' | 'ServiceAccount';

/** A name that a pod says, and where. */
export interface Reference {
  readonly kind: NamedKind;
  readonly name: string;
  readonly path: string;
  /** Keys that it wants. */
  readonly keys: readonly string[];
  /** Whether the pod starts without it. */
  readonly isOptional: boolean;
}

/** What a pod names, wherever it does. */
export function referencesOf({ object, pod, podPath, containers }: WorkloadObject): Reference[] {
  // A template of claims takes the place of a volume of its name.
  const templates = recordsAt(object.manifest, 'spec', 'volumeClaimTemplates').map((claim) =>
    textAt(claim, 'metadata', 'name'),
  );
  const found: Reference[] = [];
  const add = (
    kind: NamedKind,
    source: Json | undefined,
    field: string,
    path: string,
    keys: string[] = [],
  ) => {
    const name = textAt(source, field);
    if (name !== undefined && name !== '')
      found.push({ kind, name, path, keys, isOptional: source?.optional === true });
  };
  const items = (source: Json | undefined) =>
    recordsAt(source, 'items').flatMap((item) => textAt(item, 'key') ?? []);
  recordsAt(pod, 'volumes').forEach((volume, index) => {
    if (templates.includes(textAt(volume, 'name'))) return;
    const path = `${podPath}.volumes[${index}]`;
    const { configMap, secret } = {
      configMap: recordAt(volume, 'configMap'),
      secret: recordAt(volume, 'secret'),
    };
    add('ConfigMap', configMap, 'name', `${path}.configMap`, items(configMap));
    add('Secret', secret, 'secretName', `${path}.secret`, items(secret));
    add(
      'PersistentVolumeClaim',
      recordAt(volume, 'persistentVolumeClaim'),
      'claimName',
      `${path}.persistentVolumeClaim`,
    );
    recordsAt(volume, 'projected', 'sources').forEach((source, at) => {
      for (const [kind, field] of [
        ['ConfigMap', 'configMap'],
        ['Secret', 'secret'],
      ] as const)
        add(
          kind,
          recordAt(source, field),
          'name',
          `${path}.projected.sources[${at}].${field}`,
          items(recordAt(source, field)),
        );
    });
  });
  for (const { container, path } of containers) {
    recordsAt(container, 'envFrom').forEach((source, index) => {
      add('ConfigMap', recordAt(source, 'configMapRef'), 'name', `${path}.envFrom[${index}].configMapRef`);
      add('Secret', recordAt(source, 'secretRef'), 'name', `${path}.envFrom[${index}].secretRef`);
    });
    recordsAt(container, 'env').forEach((variable, index) => {
      for (const [kind, field] of [
        ['ConfigMap', 'configMapKeyRef'],
        ['Secret', 'secretKeyRef'],
      ] as const) {
        const source = recordAt(variable, 'valueFrom', field);
        const key = textAt(source, 'key');
        add(kind, source, 'name', `${path}.env[${index}].valueFrom.${field}`, key === undefined ? [] : [key]);
      }
    });
  }
  recordsAt(pod, 'imagePullSecrets').forEach((source, index) => {
    add('Secret', source, 'name', `${podPath}.imagePullSecrets[${index}]`);
  });
  const account = textAt(pod, 'serviceAccountName');
  if (account !== undefined && account !== 'default')
    found.push({
      kind: 'ServiceAccount',
      name: account,
      path: `${podPath}.serviceAccountName`,
      keys: [],
      isOptional: false,
    });
  return found;
}

/** Objects that every namespace has without anybody writing them. */
const OF_THE_CLUSTER: Readonly<Partial<Record<NamedKind, RegExp>>> = {
  ConfigMap: /^(kube-root-ca\.crt|openshift-service-ca\.crt|istio-ca-root-cert)$/,
  ServiceAccount: /^(default|builder|deployer)$/,
};

/** Fields by which operators are told the name of the Secret or ConfigMap that they make. */
const TARGET_FIELDS: ReadonlyArray<readonly string[]> = [
  ['spec', 'secretName'],
  ['spec', 'target', 'name'],
  ['spec', 'destination', 'name'],
  ['spec', 'managedSecretReference', 'secretName'],
  ['spec', 'writeConnectionSecretToRef', 'name'],
  ['spec', 'output', 'name'],
];

/** Names that custom resources of the inventory will have made, beside names that begin with that of their resource. */
const generated = memo((inventory) => {
  const names = new Set<string>(inventory.generatedNames);
  const prefixes: string[] = [];
  for (const { apiVersion, kind, name, manifest } of inventory.objects) {
    if (!isCustom(apiVersion)) continue;
    // A ServiceMonitor makes nothing; a SealedSecret makes what has its name.
    if (/Secret|OnePasswordItem/.test(kind) || !isPassive(kind)) names.add(name);
    for (const path of TARGET_FIELDS) {
      const target = path.reduce<unknown>((at, key) => get(at as Json, key), manifest);
      if (typeof target === 'string') names.add(target);
    }
    if (isCloudNativePg(apiVersion) || !isPassive(kind)) prefixes.push(`${name}-`);
  }
  return { names, prefixes };
});

/** Groups that come with Kubernetes. */
const BUILT_IN = /^(|apps|autoscaling|batch|policy|extensions|[\w.-]*\.k8s\.io)$/;
const NOT_BUILT_IN =
  /^(autoscaling|gateway\.networking|metrics|snapshot\.storage|x-k8s)\.k8s\.io$|\.x-k8s\.io$/;

function isCustom(apiVersion: string): boolean {
  const group = groupOf(apiVersion);
  return NOT_BUILT_IN.test(group) || !BUILT_IN.test(group);
}

/** Custom resources of which no pods come. */
function isPassive(kind: string): boolean {
  return /^(ServiceMonitor|PodMonitor|PrometheusRule|Probe|ScrapeConfig|AlertmanagerConfig|HTTPRoute|GRPCRoute|TCPRoute|TLSRoute|Gateway\w*|ReferenceGrant|BackendTLSPolicy|VerticalPodAutoscaler|ScaledObject|(Cluster)?TriggerAuthentication|Certificate\w*|(Cluster)?Issuer|(Cluster)?ExternalSecret|(Cluster)?SecretStore|PushSecret|SealedSecret|IngressRoute\w*|Middleware\w*|TLSOption|VirtualService|DestinationRule|PeerAuthentication|AuthorizationPolicy|RequestAuthentication|Sidecar|EnvoyFilter|ServiceEntry|CiliumNetworkPolicy|CiliumClusterwideNetworkPolicy|ClusterPolicy|Policy|AppProject|ImageRepository|ImagePolicy|ImageUpdateAutomation|GitRepository|HelmRepository|HelmChart|OCIRepository|Bucket|Receiver|Alert|Provider|ScheduledBackup|ObjectStore|Database|GrafanaDashboard|GrafanaDatasource|GrafanaFolder|BackendConfig|FrontendConfig|ManagedCertificate|TargetGroupBinding|CustomResourceDefinition|VolumeSnapshot\w*|IPAddressPool|L2Advertisement|DNSEndpoint)(\.|$)/.test(
    kind,
  );
}

/** Resources that stand for a whole set of objects which nobody sees here; so do files that could not be read. */
const ANYTHING =
  /^(HelmRelease|HelmChart|HelmChartProxy|Application|ApplicationSet|Kustomization|Bundle|App|PackageInstall|Composition|ManifestWork|ResourceGraphDefinition)(\.|$)/;

const wholes = memo((inventory) =>
  inventory.objects.some(({ kind, apiVersion }) => ANYTHING.test(kind) && isCustom(apiVersion)),
);

/**
 * Whether the set would have to hold an object of a kind that is named: nothing of the cluster, of an operator or of another
 * set can have made it, and others of the kind are here.
 */
export function isMissing(
  inventory: Inventory,
  kind: NamedKind,
  asker: KubernetesObject,
  name: string,
): boolean {
  if (inventory.find(kind, asker.namespace, name) || hasPlaceholder(name)) return false;
  if (OF_THE_CLUSTER[kind]?.test(name) === true || wholes(inventory) || inventory.isPartial) return false;
  const made = generated(inventory);
  if (made.names.has(name) || made.prefixes.some((prefix) => name.startsWith(prefix))) return false;
  return inventory.ofKind(kind).some((other) => areTogether(other, asker));
}

/** Whether two objects are applied together: they name one namespace, or stand in one directory. */
export function areTogether(one: KubernetesObject, other: KubernetesObject): boolean {
  if (one.namespace !== undefined && one.namespace === other.namespace) return true;
  if (!mayBeSame(one.namespace, other.namespace)) return false;
  return directoryOf(one) === directoryOf(other);
}

/**
 * Whether two objects of different files of a directory may be one or the other, and not both: others of that directory have
 * one name in several files.
 */
export function mayBeAlternatives(
  inventory: Inventory,
  one: KubernetesObject,
  other: KubernetesObject,
): boolean {
  return (
    one.source !== undefined &&
    one.source.file !== other.source?.file &&
    directoryOf(one) === directoryOf(other) &&
    directoriesOfAlternatives(inventory).has(directoryOf(one))
  );
}

const directoriesOfAlternatives = memo((inventory) => {
  const files = new Map<string, string>();
  const found = new Set<string>();
  for (const object of inventory.objects) {
    const { kind, namespace = '', name, source } = object;
    if (!source || name === '') continue;
    const directory = directoryOf(object);
    const key = `${directory} ${kind} ${namespace}/${name}`;
    const first = files.get(key) ?? source.file;
    files.set(key, first);
    if (first !== source.file) found.add(directory);
  }
  return found;
});

export function directoryOf({ source }: KubernetesObject): string {
  return source?.file.replace(/[^/]*$/, '') ?? '';
}

/** Workloads that may be in a namespace. */
export function workloadsNear(
  inventory: Inventory,
  namespace: string | undefined,
): readonly WorkloadObject[] {
  if (namespace === undefined) return inventory.workloads;
  const { byNamespace, nowhere } = workloadPlaces(inventory);
  return [...(byNamespace.get(namespace) ?? []), ...nowhere];
}

const workloadPlaces = memo((inventory) => {
  const byNamespace = new Map<string, WorkloadObject[]>();
  const nowhere: WorkloadObject[] = [];
  for (const workload of inventory.workloads) {
    const { namespace } = workload.object;
    if (namespace === undefined) nowhere.push(workload);
    else {
      const list = byNamespace.get(namespace);
      if (list) list.push(workload);
      else byNamespace.set(namespace, [workload]);
    }
  }
  return { byNamespace, nowhere };
});

/** Custom resources of which pods may come. */
const podMakers = memo((inventory) =>
  inventory.objects.filter(({ apiVersion, kind }) => isCustom(apiVersion) && !isPassive(kind)),
);

/**
 * Whether pods that a selector means may be made by what is not a workload: an operator's resource that has a name of the
 * selector, or something that stands for a whole set.
 */
export function mayBeMadeElsewhere(
  inventory: Inventory,
  namespace: string | undefined,
  selector: Json | LabelSelector,
): boolean {
  if (wholes(inventory)) return true;
  const values = Object.values(textsAt(selector, 'matchLabels'));
  return podMakers(inventory).some(
    ({ kind, name, namespace: own }) =>
      mayBeSame(own, namespace) &&
      values.some(
        (value) =>
          value.includes(name) ||
          name.includes(value) ||
          value.toLowerCase() === kind.split('.')[0].toLowerCase(),
      ),
  );
}

/**
 * Whether a selector that selects nothing is a mistake: surely where a workload of the namespace fits it in part or has the
 * name of the object, likely where there are others; not where there are none, since they are in another set then.
 */
export function isDangling(
  inventory: Inventory,
  { name, namespace }: KubernetesObject,
  selector: Json | LabelSelector,
): 'no' | 'likely' | 'surely' {
  if (mayBeMadeElsewhere(inventory, namespace, selector)) return 'no';
  const near = workloadsNear(inventory, namespace);
  // Nothing else to look at: a set of one file, of which nobody knows.
  if (near.length === 0) return inventory.workloads.length === 0 ? 'likely' : 'no';
  const wanted = Object.entries(textsAt(selector, 'matchLabels'));
  const isMeant = near.some(
    ({ podLabels, object }) =>
      object.name === name || wanted.some(([key, value]) => podLabels[key] === value),
  );
  // What was not read may hold the pods.
  return isMeant && !inventory.isPartial ? 'surely' : 'likely';
}
