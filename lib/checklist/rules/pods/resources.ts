import { FindingSeverity } from '../../../finding/finding';
import type { ContainerOf } from '../../../inventory/inventory';
import { get, recordAt, recordsAt, textAt } from '../../../inventory/json';
import { memo } from '../../../inventory/memo';
import { allContainers, mainContainers, servers } from '../../../inventory/relations';
import { mostPods } from '../../../inventory/replicas';
import { parseImage } from '../../../units/image';
import { formatBytes, formatCpu, MIB, parseBytes, parseCpu, roundUpTo } from '../../../units/quantity';
import { objects, type Problem, type Rule, rule, when } from '../../rule';

type Which = 'requests' | 'limits';

/** A quantity as the API server stores it, whoever set it. */
const quantity = ({ resources }: Pick<ContainerOf, 'resources'>, which: Which, resource: string) => {
  const value = resources[which][resource];
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : undefined;
};

function missing(subject: ContainerOf, which: Which, resource: string, fix: string): Problem[] {
  const ofPod = subject.workload.resources.pod?.[which][resource];
  return when(ofPod === undefined && quantity(subject, which, resource) === undefined, {
    path: `${subject.path}.resources.${which}.${resource}`,
    measured: 'not set',
    expected: `a ${resource} ${which === 'limits' ? 'limit' : 'request'}`,
    fix,
  });
}

interface Demand {
  readonly cpu: number;
  readonly memory: number;
  readonly pods: number;
}

const NO_DEMAND: Demand = { cpu: 0, memory: 0, pods: 0 };

/** What all workloads of a namespace ask for together at their largest. */
const demand = memo((inventory) => {
  const found = new Map<string, Demand>();
  for (const workload of inventory.workloads) {
    const pods = mostPods(workload);
    const { cpu, memory, pods: before } = found.get(workload.object.namespace ?? '') ?? NO_DEMAND;
    found.set(workload.object.namespace ?? '', {
      cpu: cpu + pods * workload.request.cpuMillis,
      memory: memory + pods * workload.request.memoryBytes,
      pods: before + pods,
    });
  }
  return found;
});

/** Names in a quota that mean the same, and how their amounts are written. */
const QUOTAS = [
  { names: ['requests.cpu', 'cpu'], parse: parseCpu, format: formatCpu, of: ({ cpu }: Demand) => cpu },
  {
    names: ['requests.memory', 'memory'],
    parse: parseBytes,
    format: (bytes: number) => formatBytes(roundUpTo(bytes, MIB)),
    of: ({ memory }: Demand) => memory,
  },
  {
    names: ['pods', 'count/pods'],
    parse: parseBytes,
    format: (pods: number) => `${pods}`,
    of: ({ pods }: Demand) => pods,
  },
] as const;

const DISK = 'ephemeral-storage';

export const RESOURCE_RULES: readonly Rule[] = [
  rule({
    id: 'RES-001',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'Every container requests CPU and memory',
    why: 'Without requests the scheduler puts pods on full nodes, autoscalers on utilisation have nothing to divide by, and the pod is the first to be evicted.',
    evidence:
      'The guide, "Always set resource requests"; kube-score container-resources, Polaris cpuRequestsMissing.',
    of: allContainers,
    check: (subject) => [
      ...missing(subject, 'requests', 'cpu', 'request what it uses at its target load'),
      ...missing(subject, 'requests', 'memory', 'request what it uses at its target load'),
    ],
  }),
  rule({
    id: 'RES-002',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'Every container has a memory limit',
    why: 'A leak in one container takes the memory of the node, and the kernel kills whoever is largest.',
    evidence: 'The guide, "Resource limits prevent OOMkill"; kube-linter unset-memory-requirements.',
    of: allContainers,
    check: (subject) => missing(subject, 'limits', 'memory', 'limit it a little above its highest use'),
  }),
  rule({
    id: 'RES-003',
    severity: FindingSeverity.INFO,
    title: 'Every container has a CPU limit, or none by choice',
    why: 'Without a limit a container takes the spare CPU of the node, and its neighbours slow down; with one it is throttled. Either can be right.',
    evidence: 'The guide sets CPU limits; Kyverno ships both forbid-cpu-limits and require-cpu-limits.',
    of: mainContainers,
    check: (subject) =>
      missing(subject, 'limits', 'cpu', 'set a limit, or say by a suppression that spare CPU may be used'),
  }),
  rule({
    id: 'RES-004',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'Local disk is bounded',
    why: 'Logs, the writable layer and emptyDirs without a bound fill the disk of the node, and the kubelet evicts all that is on it.',
    evidence: 'kube-score container-ephemeral-storage-request-and-limit; Kyverno add-emptydir-sizelimit.',
    of: (inventory) => inventory.workloads,
    check: ({ containers, pod, podPath }) => [
      ...containers.flatMap((subject) => {
        const lacks = (['requests', 'limits'] as const).filter(
          (which) => missing(subject, which, DISK, '').length > 0,
        );
        return when(lacks.length > 0, {
          path: `${subject.path}.resources.${lacks[0]}.${DISK}`,
          measured: `no ${lacks.map((which) => (which === 'limits' ? 'limit' : 'request')).join(' and no ')}`,
          expected: 'a request and a limit of ephemeral-storage',
          fix: 'request what its log and scratch need, and limit it',
        });
      }),
      ...recordsAt(pod, 'volumes').flatMap((volume, index) => {
        const emptyDir = recordAt(volume, 'emptyDir');
        return when(emptyDir !== undefined && emptyDir.sizeLimit === undefined, {
          path: `${podPath}.volumes[${index}].emptyDir.sizeLimit`,
          measured: 'not set',
          expected: 'a size',
          fix: 'give the volume a sizeLimit',
        });
      }),
    ],
  }),
  rule({
    id: 'RES-005',
    severity: FindingSeverity.WARNING,
    title: 'What keeps state requests all the memory that it may use',
    why: 'A database or cache grows to its limit. When it has requested less, a full node evicts it first.',
    evidence: 'CloudNativePG resource_management.md; Kubernetes node-pressure eviction.',
    of: (inventory) =>
      servers(inventory)
        .filter(({ object }) => object.kind === 'StatefulSet')
        .flatMap(({ containers }) => containers.filter(({ isInit }) => !isInit)),
    check: (subject) => {
      const request = quantity(subject, 'requests', 'memory');
      const limit = quantity(subject, 'limits', 'memory');
      return when(parseBytes(request ?? '') !== parseBytes(limit ?? ''), {
        path: `${subject.path}.resources.requests.memory`,
        measured: request ?? 'not set',
        expected: `${limit ?? 'a limit'}, as the limit`,
        fix: 'request as much memory as the limit allows',
      });
    },
  }),
  rule({
    id: 'RES-006',
    severity: FindingSeverity.ERROR,
    title: 'Quantities are what they look like',
    why: 'The API server takes memory "512m" for half a byte and "100" for a hundred bytes, and the pod never starts.',
    evidence: 'Accepted by a real API server: memory 512m, cpu 0.0001.',
    of: (inventory) => allContainers(inventory).filter(({ container }) => recordAt(container, 'resources')),
    check: (subject) =>
      (['requests', 'limits'] as const).flatMap((which) =>
        ['cpu', 'memory'].flatMap((resource) => {
          const written = get(subject.container, 'resources', which, resource);
          if (typeof written !== 'string' && typeof written !== 'number') return [];
          const text = `${written}`;
          const value = resource === 'cpu' ? parseCpu(text) : parseBytes(text);
          const plausible =
            resource === 'cpu' ? (value ?? 0) >= 1 && (value ?? 0) <= 1_000_000 : (value ?? 0) >= MIB;
          return when(!plausible, {
            path: `${subject.path}.resources.${which}.${resource}`,
            measured: text,
            expected: resource === 'cpu' ? 'from 1m to 1000 CPUs' : 'at least 1Mi',
            fix:
              resource === 'cpu'
                ? 'write cores (2) or millicores (250m)'
                : 'write a binary unit, such as 512Mi',
          });
        }),
      ),
  }),
  rule({
    id: 'REL-005',
    severity: FindingSeverity.WARNING,
    title: 'Images are named by an exact tag or a digest',
    why: '"latest" is another program on every node and after every restart, and cannot be rolled back.',
    evidence: 'kube-score container-image-tag, kube-linter latest-tag.',
    of: allContainers,
    check: (subject) => {
      const image = textAt(subject.container, 'image') ?? '';
      const { tag, digest } = parseImage(image);
      return when(digest === undefined && (tag === undefined || tag === 'latest'), {
        path: `${subject.path}.image`,
        measured: image === '' ? 'not set' : image,
        expected: 'a tag other than latest, or a digest',
        fix: 'name the release',
      });
    },
  }),
  rule({
    id: 'RES-007',
    severity: FindingSeverity.ERROR,
    title: 'A quota has room for every workload of its namespace at its largest',
    why: 'At the peak the API server refuses the pods that the autoscalers ask for, just when they are needed.',
    evidence: 'Kubernetes, resource quotas; the surge of a rollout counts too.',
    // A quota with a scope counts some of the pods only.
    of: (inventory) =>
      objects(inventory, 'ResourceQuota').filter(
        ({ object }) =>
          get(object.manifest, 'spec', 'scopes') === undefined &&
          get(object.manifest, 'spec', 'scopeSelector') === undefined,
      ),
    check: ({ object }, inventory) => {
      const hard = recordAt(object.manifest, 'spec', 'hard') ?? {};
      const most = demand(inventory).get(object.namespace ?? '') ?? NO_DEMAND;
      return QUOTAS.flatMap(({ names, parse, format, of }) =>
        names.flatMap((name) => {
          const given = hard[name];
          const allowed =
            typeof given === 'string' || typeof given === 'number' ? parse(String(given)) : undefined;
          return when(allowed !== undefined && of(most) > allowed, {
            path: `spec.hard["${name}"]`,
            measured: `${String(given)}, and up to ${format(of(most))} with every autoscaler at its maximum and in a rollout`,
            expected: `at least ${format(of(most))}`,
            fix: 'raise the quota, or lower maxima',
          });
        }),
      );
    },
  }),
];
