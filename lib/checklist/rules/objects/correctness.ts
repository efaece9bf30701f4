import { FindingSeverity } from '../../../finding/finding';
import {
  type ContainerOf,
  type Inventory,
  type KubernetesObject,
  POD_TEMPLATE_PATH,
} from '../../../inventory/inventory';
import { get, type Json, listAt, recordAt, recordsAt, textAt, textsAt } from '../../../inventory/json';
import { allContainers, servers, serviceSelector } from '../../../inventory/relations';
import { selects } from '../../../inventory/selectors';
import { parseBytes, parseCpu } from '../../../units/quantity';
import { objects, type Problem, type Rule, rule, when } from '../../rule';

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

/** Files that a command names below a mounted ConfigMap which does not hold them. */
function missingFiles({ container, workload, object, path }: ContainerOf, inventory: Inventory): Problem[] {
  const words = [...listAt(container, 'command'), ...listAt(container, 'args')].filter(
    (word): word is string => typeof word === 'string',
  );
  return recordsAt(container, 'volumeMounts').flatMap((mount) => {
    const volume = recordsAt(workload.pod, 'volumes').find((one) => one.name === mount.name);
    const source = recordAt(volume, 'configMap');
    const configMap = inventory.find('ConfigMap', object.namespace, textAt(source, 'name') ?? '');
    const mountPath = textAt(mount, 'mountPath');
    if (!source || !configMap || mountPath === undefined) return [];
    const items = recordsAt(source, 'items');
    const files =
      items.length > 0
        ? items.map((item) => textAt(item, 'path'))
        : Object.keys(textsAt(configMap.manifest, 'data'));
    return words.flatMap((word) => {
      const [, file] =
        new RegExp(`(?:^|=)${mountPath.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}/([^\\s:]+)$`).exec(word) ?? [];
      return when(file !== undefined && !files.includes(file), {
        path: `${path}.args`,
        measured: `${word}, which ${configMap.name} does not hold`,
        expected: `one of ${files.map((one) => `${mountPath}/${one}`).join(', ')}`,
        fix: 'correct the path, or add the file',
      });
    });
  });
}

/** Ports that are listed twice; TCP and UDP are different ports. */
function samePorts(container: Json, path: string): Problem[] {
  const twice = repeated(
    recordsAt(container, 'ports').map(
      ({ containerPort, protocol = 'TCP' }) => `${String(containerPort)}/${String(protocol)}`,
    ),
  );
  return when(twice.length > 0, {
    path: `${path}.ports`,
    measured: `${twice.map(String).join(', ')} twice`,
    expected: 'each once',
    fix: 'remove one',
  });
}

/** Kinds without a namespace. */
const CLUSTER_KINDS =
  /^(Namespace|Node|PersistentVolume|StorageClass|PriorityClass|IngressClass|GatewayClass|RuntimeClass|CSIDriver|CustomResourceDefinition|APIService|Cluster.*|.*WebhookConfiguration|ValidatingAdmission.*)$/;

/** What may be in a list once. */
const UNIQUE = [
  ['env', 'name'],
  ['ports', 'name'],
  ['volumeMounts', 'mountPath'],
] as const;

/** What the API server requires of each entry of a list. */
const REQUIRED = [
  ['env', 'name'],
  ['ports', 'containerPort'],
  ['volumeMounts', 'mountPath'],
] as const;

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
      return when(!selector || Object.keys(selector).length === 0 || !selects(selector, podLabels), {
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
    of: (inventory) =>
      objects(inventory, 'Service').filter(
        ({ object }) => textAt(object.manifest, 'spec', 'type') !== 'ExternalName',
      ),
    check: ({ object }, inventory) => {
      const selector = serviceSelector(object);
      const workloads = selector ? inventory.selected(object.namespace, selector) : [];
      if (workloads.length === 0) {
        return [
          {
            path: 'spec.selector',
            measured: selector ? 'selects no workload of these manifests' : 'not set',
            expected: 'the labels of a pod',
            fix: 'correct the selector',
          },
        ];
      }
      const ports = workloads.flatMap(({ containers }) =>
        containers.flatMap(({ container }) => recordsAt(container, 'ports')),
      );
      const own = recordsAt(object.manifest, 'spec', 'ports');
      if (own.length === 0)
        return [{ path: 'spec.ports', measured: 'none', expected: 'at least one port', fix: 'add it' }];
      return own.flatMap((port, index) => {
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
        ...volumes
          .filter(
            (name) =>
              !containers.some(({ container }) =>
                recordsAt(container, 'volumeMounts').some((mount) => mount.name === name),
              ),
          )
          .map((name) => ({
            path: `${podPath}.volumes`,
            measured: `${String(name as string)}, which no container mounts`,
            expected: 'a mount for every volume',
            fix: 'mount it, or remove it',
          })),
        ...containers.flatMap((container) => missingFiles(container, inventory)),
        ...recordsAt(pod, 'volumes').flatMap((volume, index) => {
          const source = recordAt(volume, 'configMap');
          if (!source || source.optional === true) return [];
          const name = textAt(source, 'name') ?? 'no name';
          const configMap = inventory.find('ConfigMap', object.namespace, name);
          const keys = Object.keys(textsAt(configMap?.manifest, 'data'));
          const lost = recordsAt(source, 'items')
            .map((item) => textAt(item, 'key') ?? 'a key')
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
    title: 'Names inside a container are there, and unique',
    why: 'Of two variables with one name the last one wins, without a word; two ports of one name are refused.',
    evidence: 'Accepted by a real API server: duplicate env names; kube-linter duplicate-env-var.',
    of: allContainers,
    check: ({ container, path, name }) => [
      ...samePorts(container, path),
      ...when(name === '', { path: `${path}.name`, measured: 'not set', expected: 'a name', fix: 'name it' }),
      ...REQUIRED.flatMap(([list, field]) =>
        recordsAt<Json, string>(container, list).flatMap((one, index) =>
          when(one[field] === undefined, {
            path: `${path}.${list}[${index}].${field}`,
            measured: 'not set',
            expected: `a ${field}`,
            fix: 'set it: the API server refuses it',
          }),
        ),
      ),
      ...UNIQUE.flatMap(([list, field]) => {
        const twice = repeated(recordsAt<Json, string>(container, list).map((one) => one[field]));
        return when(twice.length > 0, {
          path: `${path}.${list}`,
          measured: `${twice.map((one) => String(one as string)).join(', ')} twice`,
          expected: 'each once',
          fix: 'remove one',
        });
      }),
    ],
  }),
  rule({
    id: 'COR-006',
    severity: FindingSeverity.ERROR,
    title: 'Routes lead to Services that are there',
    why: 'A route to a Service that is not there answers 503.',
    evidence: 'kube-score ingress-targets-service.',
    of: (inventory) => objects(inventory, 'Ingress', 'HTTPRoute'),
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
      if (backends.length === 0)
        return [{ path: 'spec.rules', measured: 'no backend', expected: 'a Service', fix: 'name one' }];
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
        const requests = recordAt(container, 'resources', 'requests') ?? {};
        const limits = recordAt(container, 'resources', 'limits') ?? {};
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
  rule({
    id: 'COR-008',
    severity: FindingSeverity.ERROR,
    title: 'Every object has a name, and its namespace where others have one',
    why: 'One without a name is refused; one without a namespace goes wherever it is applied from.',
    evidence: 'kube-linter use-namespace.',
    of: (inventory) => {
      const places = inventory.objects.some(({ namespace }) => namespace !== undefined);
      return inventory.objects.map((object) => ({ object, places }));
    },
    check: ({ object, places }) => [
      ...when(object.name === '', {
        path: 'metadata.name',
        measured: 'not set',
        expected: 'a name',
        fix: 'name it',
      }),
      ...when(places && object.namespace === undefined && !CLUSTER_KINDS.test(object.kind), {
        path: 'metadata.namespace',
        measured: 'not set, while other objects name theirs',
        expected: 'the namespace of the others',
        fix: 'set it',
      }),
    ],
  }),
  rule({
    id: 'COR-009',
    severity: FindingSeverity.ERROR,
    title: 'What belongs to one workload selects one',
    why: 'A Deployment whose selector reaches other pods adopts or deletes them; a disruption budget over two workloads counts them together.',
    evidence: 'Kubernetes, Deployment: do not create other pods whose labels match the selector.',
    of: (inventory) => [
      ...servers(inventory).map(({ object }) => ({ object })),
      ...objects(inventory, 'PodDisruptionBudget'),
    ],
    check: ({ object }, inventory) => {
      const selector = recordAt(object.manifest, 'spec', 'selector');
      const names = selector
        ? inventory.selected(object.namespace, selector).map((workload) => workload.object.name)
        : [];
      return when(names.length > 1, {
        path: 'spec.selector',
        measured: `selects the pods of ${names.length} workloads: ${names.slice(0, 5).join(', ')}`,
        expected: 'the pods of one',
        fix: 'add a label that only its own pods have',
      });
    },
  }),
  rule({
    id: 'COR-010',
    severity: FindingSeverity.ERROR,
    title: 'A workload has a pod template with containers',
    why: 'The API server refuses it.',
    evidence: 'Kubernetes API: spec.template.spec.containers is required.',
    of: (inventory) => objects(inventory, ...Object.keys(POD_TEMPLATE_PATH)),
    check: ({ object }, inventory) =>
      when((inventory.workload(object.kind, object.namespace, object.name)?.containers.length ?? 0) === 0, {
        path: [...POD_TEMPLATE_PATH[object.kind], 'spec', 'containers'].join('.'),
        measured: 'none',
        expected: 'at least one container',
        fix: 'add it',
      }),
  }),
];
