import { FindingSeverity } from '../../../finding/finding';
import { servedMinors } from '../../../inventory/api/api-definitions';
import { fieldThatSays } from '../../../inventory/command-line';
import {
  type ContainerOf,
  type Inventory,
  type KubernetesObject,
  POD_TEMPLATE_PATH,
  type WorkloadObject,
} from '../../../inventory/inventory';
import {
  get,
  getPath,
  type Json,
  listAt,
  recordAt,
  recordsAt,
  textAt,
  textsAt,
} from '../../../inventory/json';
import {
  areTogether,
  directoryOf,
  isDangling,
  isMissing,
  mayBeAlternatives,
  mayBeMadeElsewhere,
  type Reference,
  referencesOf,
  workloadsNear,
} from '../../../inventory/references';
import { allContainers, servers, serviceSelector } from '../../../inventory/relations';
import { selects } from '../../../inventory/selectors';
import { parseBytes, parseCpu } from '../../../units/quantity';
import { objects, type Problem, type Rule, rule, when } from '../../rule';

/** What two objects may not share; those of different directories need not be applied together. */
const identity = ({ apiVersion, kind, namespace, name, source }: KubernetesObject) =>
  [
    apiVersion.split('/').slice(0, -1).join('/'),
    kind,
    namespace ?? '',
    name,
    source?.file.replace(/[^/]*$/, '') ?? '',
  ].join('\n');

function twins(inventory: Inventory) {
  const first = new Map<string, KubernetesObject>();
  return inventory.objects.map((object) => {
    const isNamed = object.isGenerated !== true && object.name !== '';
    const twin = isNamed ? first.get(identity(object)) : undefined;
    if (isNamed && !twin) first.set(identity(object), object);
    return { object, twin };
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
        path: `${path}.${fieldThatSays(container, word)}`,
        measured: `${word}, which ${configMap.name} does not hold`,
        expected: `one of ${files.map((one) => `${mountPath}/${one}`).join(', ')}`,
        fix: 'correct the path, or add the file',
      });
    });
  });
}

/** What is wrong with a name that a pod says: nothing of that name is there, or it lacks a key. */
function unmet(
  { kind, name, path, keys }: Reference,
  object: KubernetesObject,
  inventory: Inventory,
): Problem[] {
  const found = inventory.find(kind, object.namespace, name);
  if (!found)
    return when(isMissing(inventory, kind, object, name), {
      // Secrets are seldom all in one set.
      severity: kind === 'Secret' ? FindingSeverity.WARNING : undefined,
      path,
      measured: `${kind} ${name}, which is not there`,
      expected: `a ${kind} of these manifests`,
      fix: `add it, or correct the name: the pod does not start without it`,
    });
  if (kind !== 'ConfigMap' && kind !== 'Secret') return [];
  const held = ['data', 'binaryData', 'stringData'].flatMap((field) =>
    Object.keys(recordAt(found.manifest as Json, field) ?? {}),
  );
  // A Secret without data is filled in by somebody.
  const lost = held.length === 0 && kind === 'Secret' ? [] : keys.filter((key) => !held.includes(key));
  return when(lost.length > 0, {
    path,
    measured: `${kind} ${name} without ${lost.join(', ')}`,
    expected: held.length === 0 ? 'a key that it has' : `one of ${held.slice(0, 10).join(', ')}`,
    fix: 'add the key, or correct its name',
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
    // The API server only warns.
    severity: FindingSeverity.WARNING,
    path: `${path}.ports`,
    measured: `${twice.map(String).join(', ')} twice`,
    expected: 'each once',
    fix: 'remove one',
  });
}

/** Kinds of Kubernetes that are in a namespace; of others nobody knows here. */
const NAMESPACED: ReadonlySet<string> = new Set([
  ...Object.keys(POD_TEMPLATE_PATH),
  ...['ConfigMap', 'HorizontalPodAutoscaler', 'HTTPRoute', 'Ingress', 'LimitRange', 'NetworkPolicy'],
  ...['PersistentVolumeClaim', 'PodDisruptionBudget', 'PodMonitor', 'PrometheusRule', 'ResourceQuota'],
  ...['Role', 'RoleBinding', 'ScaledObject', 'Secret', 'Service', 'ServiceAccount', 'ServiceMonitor'],
  ...['VerticalPodAutoscaler'],
]);

/** An object of the same name is there twice (COR-001), or, in another directory, an alternative of it, of whatever kind. */
const isAlternative = (one: KubernetesObject, other: KubernetesObject) =>
  one !== other &&
  one.name === other.name &&
  one.namespace === other.namespace &&
  (one.kind === other.kind || directoryOf(one) !== directoryOf(other));

/** The first of each name. */
function isFirstOfItsName(
  { object }: WorkloadObject,
  index: number,
  all: readonly WorkloadObject[],
): boolean {
  return all.findIndex((other) => other.object === object || isAlternative(other.object, object)) === index;
}

/** Configuration of a tool looks like an object, and has no metadata. */
const isForTheApi = ({ apiVersion, manifest }: KubernetesObject) =>
  recordAt(manifest, 'metadata') !== undefined ||
  servedMinors(apiVersion, textAt(manifest, 'kind') ?? '') !== undefined;

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

interface Backend {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly port: unknown;
  readonly path: string;
}

interface Backends {
  readonly backends: readonly Backend[];
  /** Whether every rule leads somewhere. */
  readonly isComplete: boolean;
}

/** Backends of an Ingress that are Services; a resource, or an action that an annotation describes, is none. */
function ingressBackends({ manifest, namespace }: KubernetesObject): Backends {
  // Nobody gets to the backend of what only redirects.
  const redirects = Object.keys(textsAt(manifest, 'metadata', 'annotations')).some((key) =>
    /\/(permanent|temporal)-redirect$/.test(key),
  );
  const given = [
    { backend: recordAt(manifest, 'spec', 'defaultBackend'), path: 'spec.defaultBackend' },
    ...recordsAt(manifest, 'spec', 'rules').flatMap((one, index) =>
      recordsAt(one, 'http', 'paths').map((entry, at) => ({
        backend: recordAt(entry, 'backend'),
        path: `spec.rules[${index}].http.paths[${at}].backend.service`,
      })),
    ),
  ].filter(({ backend }) => backend !== undefined);
  return {
    isComplete: given.length > 0,
    backends: given.flatMap(({ backend, path }) => {
      const service = recordAt(backend, 'service');
      const port = get(service, 'port', 'name') ?? get(service, 'port', 'number');
      return service && port !== 'use-annotation' && !redirects
        ? [{ name: textAt(service, 'name') ?? '', namespace, port, path }]
        : [];
    }),
  };
}

/** Backends of an HTTPRoute; a rule that redirects has none. */
function routeBackends({ manifest, namespace }: KubernetesObject): Backends {
  const rules = recordsAt(manifest, 'spec', 'rules');
  const leads = (one: Json) =>
    recordsAt(one, 'backendRefs').length > 0 ||
    recordsAt(one, 'filters').some(({ type }) => type === 'RequestRedirect' || type === 'ExtensionRef');
  return {
    isComplete: rules.length > 0 && rules.every(leads),
    backends: rules.flatMap((one, index) =>
      recordsAt(one, 'backendRefs').flatMap((backend, at) =>
        (backend.kind ?? 'Service') === 'Service' && (backend.group ?? '') === ''
          ? [
              {
                name: textAt(backend, 'name') ?? '',
                namespace: textAt(backend, 'namespace') ?? namespace,
                port: backend.port,
                path: `spec.rules[${index}].backendRefs[${at}]`,
              },
            ]
          : [],
      ),
    ),
  };
}

export const CORRECTNESS_RULES: readonly Rule[] = [
  rule({
    id: 'COR-001',
    severity: FindingSeverity.ERROR,
    title: 'No two objects have one name',
    why: 'The second overwrites the first when it is applied.',
    evidence: 'kubectl apply; each manifest is valid on its own, so nothing else notices.',
    of: twins,
    check: ({ object, twin }) =>
      when(twin !== undefined, {
        // Files beside each other may be alternatives.
        severity: twin?.source?.file === object.source?.file ? undefined : FindingSeverity.WARNING,
        path: 'metadata.name',
        measured: `${object.name} is there twice${twin?.source ? `, first in ${twin.source.file}` : ''}`,
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
    // A kustomization may add the selector, and the labels with it.
    of: (inventory) => servers(inventory).filter(({ object }) => object.source?.addsSelectors !== true),
    check: ({ object, podLabels }) => {
      const selector = recordAt(object.manifest, 'spec', 'selector');
      return when(!selector || Object.keys(selector).length === 0 || !selects(selector, podLabels), {
        path: 'spec.selector',
        measured: selector === undefined ? 'not set' : JSON.stringify(selector),
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
    check: ({ object }, inventory): Problem[] => {
      const selector = serviceSelector(object);
      const own = recordsAt(object.manifest, 'spec', 'ports');
      const isHeadless = textAt(object.manifest, 'spec', 'clusterIP') === 'None';
      const lacksPorts = when(own.length === 0 && !isHeadless, {
        path: 'spec.ports',
        measured: 'none',
        expected: 'at least one port',
        fix: 'add it: the API server refuses it',
      });
      // Whoever writes none writes the EndpointSlices too.
      if (!selector) return lacksPorts;
      const workloads = inventory.selected(object.namespace, selector);
      if (workloads.length === 0) {
        if (inventory.selectedManaged(object.namespace, selector).length > 0) return lacksPorts;
        const verdict = isDangling(inventory, object, selector);
        return when(verdict !== 'no', {
          severity: verdict === 'surely' ? undefined : FindingSeverity.WARNING,
          path: 'spec.selector',
          measured: 'selects no workload of these manifests',
          expected: 'the labels of a pod',
          fix: 'correct the selector',
        });
      }
      const ports = workloads.flatMap(({ containers }) =>
        containers.flatMap(({ container }) => recordsAt(container, 'ports')),
      );
      return [
        ...lacksPorts,
        ...own.flatMap((port, index) => {
          // A number reaches whatever listens there; a name is looked up.
          const { targetPort } = port;
          return when(typeof targetPort === 'string' && !ports.some((one) => one.name === targetPort), {
            path: `spec.ports[${index}].targetPort`,
            measured: `${String(targetPort)}, which no port of the pods is called`,
            expected: `one of ${ports.flatMap((one) => (typeof one.name === 'string' ? [one.name] : [])).join(', ') || 'no names: a number'}`,
            fix: 'name a port of the container, or write the number that it listens on',
          });
        }),
      ];
    },
  }),
  rule({
    id: 'COR-004',
    severity: FindingSeverity.ERROR,
    title: 'Every volume that is mounted is there, and every ConfigMap and account that a pod names',
    why: 'The API server refuses a mount without a volume; a pod whose ConfigMap or account is missing never starts.',
    evidence: 'Refused by a real API server; kube-linter non-existent-service-account.',
    of: (inventory) => inventory.workloads,
    check: (workload, inventory): Problem[] => {
      const { object, pod, podPath, containers } = workload;
      const volumes = [
        ...recordsAt(pod, 'volumes').map((volume) => volume.name),
        ...recordsAt(object.manifest, 'spec', 'volumeClaimTemplates').map((claim) =>
          get(claim, 'metadata', 'name'),
        ),
      ];
      const uses = (container: Json, name: unknown) =>
        [...recordsAt(container, 'volumeMounts'), ...recordsAt(container, 'volumeDevices')].some(
          (mount) => mount.name === name,
        );
      return [
        ...containers.flatMap(({ container, path }) =>
          recordsAt(container, 'volumeMounts').flatMap((mount, index) =>
            when(!volumes.includes(mount.name), {
              path: `${path}.volumeMounts[${index}].name`,
              measured: `${String(mount.name as string)}, which is no volume of the pod`,
              expected: `one of ${volumes.map((name) => String(name as string)).join(', ') || 'no volumes'}`,
              fix: 'add the volume, or correct the name',
            }),
          ),
        ),
        ...recordsAt(pod, 'volumes').flatMap(({ name }, index) =>
          when(!containers.some(({ container }) => uses(container, name)), {
            // The pod runs all the same.
            severity: FindingSeverity.WARNING,
            path: `${podPath}.volumes[${index}]`,
            measured: `${String(name as string)}, which no container mounts`,
            expected: 'a mount for every volume',
            fix: 'mount it, or remove it',
          }),
        ),
        ...containers.flatMap((container) => missingFiles(container, inventory)),
        ...referencesOf(workload)
          .filter(({ isOptional }) => !isOptional)
          .flatMap((reference) => unmet(reference, object, inventory)),
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
          // Of variables the last one counts.
          severity: list === 'env' ? FindingSeverity.WARNING : undefined,
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
    // The shape of older versions is another one: COR-014.
    of: (inventory) =>
      objects(inventory, 'Ingress', 'HTTPRoute').filter(
        ({ object }) => !/beta/.test(object.apiVersion) || object.kind === 'HTTPRoute',
      ),
    check: ({ object }, inventory) => {
      const { backends, isComplete } =
        object.kind === 'Ingress' ? ingressBackends(object) : routeBackends(object);
      return [
        ...when(!isComplete, {
          path: 'spec.rules',
          measured: 'no backend',
          expected: 'a Service',
          fix: 'name one',
        }),
        ...backends.flatMap(({ name, namespace, port, path }) => {
          const service = inventory.find('Service', namespace, name);
          const ports = recordsAt(service?.manifest, 'spec', 'ports');
          const isElsewhere =
            !service &&
            (workloadsNear(inventory, namespace).length === 0 ||
              mayBeMadeElsewhere(inventory, namespace, { matchLabels: { name } }));
          const isOpen = ports.some((one) => one.port === port || one.name === port);
          return when(!isElsewhere && !isOpen, {
            severity: service ? undefined : FindingSeverity.WARNING,
            path,
            measured: service ? `${name} has no port ${String(port)}` : `${name}, which is not there`,
            expected: service
              ? `one of ${ports.map((one) => String((one.name ?? one.port) as string | number)).join(', ')}`
              : 'a Service of these manifests',
            fix: 'correct the name or the port',
          });
        }),
      ];
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
      const places = new Set(
        inventory.objects
          .filter(({ namespace, kind }) => namespace !== undefined && NAMESPACED.has(kind))
          .map(directoryOf),
      );
      return inventory.objects
        .filter(isForTheApi)
        .map((object) => ({ object, places: places.has(directoryOf(object)) }));
    },
    check: ({ object, places }) => [
      ...when(object.name === '', {
        path: 'metadata.name',
        measured: 'not set',
        expected: 'a name',
        fix: 'name it',
      }),
      // What a kustomization holds has its namespace from there.
      ...when(
        places &&
          object.namespace === undefined &&
          NAMESPACED.has(object.kind) &&
          object.source?.unit === undefined,
        {
          severity: FindingSeverity.WARNING,
          path: 'metadata.namespace',
          measured: 'not set, while other objects name theirs',
          expected: 'the namespace of the others',
          fix: 'set it',
        },
      ),
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
      const reached = selector
        ? inventory
            .selected(object.namespace, selector)
            .filter(
              (workload) =>
                workload.object === object ||
                (areTogether(workload.object, object) && !isAlternative(workload.object, object)),
            )
            .filter(isFirstOfItsName)
            .map((workload) => workload.object)
        : [];
      return when(reached.length > 1, {
        severity: reached.every((one) => one === object || mayBeAlternatives(inventory, one, object))
          ? FindingSeverity.WARNING
          : undefined,
        path: 'spec.selector',
        measured: `selects the pods of ${reached.length} workloads: ${reached
          .slice(0, 5)
          .map(({ name }) => name)
          .join(', ')}`,
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
    check: ({ object }) => {
      const template = getPath(object.manifest, POD_TEMPLATE_PATH[object.kind]);
      // A Rollout may take the pods of a Deployment.
      const isLent = recordAt(object.manifest, 'spec', 'workloadRef') !== undefined;
      return when(recordsAt(template, 'spec', 'containers').length === 0 && !isLent, {
        path: [...POD_TEMPLATE_PATH[object.kind], 'spec', 'containers'].join('.'),
        measured: 'none',
        expected: 'at least one container',
        fix: 'add it',
      });
    },
  }),
];
