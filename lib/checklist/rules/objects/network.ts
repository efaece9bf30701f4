import { databaseHostOf } from '../../../connection/database-variable-names';
import { FindingSeverity } from '../../../finding/finding';
import { variablesOf } from '../../../inventory/environment';
import type { Inventory, KubernetesObject, WorkloadObject } from '../../../inventory/inventory';
import { type Json, listAt, recordAt, recordsAt, textAt } from '../../../inventory/json';
import { isDangling } from '../../../inventory/references';
import { behindHost, relationsOf, servers } from '../../../inventory/relations';
import { selects } from '../../../inventory/selectors';
import { postgresServers } from '../../../postgres/reading/postgres-instances';
import { redisServers } from '../../../redis/reading/redis-instances';
import { objects, type Problem, type Rule, rule, when } from '../../rule';

type Direction = 'Ingress' | 'Egress';

/** Directions that a policy isolates; Ingress always, Egress when it has rules, unless it says so itself. */
function directions(policy: KubernetesObject): readonly Direction[] {
  const given = listAt(policy.manifest, 'spec', 'policyTypes') as Direction[];
  if (given.length > 0) return given;
  return recordAt(policy.manifest, 'spec')?.egress === undefined ? ['Ingress'] : ['Ingress', 'Egress'];
}

const policiesOf = (workload: WorkloadObject, direction: Direction, inventory: Inventory) =>
  relationsOf(workload, inventory).policies.filter((policy) => directions(policy).includes(direction));

const rulesOf = (policies: readonly KubernetesObject[], direction: Direction): readonly Json[] =>
  policies.flatMap((policy) =>
    recordsAt(policy.manifest, 'spec', direction === 'Ingress' ? 'ingress' : 'egress'),
  );

/** Whether a rule opens a port of a workload, by its number or its name there. */
function opensPort(one: Json, port: number, target: WorkloadObject | undefined): boolean {
  if (one.ports === undefined) return true;
  const names = (target?.containers ?? []).flatMap(({ container }) =>
    recordsAt(container, 'ports')
      .filter(({ containerPort }) => containerPort === port)
      .map(({ name }) => name),
  );
  return recordsAt(one, 'ports').some(
    (entry) =>
      (entry.protocol ?? 'TCP') !== 'UDP' &&
      (entry.port === undefined ||
        entry.port === port ||
        (typeof entry.port === 'string' && names.includes(entry.port)) ||
        (typeof entry.port === 'number' &&
          typeof entry.endPort === 'number' &&
          entry.port <= port &&
          port <= entry.endPort)),
  );
}

/** Whether a rule's peers include a workload. */
function includes(one: Json, side: 'from' | 'to', peer: WorkloadObject, policy: string | undefined): boolean {
  const peers = recordsAt(one, side);
  if (peers.length === 0) return true;
  return peers.some((entry) => {
    const pods = recordAt(entry, 'podSelector');
    const namespaces = recordAt(entry, 'namespaceSelector');
    if (!pods && !namespaces) return false;
    const home = peer.object.namespace ?? '';
    const inNamespace = namespaces
      ? selects(namespaces, { 'kubernetes.io/metadata.name': home })
      : home === (policy ?? '');
    return inNamespace && (!pods || selects(pods, peer.podLabels));
  });
}

/** Whether a selector has no condition. */
const isEmpty = (selector: Json | undefined) =>
  selector === undefined ||
  (Object.keys(recordAt(selector, 'matchLabels') ?? {}).length === 0 &&
    recordsAt(selector, 'matchExpressions').length === 0);

/** Whether a peer is every address, or every pod. */
function isEverybody(peer: Json): boolean {
  const cidr = textAt(peer, 'ipBlock', 'cidr');
  return cidr === undefined
    ? isEmpty(recordAt(peer, 'podSelector')) && isEmpty(recordAt(peer, 'namespaceSelector'))
    : /\/0$/.test(cidr);
}

interface Edge {
  readonly object: KubernetesObject;
  readonly from: WorkloadObject;
  readonly to: WorkloadObject;
  readonly port: number;
  readonly variable: string;
}

/** Connections that workloads are told of. */
function edges(inventory: Inventory): readonly Edge[] {
  return servers(inventory).flatMap((from) =>
    from.containers.flatMap((container) => {
      const env = variablesOf(container, inventory);
      const told = [
        {
          variable: 'the database',
          host: databaseHostOf(env),
          port: env.get('DB_PORT') ?? env.get('PGPORT') ?? 5432,
        },
        { variable: 'CACHE_HOST', host: env.get('CACHE_HOST'), port: env.get('CACHE_PORT') ?? 6379 },
      ];
      return told.flatMap(({ variable, host, port }) =>
        (host === undefined ? [] : behindHost(host, from.object.namespace, inventory)).map((to) => ({
          object: from.object,
          from,
          to,
          port: Number(port),
          variable,
        })),
      );
    }),
  );
}

const admits = (
  policies: readonly KubernetesObject[],
  side: 'from' | 'to',
  peer: WorkloadObject,
  port: number,
  target: WorkloadObject,
) =>
  policies.length === 0 ||
  policies.some((policy) =>
    recordsAt(policy.manifest, 'spec', side === 'from' ? 'ingress' : 'egress').some(
      (one) => opensPort(one, port, target) && includes(one, side, peer, policy.namespace),
    ),
  );

export const NETWORK_RULES: readonly Rule[] = [
  rule({
    id: 'NET-001',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.INFO,
    title: 'Every pod is isolated in both directions',
    why: 'Without a policy any pod of the cluster reaches it, and one that is broken into reaches everything.',
    evidence:
      'The guide, "Network policies optimized"; kube-score pod-networkpolicy, NSA/CISA hardening guide.',
    of: servers,
    check: (workload, inventory) => {
      const open = (['Ingress', 'Egress'] as const).filter(
        (direction) => policiesOf(workload, direction, inventory).length === 0,
      );
      return when(open.length > 0, {
        path: workload.podPath,
        measured: `no NetworkPolicy selects its pods for ${open.join(' and ')}`,
        expected: `policies that list ${open.join(' and ')} in policyTypes`,
        fix: 'add a NetworkPolicy with exactly the callers and callees',
      });
    },
  }),
  rule({
    id: 'NET-002',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'What a workload is told to use, both policies let through, and names resolve',
    why: 'A connection needs the egress of one side and the ingress of the other; without DNS no name resolves and the pod is down.',
    evidence: 'Kubernetes, network policies: both sides must allow; Kyverno add-networkpolicy-dns.',
    of: (inventory) => [
      ...edges(inventory).map((edge) => ({ object: edge.object, edge, workload: edge.from })),
      ...servers(inventory)
        .filter((workload) => policiesOf(workload, 'Egress', inventory).length > 0)
        .map((workload) => ({ object: workload.object, edge: undefined, workload })),
    ],
    check: ({ edge, workload }, inventory) => {
      const out = policiesOf(workload, 'Egress', inventory);
      if (!edge) {
        const resolves = rulesOf(out, 'Egress').some(
          (one) =>
            one.ports === undefined ||
            recordsAt(one, 'ports').some((entry) => entry.port === 53 && entry.protocol === 'UDP'),
        );
        return when(!resolves, {
          path: workload.podPath,
          measured: `${out.map(({ name }) => name).join(', ')} lets no DNS out`,
          expected: 'port 53 over UDP and TCP',
          fix: 'allow port 53',
        });
      }
      const { to, port, variable } = edge;
      const inside = policiesOf(to, 'Ingress', inventory);
      return [
        ...when(!admits(out, 'to', to, port, to), {
          path: workload.podPath,
          measured: `${variable} leads to ${to.object.name}:${port}, which its own policy does not let out`,
          expected: 'an egress rule for it',
          fix: `add ${to.object.name} and port ${port} to the egress of ${workload.object.name}`,
        }),
        ...when(!admits(inside, 'from', workload, port, to), {
          path: workload.podPath,
          measured: `${variable} leads to ${to.object.name}:${port}, whose policy does not let it in`,
          expected: 'an ingress rule for it',
          fix: `add ${workload.object.name} to the ingress of ${to.object.name}`,
        }),
      ];
    },
  }),
  rule({
    id: 'NET-003',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'A data store is open to those who use it only',
    why: 'A database that every address reaches is one leaked password away.',
    evidence:
      'NSA/CISA hardening guide: network separation; CloudNativePG’s own policies name their callers.',
    of: (inventory) =>
      [...postgresServers(inventory), ...redisServers(inventory)].map(({ workload }) => ({
        object: workload.object,
        workload,
      })),
    check: ({ workload }, inventory) => {
      const wide = rulesOf(policiesOf(workload, 'Ingress', inventory), 'Ingress').filter((one) => {
        const peers = recordsAt(one, 'from');
        return peers.length === 0 || peers.some(isEverybody);
      });
      return when(wide.length > 0, {
        path: workload.podPath,
        measured: 'an ingress rule without peers, or with every address',
        expected: 'rules that name their callers',
        fix: 'name the pods that use it',
      });
    },
  }),
  rule({
    id: 'NET-004',
    severity: FindingSeverity.WARNING,
    title: 'A network policy selects something',
    why: 'A policy whose selector has a mistake protects nothing, and nobody notices.',
    evidence: 'kube-score networkpolicy-targets-pod, kube-linter dangling-networkpolicy.',
    of: (inventory) => objects(inventory, 'NetworkPolicy'),
    check: ({ object }, inventory) => {
      const selector = recordAt(object.manifest, 'spec', 'podSelector') ?? {};
      const pods = [
        ...inventory.selected(object.namespace, selector),
        ...inventory.selectedManaged(object.namespace, selector),
      ];
      return when(pods.length === 0 && isDangling(inventory, object, selector) !== 'no', {
        path: 'spec.podSelector',
        measured: 'selects no workload of these manifests',
        expected: 'the labels of a pod',
        fix: 'correct the selector, or remove the policy',
      });
    },
  }),
  rule({
    id: 'NET-005',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'Rules of a network policy name ports and peers',
    why: 'A rule without ports opens all of them; one without peers, or with every pod, opens it to everybody.',
    evidence: 'Kubernetes, network policies: an empty list means all.',
    of: (inventory) => objects(inventory, 'NetworkPolicy'),
    check: ({ object }) => {
      const problem = (path: string, measured: string): Problem => ({
        path,
        measured,
        expected: 'the ports and the pods that are meant',
        fix: 'name them',
      });
      const all = isEmpty(recordAt(object.manifest, 'spec', 'podSelector'));
      const ingress = recordsAt(object.manifest, 'spec', 'ingress');
      const egress = recordsAt(object.manifest, 'spec', 'egress');
      const ports = (one: Json) => recordsAt(one, 'ports').map((entry) => entry.port);
      return [
        ...when(all && ingress.length > 0, problem('spec.podSelector', 'every pod of the namespace')),
        ...[...ingress.entries()].flatMap(([index, one]) => [
          ...when(
            ports(one).length === 0 || ports(one).includes(undefined),
            problem(`spec.ingress[${index}].ports`, 'every port'),
          ),
          ...when(
            recordsAt(one, 'from').some((peer) => peer.ipBlock === undefined && isEverybody(peer)),
            problem(`spec.ingress[${index}].from`, 'every pod'),
          ),
        ]),
        ...[...egress.entries()].flatMap(([index, one]) => [
          ...when(
            ports(one).length === 0 || ports(one).includes(undefined),
            problem(`spec.egress[${index}].ports`, 'every port'),
          ),
          ...when(
            !ports(one).every((port) => port === 53) &&
              (recordsAt(one, 'to').length === 0 || recordsAt(one, 'to').some(isEverybody)),
            problem(`spec.egress[${index}].to`, 'everybody'),
          ),
        ]),
      ];
    },
  }),
];
