import { FindingSeverity } from '../../finding/finding';
import type { Inventory, KubernetesObject } from '../../inventory/inventory';
import { get, recordAt, recordsAt, textAt, textsAt } from '../../inventory/json';
import { selects } from '../../inventory/selectors';
import { parseBytes, parseCpu } from '../../units/quantity';
import { objects, type Problem, type Rule, rule, when } from '../rule';
import { allContainers, servers, serviceSelector } from '../subjects';

const identity = ({ apiVersion, kind, namespace, name }: KubernetesObject) =>
  [apiVersion.split('/').slice(0, -1).join('/'), kind, namespace ?? '', name].join('\n');

function twins(inventory: Inventory) {
  const first = new Map<string, KubernetesObject>();
  return inventory.objects.map((object) => {
    const known = first.get(identity(object));
    if (!known) first.set(identity(object), object);
    return { object, isTwin: known !== undefined };
  });
}

function repeated(values: readonly unknown[]): unknown[] {
  return [
    ...new Set(values.filter((value, index) => value !== undefined && values.indexOf(value) !== index)),
  ];
}

function amount(resource: string, quantity: unknown): number | undefined {
  const text = typeof quantity === 'string' || typeof quantity === 'number' ? String(quantity) : '';
  return resource === 'cpu' ? parseCpu(text) : parseBytes(text);
}

const exists = (inventory: Inventory, kind: string, of: KubernetesObject, name: string) =>
  inventory.find(kind, of.namespace, name) !== undefined;

export const CORRECTNESS_RULES: readonly Rule[] = [
  rule({
    id: 'COR-001',
    severity: FindingSeverity.ERROR,
    title: 'No two objects have one name',
    why: 'The second overwrites the first when it is applied.',
    evidence: 'kubectl apply; each manifest is valid on its own, so nothing else notices.',
    of: twins,
    check: ({ object, isTwin }) =>
      when(isTwin, {
        path: 'metadata.name',
        measured: `${object.name} is there twice`,
        expected: 'one object of a kind and name in a namespace',
        fix: 'rename one of them',
      }),
  }),
  rule({
    id: 'COR-002',
    severity: FindingSeverity.ERROR,
    title: 'A workload selects its own pods',
    why: 'The API server refuses a selector that does not match the template.',
    evidence: 'Refused by a real API server.',
    of: servers,
    check: ({ object, podLabels }) => {
      const selector = recordAt(object.manifest, 'spec', 'selector');
      return when(!selector || !selects(selector, podLabels), {
        path: 'spec.selector',
        measured: JSON.stringify(selector ?? 'not set'),
        expected: 'labels of its own template',
        fix: 'use the labels of the template',
      });
    },
  }),
  rule({
    id: 'COR-003',
    severity: FindingSeverity.ERROR,
    title: 'A Service leads to ports of pods that are there',
    why: 'A Service whose selector or port has a mistake answers nobody.',
    evidence: 'kube-linter dangling-service, invalid-target-ports.',
    of: (inventory) => objects('Service')(inventory).filter(({ object }) => serviceSelector(object)),
    check: ({ object }, inventory) => {
      const workloads = inventory.selected(object.namespace, serviceSelector(object) ?? {});
      if (workloads.length === 0) {
        return [
          {
            path: 'spec.selector',
            measured: 'selects no workload of these manifests',
            expected: 'the labels of a pod',
            fix: 'correct the selector',
          },
        ];
      }
      const ports = workloads.flatMap(({ containers }) =>
        containers.flatMap(({ container }) => recordsAt(container, 'ports')),
      );
      return recordsAt(object.manifest, 'spec', 'ports').flatMap((port, index) => {
        const target = port.targetPort ?? port.port;
        return when(!ports.some((one) => one.name === target || one.containerPort === target), {
          path: `spec.ports[${index}].targetPort`,
          measured: String(target),
          expected: `one of ${ports.map((one) => String((one.name ?? one.containerPort) as string | number)).join(', ') || 'no ports'}`,
          fix: 'name a port of the container',
        });
      });
    },
  }),
  rule({
    id: 'COR-004',
    severity: FindingSeverity.ERROR,
    title: 'Every volume that is mounted is there, and every ConfigMap and account that a pod names',
    why: 'The API server refuses a mount without a volume; a pod whose ConfigMap or account is missing never starts.',
    evidence: 'Refused by a real API server; kube-linter non-existent-service-account.',
    of: (inventory) => inventory.workloads,
    check: ({ object, pod, podPath, containers }, inventory): Problem[] => {
      const volumes = [
        ...recordsAt(pod, 'volumes').map((volume) => volume.name),
        ...recordsAt(object.manifest, 'spec', 'volumeClaimTemplates').map((claim) =>
          get(claim, 'metadata', 'name'),
        ),
      ];
      const account = textAt(pod, 'serviceAccountName');
      return [
        ...containers.flatMap(({ container, path }) =>
          recordsAt(container, 'volumeMounts').flatMap((mount, index) =>
            when(!volumes.includes(mount.name), {
              path: `${path}.volumeMounts[${index}].name`,
              measured: String(mount.name as string),
              expected: `one of ${volumes.map((name) => String(name as string)).join(', ') || 'no volumes'}`,
              fix: 'add the volume, or correct the name',
            }),
          ),
        ),
        ...recordsAt(pod, 'volumes').flatMap((volume, index) => {
          const source = recordAt(volume, 'configMap');
          const name = textAt(source, 'name');
          if (!source || name === undefined || source.optional === true) return [];
          const configMap = inventory.find('ConfigMap', object.namespace, name);
          const keys = Object.keys(textsAt(configMap?.manifest, 'data'));
          const lost = recordsAt(source, 'items')
            .flatMap((item) => textAt(item, 'key') ?? [])
            .filter((key) => !keys.includes(key));
          return when(configMap === undefined || lost.length > 0, {
            path: `${podPath}.volumes[${index}].configMap`,
            measured:
              configMap === undefined ? `${name}, which is not there` : `${name} without ${lost.join(', ')}`,
            expected: 'a ConfigMap of these manifests with these keys',
            fix: 'add it, or correct the name',
          });
        }),
        ...when(
          account !== undefined &&
            account !== 'default' &&
            !exists(inventory, 'ServiceAccount', object, account),
          {
            path: `${podPath}.serviceAccountName`,
            measured: `${account}, which is not there`,
            expected: 'a ServiceAccount of these manifests',
            fix: 'add it, or correct the name',
          },
        ),
      ];
    },
  }),
  rule({
    id: 'COR-005',
    severity: FindingSeverity.ERROR,
    title: 'Names inside a container are unique',
    why: 'Of two variables with one name the last one wins, without a word; two ports of one name are refused.',
    evidence: 'Accepted by a real API server: duplicate env names; kube-linter duplicate-env-var.',
    of: allContainers,
    check: ({ container, path }) =>
      [
        ['env', 'name'],
        ['ports', 'name'],
        ['volumeMounts', 'mountPath'],
      ].flatMap(([list, field]) => {
        const twice = repeated(recordsAt(container, list).map((one) => one[field]));
        return when(twice.length > 0, {
          path: `${path}.${list}`,
          measured: `${twice.map((one) => String(one as string)).join(', ')} twice`,
          expected: 'each once',
          fix: 'remove one',
        });
      }),
  }),
  rule({
    id: 'COR-006',
    severity: FindingSeverity.ERROR,
    title: 'Routes lead to Services that are there',
    why: 'A route to a Service that is not there answers 503.',
    evidence: 'kube-score ingress-targets-service.',
    of: objects('Ingress', 'HTTPRoute'),
    check: ({ object }, inventory) => {
      const backends =
        object.kind === 'Ingress'
          ? recordsAt(object.manifest, 'spec', 'rules')
              .flatMap((one) => recordsAt(one, 'http', 'paths'))
              .flatMap((path) => recordAt(path, 'backend', 'service') ?? [])
              .map((service) => ({
                name: textAt(service, 'name') ?? '',
                port: get(service, 'port', 'name') ?? get(service, 'port', 'number'),
              }))
          : recordsAt(object.manifest, 'spec', 'rules')
              .flatMap((one) => recordsAt(one, 'backendRefs'))
              .map((backend) => ({ name: textAt(backend, 'name') ?? '', port: backend.port }));
      return backends.flatMap(({ name, port }) => {
        const service = inventory.find('Service', object.namespace, name);
        const ports = recordsAt(service?.manifest, 'spec', 'ports');
        return when(!ports.some((one) => one.port === port || one.name === port), {
          path: 'spec.rules',
          measured: service ? `${name} has no port ${String(port)}` : `${name}, which is not there`,
          expected: 'a port of a Service of these manifests',
          fix: 'correct the name or the port',
        });
      });
    },
  }),
  rule({
    id: 'COR-007',
    severity: FindingSeverity.ERROR,
    title: 'Requests are not above limits',
    why: 'The API server refuses the pod.',
    evidence: 'Refused by a real API server.',
    of: (inventory) => inventory.workloads,
    check: ({ containers, malformed, podPath }) => [
      ...malformed.map((path) => ({
        path: `${podPath}.${path}`,
        measured: 'no quantity',
        expected: 'a quantity, such as 250m or 512Mi',
        fix: 'correct it',
      })),
      ...containers.flatMap(({ container, path }) => {
        const [requests, limits] = ['requests', 'limits'].map(
          (which) => recordAt(container, 'resources', which) ?? {},
        );
        return Object.keys(requests).flatMap((resource) => {
          const [least, most] = [amount(resource, requests[resource]), amount(resource, limits[resource])];
          return when(least !== undefined && most !== undefined && least > most, {
            path: `${path}.resources.requests.${resource}`,
            measured: `${String(requests[resource])}, above the limit of ${String(limits[resource])}`,
            expected: 'at most the limit',
            fix: 'lower it, or raise the limit',
          });
        });
      }),
    ],
  }),
];
