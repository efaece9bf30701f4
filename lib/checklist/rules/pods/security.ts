import type { Secret } from 'kubernetes-types/core/v1';
import { FindingSeverity } from '../../../finding/finding';
import { literalsOf } from '../../../inventory/environment';
import type { ContainerOf, Inventory, KubernetesObject } from '../../../inventory/inventory';
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
import { memo } from '../../../inventory/memo';
import { RESTRICTED_VOLUMES } from '../../../inventory/pod-security';
import { allContainers } from '../../../inventory/relations';
import { hasPlaceholder } from '../../../units/placeholder';
import { objects, type Problem, type Rule, rule, when } from '../../rule';

const SAFE_SYSCTLS = [
  'kernel.shm_rmid_forced',
  ...[
    'ip_local_port_range',
    'ip_local_reserved_ports',
    'ip_unprivileged_port_start',
    'ping_group_range',
    'tcp_fin_timeout',
    'tcp_keepalive_intvl',
    'tcp_keepalive_probes',
    'tcp_keepalive_time',
    'tcp_notsent_lowat',
    'tcp_rmem',
    'tcp_slow_start_after_idle',
    'tcp_syncookies',
    'tcp_wmem',
  ].map((name) => `net.ipv4.${name}`),
];
const SECRET_NAME =
  /pass(word|wd|phrase)?$|(^|_)pwd$|secret$|secret_?(access_?)?key(_base)?$|token$|(api|private|encryption|signing|master)_?key$|credentials?$/i;
/** Names that end like a secret and say where one is, or something about one. */
const NO_SECRET = /_(file|path|name|url|ref|id|ttl|expiry|length|type)$/i;
/** A password in an address: `postgres://shop:secret@db/shop`. */
const SECRET_IN_URL = /^[a-z][a-z0-9+.-]*:\/\/[^/@\s:]*:([^@/\s]+)@/i;

/** What stands for a password that is elsewhere, or for one that nobody has chosen yet. */
function isStandIn(value: string): boolean {
  return (
    value === '' ||
    hasPlaceholder(value) ||
    /^(\$\(.*\)|<.*>|\*+|x+|ENC\[.*|vault:.*|ref\+.*|op:\/\/.*|(true|false|none|null|\d))$/is.test(value)
  );
}

function isSecret(name: string, value: string): boolean {
  const inUrl = SECRET_IN_URL.exec(value)?.[1];
  if (inUrl !== undefined) return !isStandIn(inUrl);
  return SECRET_NAME.test(name) && !NO_SECRET.test(name) && !isStandIn(value) && !/^\/[\w./-]+$/.test(value);
}

/** What a text says that is secret, whatever it is called. */
const SECRET_TEXT = /-----BEGIN [A-Z ]*PRIVATE KEY-----|[a-z][a-z0-9+.-]*:\/\/[^/@\s:]+:[^$<{@/\s][^@/\s]*@/;

/** Keys of a Secret whose values can be read here. Encrypted ones (SOPS) and those that somebody fills in cannot. */
function readableKeys({ manifest }: KubernetesObject<Secret>): Array<{ field: string; key: string }> {
  const type = textAt(manifest, 'type') ?? '';
  if (recordAt(manifest as Json, 'sops') || type === 'kubernetes.io/service-account-token') return [];
  const texts = [
    ...Object.entries(textsAt(manifest, 'stringData')).map(([key, text]) => ({
      field: 'stringData',
      key,
      text,
    })),
    ...Object.entries(textsAt(manifest, 'data')).map(([key, text]) => ({
      field: 'data',
      key,
      text: Buffer.from(text, 'base64').toString('utf8'),
    })),
  ];
  return texts.filter(({ key, text }) => {
    if (isStandIn(text.trim())) return false;
    const name = key.replaceAll(/[-.]/g, '_');
    return (
      (SECRET_NAME.test(name) && !NO_SECRET.test(name)) ||
      /^(key|\.dockerconfigjson|auth|htpasswd)$/.test(key) ||
      SECRET_TEXT.test(text)
    );
  });
}

/** Passwords in the words that a container runs: `--password=hunter2`, or an address with one. */
function secretArguments({ container, path }: ContainerOf): Problem[] {
  const words = [...listAt(container, 'command'), ...listAt(container, 'args')].map(String);
  const told = words.filter((word) => {
    const [, name, value] = /^--?([\w-]+)=(.+)$/s.exec(word) ?? [];
    return name === undefined ? isSecret('', word) : isSecret(name.replaceAll('-', '_'), value);
  });
  return when(told.length > 0, {
    path: `${path}.args`,
    measured: `${told.map((word) => word.replace(/[=:@].*/s, '')).join(', ')} with a password`,
    expected: 'a variable from a Secret',
    fix: 'refer to a Secret, and change the password',
  });
}

/** One finding for a Secret, however much of it can be read. */
function readable(secret: KubernetesObject<Secret> | undefined): Problem[] {
  const keys = secret ? readableKeys(secret) : [];
  return when(keys.length > 0, {
    path: `${keys[0]?.field}["${keys[0]?.key}"]`,
    measured: `${keys.map(({ key }) => key).join(', ')}, which everybody who has the manifest can read: base64 hides nothing`,
    expected: 'an encrypted Secret (SOPS, SealedSecret), or an ExternalSecret',
    fix: 'take it out of Git, and change what was there',
  });
}

const isWindows = (pod: Json) =>
  textAt(pod, 'os', 'name') === 'windows' || get(pod, 'nodeSelector', 'kubernetes.io/os') === 'windows';

const secure = (value: unknown): Json => recordAt(value, 'securityContext') ?? {};

const SELINUX_TYPES: readonly unknown[] = ['', 'container_t', 'container_init_t', 'container_kvm_t'];

const problem = (path: string, measured: unknown, expected: string): Problem => ({
  path,
  measured: measured === undefined ? 'not set' : JSON.stringify(measured),
  expected,
  fix: 'set it as the restricted standard asks',
});

/** What a security context takes of the host, of a pod as of a container. */
function hostOptions(context: Json, path: string): Problem[] {
  const appArmor = get(context, 'appArmorProfile', 'type');
  const linux = recordAt(context, 'seLinuxOptions');
  return [
    ...when(
      get(context, 'windowsOptions', 'hostProcess') === true,
      problem(`${path}.windowsOptions.hostProcess`, true, 'false'),
    ),
    ...when(
      appArmor === 'Unconfined',
      problem(`${path}.appArmorProfile.type`, appArmor, 'RuntimeDefault or Localhost'),
    ),
    ...when(
      linux !== undefined && !SELINUX_TYPES.includes(linux.type ?? ''),
      problem(`${path}.seLinuxOptions.type`, linux?.type, 'a type of containers'),
    ),
    ...when(
      ['user', 'role'].some((field) => (linux?.[field] ?? '') !== ''),
      problem(`${path}.seLinuxOptions`, linux, 'no user and no role'),
    ),
  ];
}

/** Hosts that probes and hooks ask: the kubelet would ask them from the network of the node. */
function askedHosts(container: Json, path: string): Problem[] {
  const askers = [
    ...['readinessProbe', 'livenessProbe', 'startupProbe'].map((name) => [name]),
    ...['preStop', 'postStart'].map((name) => ['lifecycle', name]),
  ];
  return askers.flatMap((asker) =>
    ['httpGet', 'tcpSocket'].flatMap((handler) => {
      const host = textAt(getPath(container, asker), handler, 'host');
      return when(
        host !== undefined && host !== '',
        problem([path, ...asker, handler, 'host'].join('.'), host, 'none: the pod itself'),
      );
    }),
  );
}

const shown = (value: unknown, otherwise: string) =>
  value === undefined ? otherwise : JSON.stringify(value);

/** All that a container does not say, in one finding. */
function lacking(place: string, lacks: readonly string[]): Problem {
  const parts = lacks.map((one) => one.split(': ') as [string, string]);
  const [only] = parts;
  return {
    path: parts.length === 1 ? `${place}.${only[0].replace(/ .*/, '')}` : place,
    measured: parts.map(([field]) => field).join(', '),
    expected: parts.map(([field, expected]) => `${field.replace(/ .*/, '')} ${expected}`).join(', '),
    fix:
      parts.length === 1
        ? 'set it as the restricted standard asks'
        : 'set them as the restricted standard asks',
  };
}

/** Standard that a namespace enforces, where the set holds it. */
function enforcedLevel(namespace: string | undefined, inventory: Inventory): string | undefined {
  const object = namespace === undefined ? undefined : inventory.find('Namespace', undefined, namespace);
  return object && textsAt(object.manifest, 'metadata', 'labels')['pod-security.kubernetes.io/enforce'];
}

/** Names of accounts that some binding gives rights to: their pods need the token. */
const boundAccounts = memo(
  (inventory) =>
    new Set(
      inventory
        .ofKind('RoleBinding', 'ClusterRoleBinding')
        .flatMap(({ manifest }) => recordsAt(manifest, 'subjects'))
        .filter(({ kind }) => kind === 'ServiceAccount')
        .map(({ name }) => name),
    ),
);

/** What a pod breaks of the restricted Pod Security Standard, with its place. */
function restricted(
  pod: Json,
  podPath: string,
  containers: ReadonlyArray<{ container: Json; path: string }>,
): Problem[] {
  const own = secure(pod);
  const found: Problem[] = [];
  // Fields of Linux are not asked of a pod that names Windows.
  const isLinux = !isWindows(pod);
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC'])
    if (pod[field] === true) found.push(problem(`${podPath}.${field}`, true, 'false'));
  recordsAt(pod, 'volumes').forEach((volume, index) => {
    if (!RESTRICTED_VOLUMES.some((type) => type in volume))
      found.push(
        problem(
          `${podPath}.volumes[${index}]`,
          Object.keys(volume).filter((key) => key !== 'name'),
          `one of ${RESTRICTED_VOLUMES.join(', ')}`,
        ),
      );
  });
  found.push(...hostOptions(own, `${podPath}.securityContext`));
  recordsAt(own, 'sysctls').forEach((sysctl, index) => {
    if (!SAFE_SYSCTLS.includes(textAt(sysctl, 'name') ?? ''))
      found.push(
        problem(`${podPath}.securityContext.sysctls[${index}]`, sysctl.name, 'a sysctl of the safe set'),
      );
  });
  for (const { container, path } of containers) {
    const lacks: string[] = [];
    const lack = (field: string, given: unknown, expected: string) => {
      lacks.push(`${field} ${given === undefined ? 'not set' : JSON.stringify(given)}: ${expected}`);
    };
    const context = secure(container);
    const place = `${path}.securityContext`;
    const either = (field: string) => context[field] ?? own[field];
    if (context.privileged === true) found.push(problem(`${place}.privileged`, true, 'false'));
    if (isLinux && context.allowPrivilegeEscalation !== false)
      lack('allowPrivilegeEscalation', context.allowPrivilegeEscalation, 'false');
    if (isLinux && !listAt(context, 'capabilities', 'drop').includes('ALL'))
      lack('capabilities.drop', get(context, 'capabilities', 'drop'), '["ALL"]');
    const added = listAt(context, 'capabilities', 'add').filter((one) => one !== 'NET_BIND_SERVICE');
    if (isLinux && added.length > 0)
      found.push(problem(`${place}.capabilities.add`, added, 'none but NET_BIND_SERVICE'));
    if (either('runAsNonRoot') !== true) lack('runAsNonRoot', either('runAsNonRoot'), 'true');
    if (either('runAsUser') === 0) found.push(problem(`${place}.runAsUser`, 0, 'another user'));
    const seccomp = get(either('seccompProfile'), 'type');
    if (isLinux && seccomp !== 'RuntimeDefault' && seccomp !== 'Localhost')
      lack('seccompProfile.type', seccomp, 'RuntimeDefault or Localhost');
    if (lacks.length > 0) found.push(lacking(place, lacks));
    recordsAt(container, 'ports').forEach((port, index) => {
      if (port.hostPort !== undefined && port.hostPort !== 0)
        found.push(problem(`${path}.ports[${index}].hostPort`, port.hostPort, 'none'));
    });
    found.push(...hostOptions(context, place), ...askedHosts(container, path));
    if (context.procMount !== undefined && context.procMount !== 'Default')
      found.push(problem(`${place}.procMount`, context.procMount, 'Default'));
  }
  return found;
}

export const SECURITY_RULES: readonly Rule[] = [
  rule({
    id: 'SEC-001',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'Every pod meets the restricted Pod Security Standard',
    why: 'A namespace that enforces the standard refuses the pod; one that does not lets it take over the node.',
    evidence: 'kubernetes/pod-security-admission, policy/check_*.go.',
    of: (inventory) => inventory.workloads,
    check: ({ object, pod, podPath, containers }, inventory) => {
      const level = enforcedLevel(object.namespace, inventory);
      return restricted(pod, podPath, containers).map((one) => ({
        ...one,
        // There the pod is refused.
        ...(level === 'restricted' && { byDefault: FindingSeverity.ERROR }),
      }));
    },
  }),
  rule({
    id: 'SEC-002',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'Root file systems are read-only, and pods have no token that they do not need',
    why: 'Whoever breaks into a container can change its programs, and talk to the API server in its name.',
    evidence: 'NSA/CISA hardening guide: immutable root file system, automountServiceAccountToken false.',
    of: (inventory) => inventory.workloads,
    check: ({ pod, podPath, containers }, inventory) => [
      ...containers.flatMap(({ container, path }) =>
        when(!isWindows(pod) && secure(container).readOnlyRootFilesystem !== true, {
          path: `${path}.securityContext.readOnlyRootFilesystem`,
          measured: shown(secure(container).readOnlyRootFilesystem, 'not set'),
          expected: 'true',
          fix: 'set it, and mount emptyDirs where the program writes',
        }),
      ),
      ...when(
        pod.automountServiceAccountToken !== false && !boundAccounts(inventory).has(pod.serviceAccountName),
        {
          path: `${podPath}.automountServiceAccountToken`,
          measured: shown(pod.automountServiceAccountToken, 'not set: true'),
          expected: 'false',
          fix: 'set it, unless the program talks to the API server',
        },
      ),
      ...when(['default', undefined].includes(textAt(pod, 'serviceAccountName')), {
        path: `${podPath}.serviceAccountName`,
        measured: textAt(pod, 'serviceAccountName') ?? 'not set: default',
        expected: 'an account of its own',
        fix: 'add a ServiceAccount',
      }),
    ],
  }),
  rule({
    id: 'SEC-003',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'No password stands in a manifest',
    why: 'Manifests are in Git, in logs and on every developer’s disk.',
    evidence: 'Polaris sensitiveContainerEnvVar, sensitiveConfigmapContent.',
    of: (inventory) => [
      ...allContainers(inventory).map((container) => ({
        object: container.object,
        container,
        text: undefined,
        secret: undefined,
      })),
      ...inventory.ofKind('ConfigMap').map((object) => ({
        object,
        container: undefined,
        text: textsAt(object.manifest, 'data'),
        secret: undefined,
      })),
      ...objects(inventory, 'Secret').map(({ object }) => ({
        object,
        container: undefined,
        text: undefined,
        secret: object,
      })),
    ],
    check: ({ container, text, secret }) => [
      ...readable(secret),
      ...(container ? secretArguments(container) : []),
      ...(container ? [...literalsOf(container)] : [])
        .filter(([name, value]) => isSecret(name, value))
        .map(([name]) => ({
          path: `${container?.path}.env`,
          measured: `${name} with a value`,
          expected: 'valueFrom.secretKeyRef',
          fix: 'refer to a Secret, and change the password',
        })),
      ...Object.entries(text ?? {})
        .filter(
          ([key, value]) =>
            (!value.includes('\n') && isSecret(key.replaceAll(/[-.]/g, '_'), value)) ||
            /-----BEGIN [A-Z ]*PRIVATE KEY-----|^\s*(requirepass|masterauth)\s+\S/m.test(value),
        )
        .map(([key]) => ({
          path: `data.${key}`,
          measured: 'a password or a private key',
          expected: 'nothing secret in a ConfigMap',
          fix: 'move it to a Secret, and change it',
        })),
    ],
  }),
];
