/** What users add to the pods of a construct: checked, and in the words of Kubernetes. */
import type { EnvFrom } from 'cdk8s-plus-27';
import type { EnvFromSource, PodSpec, Volume, VolumeMount } from 'kubernetes-types/core/v1';
import type { Checks } from '../finding/checks';
import { reasonRule } from '../finding/suppression';
import type { ContainerResources } from '../sizing/resources';
import type { KubernetesVersion } from '../target/kubernetes-version';
import {
  addressRule,
  dnsLabelRule,
  dnsSubdomainRule,
  envNameRule,
  hostRule,
  imageRule,
  labelKeyRule,
  labelValueRule,
  mountPathRule,
} from '../units/names';
import { formatBytes } from '../units/quantity';
import { checkEnv } from './env';
import { PROBE_DEFAULTS } from './health-check';
import { checkHookTime, hookSeconds, lifecycleOf } from './lifecycle-hook';
import type { ContainerModel } from './pod-model';
import type { ContainerOptions, PodProps, SidecarOptions } from './pod-props';
import type { PodVolume, PodVolumeMount } from './pod-volume';

/** The container that the construct is about. */
export interface MainContainer {
  readonly name: string;
  /** Undefined where its profile cannot stand. */
  readonly resources?: ContainerResources;
  /** Local disk that the construct takes of it itself, in bytes. */
  readonly diskBytes?: number;
  /** Where the construct mounts something itself. */
  readonly mountPaths: readonly string[];
}

/** Largest share of the memory of a container that its volumes in memory may take: rule OOM-003. */
const MEMORY_SHARE = 0.5;

export function checkPodProps(checks: Checks, props: PodProps, main: MainContainer): void {
  props.imagePullSecrets?.forEach(({ name }, index) =>
    checks.text(`imagePullSecrets[${index}]`, name, dnsSubdomainRule),
  );
  checks.oneOf('imagePullPolicy', props.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']);
  checks.text('runtimeClassName', props.runtimeClassName, dnsSubdomainRule);
  props.hostAliases?.forEach(({ ip, hostnames }, index) => {
    const own = checks.at(`hostAliases[${index}]`);
    own.text('ip', ip, addressRule);
    hostnames.forEach((name, at) => own.text(`hostnames[${at}]`, name, hostRule));
  });
  checkDns(checks.at('dns'), props);
  for (const [prop, rule] of [
    ['podLabels', labelValueRule],
    ['podAnnotations', undefined],
  ] as const)
    checkKeys(checks.at(prop), props[prop], rule);
  for (const key of Object.keys(props.podLabels ?? {}).filter((one) => SELECTED.includes(one)))
    checks.at('podLabels').fail(key, props.podLabels?.[key], 'it selects the pods; leave it out');
  checkServiceAccount(checks.at('serviceAccount'), props);
  props.envFrom?.forEach((source, index) => checkEnvFrom(checks.at(`envFrom[${index}]`), source));
  checkMounts(checks, props.volumes, main);
  const names = new Set([main.name]);
  const check = (prop: string, one: ContainerOptions) => {
    const own = checks.at(prop);
    own.text('name', one.name, dnsLabelRule);
    if (names.has(one.name)) own.fail('name', one.name, 'another container of the pod has it');
    names.add(one.name);
    checkContainer(own, one);
  };
  props.initContainers?.forEach((one, index) => check(`initContainers[${index}]`, one));
  props.sidecars?.forEach((one, index) => {
    check(`sidecars[${index}]`, one);
    checkSidecar(checks.at(`sidecars[${index}]`), one);
  });
}

/** What of the pods an operator has no field for. */
export function refusePodProps(
  checks: Checks,
  props: PodProps,
  supported: ReadonlyArray<keyof PodProps>,
  why: string,
): void {
  for (const prop of ALL.filter((one) => !supported.includes(one)))
    if (props[prop] !== undefined) checks.fail(prop, props[prop], why);
}

const ALL: ReadonlyArray<keyof PodProps> = [
  'imagePullSecrets',
  'imagePullPolicy',
  'runtimeClassName',
  'hostAliases',
  'dns',
  'podLabels',
  'podAnnotations',
  'serviceAccount',
  'sidecars',
  'initContainers',
  'volumes',
  'envFrom',
  'tolerations',
  'requiredNodes',
  'preferredNodes',
  'nearTo',
  'apartFrom',
];

/** Labels that select the pods of a construct. */
const SELECTED = ['app.kubernetes.io/name', 'app.kubernetes.io/component'];

export function checkKeys(
  checks: Checks,
  map: Readonly<Record<string, string>> | undefined,
  rule?: (text: string) => string | undefined,
): void {
  for (const [key, value] of Object.entries(map ?? {})) {
    checks.text('key', key, labelKeyRule);
    if (rule) checks.text(key, value, rule);
    else checks.lines(key, value);
  }
}

function checkDns(checks: Checks, { dns }: PodProps): void {
  checks.integer('ndots', dns?.ndots, 0, 15);
  dns?.nameservers?.forEach((address, index) => checks.text(`nameservers[${index}]`, address, addressRule));
  if ((dns?.nameservers?.length ?? 0) > 3)
    checks.fail('nameservers', dns?.nameservers, 'allowed: at most three');
  dns?.searches?.forEach((domain, index) => checks.text(`searches[${index}]`, domain, dnsSubdomainRule));
}

function checkServiceAccount(checks: Checks, { serviceAccount }: PodProps): void {
  if (!serviceAccount) return;
  const { name, annotations, tokenReason, rules } = serviceAccount;
  checks.text('name', name, dnsSubdomainRule);
  checkKeys(checks.at('annotations'), annotations);
  checks.text('tokenReason', tokenReason, reasonRule);
  if (rules && tokenReason === undefined)
    checks.fail(
      'tokenReason',
      undefined,
      'the rules are of no use without a token; say why the pods talk to the API server',
    );
  rules?.forEach(({ apiGroups = [], resources, verbs, resourceNames = [] }, index) => {
    const own = checks.at(`rules[${index}]`);
    for (const [prop, values] of Object.entries({ apiGroups, resources, verbs, resourceNames }))
      for (const value of values)
        own.text(prop, value, (text) =>
          text.includes('*') ? 'names; a wildcard gives more than is meant' : undefined,
        );
    if (resources.length === 0 || verbs.length === 0)
      own.fail('resources', resources, 'allowed: at least one kind, and one verb');
  });
}

function checkEnvFrom(checks: Checks, source: EnvFrom): void {
  const { prefix, configMapRef, secretRef } = source._toKube();
  checks.text('prefix', prefix, envNameRule);
  checks.text('name', configMapRef?.name ?? secretRef?.name, dnsSubdomainRule);
}

function checkMounts(
  checks: Checks,
  mounts: readonly PodVolumeMount[] | undefined,
  { resources, diskBytes = 0, mountPaths }: Omit<MainContainer, 'name'>,
): void {
  const paths = new Set(mountPaths);
  let [disk, memory] = [diskBytes, 0];
  mounts?.forEach(({ path, volume, subPath }, index) => {
    const own = checks.at(`volumes[${index}]`);
    own.text('path', path, mountPathRule);
    own.text('subPath', subPath, (text) =>
      /^(?!\/)(?!.*\.\.)/.test(text) ? undefined : 'a path without ".."',
    );
    if (paths.has(path)) own.fail('path', path, 'something is mounted there already');
    paths.add(path);
    own.made({ volume }, ['volume']);
    volume._check(own.at('volume'));
    disk += volume._bytes.disk;
    memory += volume._bytes.memory;
  });
  if (!resources || !mounts) return;
  if (disk > resources.ephemeralLimitBytes)
    checks.fail(
      'volumes',
      formatBytes(disk),
      `with what the construct takes itself; allowed: the ephemeral storage limit of the profile, ${formatBytes(resources.ephemeralLimitBytes)}`,
    );
  if (memory > resources.memoryLimitBytes * MEMORY_SHARE)
    checks.fail(
      'volumes',
      `${formatBytes(memory)} in memory`,
      `allowed: half of the memory limit of ${formatBytes(resources.memoryLimitBytes)}, or the process has none left`,
    );
}

function checkContainer(checks: Checks, container: ContainerOptions): void {
  checks.made(container, ['profile']);
  checks.text('image', container.image, imageRule);
  container.command?.forEach((word, index) => checks.lines(`command[${index}]`, word));
  container.args?.forEach((word, index) => checks.lines(`args[${index}]`, word));
  checkEnv(checks, container.env);
  container.envFrom?.forEach((source, index) => checkEnvFrom(checks.at(`envFrom[${index}]`), source));
  checks.integer('runAsUser', container.runAsUser, 1, 2 ** 31 - 1);
  const before = checks.passed;
  container.profile._check(checks.at('profile'));
  const resources = before && checks.passed ? container.profile._resources() : undefined;
  checkMounts(checks, container.volumes, { resources, mountPaths: [] });
}

function checkSidecar(checks: Checks, sidecar: SidecarOptions): void {
  const { ports = [], readiness, liveness } = sidecar;
  sidecar.postStart?._check(checks.at('postStart'));
  sidecar.preStop?._check(checks.at('preStop'));
  checkHookTime(checks, sidecar);
  ports.forEach(({ name, port, protocol }, index) => {
    const own = checks.at(`ports[${index}]`);
    own.text('name', name, portNameRule);
    own.unprivilegedPort('port', port);
    own.oneOf('protocol', protocol, ['TCP', 'UDP', 'SCTP']);
  });
  readiness?._check(checks.at('readiness'), PROBE_DEFAULTS.readiness);
  liveness?._check(checks.at('liveness'), PROBE_DEFAULTS.liveness);
  for (const [prop, check] of Object.entries({ readiness, liveness }))
    if (check?._needsPort === true && ports.length === 0)
      checks.fail(
        prop,
        'a check without a port',
        'the sidecar has none; name one in the check, or in `ports`',
      );
}

export function portNameRule(text: string): string | undefined {
  return /^(?=.*[a-z])[a-z0-9](?:[a-z0-9]|-(?!-)){0,13}[a-z0-9]?$/.test(text)
    ? undefined
    : 'at most 15 small letters, digits and "-", with a letter';
}

/** What a pod gets of its props. */
export interface PodExtras {
  readonly spec: Partial<PodSpec>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly volumes: readonly Volume[];
  readonly sidecars: readonly ContainerModel[];
  readonly initContainers: readonly ContainerModel[];
  /** Time that the hooks of sidecars may take before they stop, in seconds: one after the other. */
  readonly stopSeconds: number;
  readonly main: Pick<ContainerModel, 'envFrom' | 'imagePullPolicy'> & {
    readonly volumeMounts: readonly VolumeMount[];
  };
}

export function podExtras(props: PodProps, version: KubernetesVersion): PodExtras {
  const names = new Map<PodVolume, string>();
  const nameOf = (volume: PodVolume): string => {
    const known = names.get(volume);
    if (known !== undefined) return known;
    const same = [...names.keys()].filter(({ _label }) => _label === volume._label).length;
    const name = `extra-${volume._label}${same === 0 ? '' : `-${same + 1}`}`;
    names.set(volume, name);
    return name;
  };
  const mountsOf = (mounts: readonly PodVolumeMount[] = []): VolumeMount[] =>
    mounts.map(({ path, volume, subPath, readOnly }) => ({
      name: nameOf(volume),
      mountPath: path,
      ...(subPath !== undefined && { subPath }),
      ...((readOnly ?? volume._isReadOnly) && { readOnly: true }),
    }));
  const { imagePullPolicy } = props;
  const containerOf = (one: ContainerOptions): ContainerModel => ({
    name: one.name,
    image: one.image,
    command: one.command,
    args: one.args,
    env: new Map(Object.entries(one.env ?? {})),
    envFrom: one.envFrom?.map(sourceOf),
    resources: one.profile._resources(),
    volumeMounts: mountsOf(one.volumes),
    runAsUser: one.runAsUser,
    imagePullPolicy,
    expands: true,
  });
  const main = {
    envFrom: props.envFrom?.map(sourceOf),
    imagePullPolicy,
    volumeMounts: mountsOf(props.volumes),
  };
  const sidecars = (props.sidecars ?? []).map((one): ContainerModel => {
    const port = one.ports?.[0]?.name ?? 0;
    return {
      ...containerOf(one),
      ports: one.ports?.map(({ name, port: number, protocol = 'TCP' }) => ({
        name,
        containerPort: number,
        protocol,
      })),
      readinessProbe: one.readiness?._render(PROBE_DEFAULTS.readiness, port),
      livenessProbe: one.liveness?._render(PROBE_DEFAULTS.liveness, port),
      lifecycle: lifecycleOf({ ...one, delaySeconds: 0, version }),
      isNative: one.native !== false && version._has('nativeSidecars'),
    };
  });
  const initContainers = (props.initContainers ?? []).map((one) => ({
    ...containerOf(one),
    inheritsEnv: one.inheritsVariables === true,
  }));
  return {
    spec: specOf(props),
    labels: props.podLabels ?? {},
    annotations: props.podAnnotations ?? {},
    main,
    sidecars,
    initContainers,
    stopSeconds: (props.sidecars ?? []).reduce((sum, one) => sum + hookSeconds(one), 0),
    volumes: [...names].map(([volume, name]) => volume._render(name)),
  };
}

function specOf({
  imagePullSecrets,
  runtimeClassName,
  hostAliases,
  dns,
  serviceAccount,
}: PodProps): Partial<PodSpec> {
  return {
    imagePullSecrets: imagePullSecrets?.map(({ name }) => ({ name })),
    runtimeClassName,
    hostAliases: hostAliases?.map(({ ip, hostnames }) => ({ ip, hostnames: [...hostnames] })),
    dnsConfig: dns && {
      nameservers: dns.nameservers && [...dns.nameservers],
      searches: dns.searches && [...dns.searches],
      options: dns.ndots === undefined ? undefined : [{ name: 'ndots', value: `${dns.ndots}` }],
    },
    ...(serviceAccount?.tokenReason !== undefined && { automountServiceAccountToken: true }),
  };
}

function sourceOf(source: EnvFrom): EnvFromSource {
  const { prefix, configMapRef, secretRef } = source._toKube();
  return {
    ...(prefix !== undefined && { prefix }),
    ...(configMapRef?.name !== undefined && { configMapRef: { name: configMapRef.name } }),
    ...(secretRef?.name !== undefined && { secretRef: { name: secretRef.name } }),
  };
}
