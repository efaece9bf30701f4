import { ApiObject, Chart } from 'cdk8s';
import type { EnvValue } from 'cdk8s-plus-27';
import type { IConstruct } from 'constructs';
import type {
  Container,
  ContainerPort,
  EnvFromSource,
  Lifecycle,
  PodTemplateSpec,
  Probe,
  Volume,
  VolumeMount,
} from 'kubernetes-types/core/v1';
import type { ContainerResources } from '../sizing/resources';
import { renderResources } from '../sizing/resources';
import type { KubernetesVersion } from '../target/kubernetes-version';
import { shortDigest } from '../units/digest';
import { unlessEmpty } from './api-object';
import { envProblems, renderEnv, renderWords } from './env';
import type { InjectedProxy } from './mesh';
import type { Labels, SelectorLabels } from './naming';
import { type PodExtras, podExtras } from './pod-extras';
import type { PodProps } from './pod-props';
import {
  affinity,
  type SchedulingProps,
  spreadConstraints,
  type SpreadOptions,
  tolerations,
} from './scheduling';

/** A container as a construct describes it; hardening and order are added here. */
export interface ContainerModel {
  readonly name: string;
  readonly image: string;
  /** Emitted only when the image's own entry point is not what should run. */
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly ports?: readonly ContainerPort[];
  /** Filled until the app is synthesized: connections add to it. */
  readonly env: Map<string, EnvValue>;
  /** Variables that are known when the app is synthesized; none of them is a user's. */
  readonly lateEnv?: () => ReadonlyMap<string, EnvValue>;
  readonly envFrom?: readonly EnvFromSource[];
  /** Whether it has the variables of the main container too. */
  readonly inheritsEnv?: boolean;
  /** Whether command and arguments are a user's, in which `$(NAME)` is a variable of the container. */
  readonly expands?: boolean;
  readonly resources: ContainerResources;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly startupProbe?: Probe;
  readonly lifecycle?: Lifecycle;
  readonly volumeMounts?: readonly VolumeMount[];
  /** User and group, where they are not those of the pod. */
  readonly runAsUser?: number;
  readonly imagePullPolicy?: Container['imagePullPolicy'];
  /** Whether it starts before the containers and stops after them. */
  readonly isNative?: boolean;
}

export interface PodModelOptions {
  readonly labels: SelectorLabels;
  /** Labels that select the pods, where they are not `labels`. */
  readonly selector?: Labels;
  readonly version: KubernetesVersion;
  readonly serviceAccountName: string;
  readonly terminationGracePeriodSeconds: number;
  readonly scheduling: SchedulingProps;
  /** Spread and anti-affinity over zones and hosts; none for a workload of one pod. */
  readonly spread?: Pick<SpreadOptions, 'ownedByDeployment'>;
  /** Numeric user and group, for images whose user is a name or root. */
  readonly user?: number;
  readonly group?: number;
  /** Group that owns the volumes; set for pods that write to a PersistentVolume or a shared scratch. */
  readonly fsGroup?: number;
  /** What users add. */
  readonly props?: PodProps;
  /** What a mesh adds when the pods are made. */
  readonly proxy?: InjectedProxy;
  /** The construct of the pods: they roll when its ConfigMaps change, as they are written in the end. */
  readonly scope: IConstruct;
  /**
   * What of a file of the construct's ConfigMaps the pods roll on; undefined for one that they need not read anew. All of every
   * file where this is not given.
   */
  readonly rollsOn?: (file: string, text: string) => unknown;
}

/**
 * One pod template: what every pod gets, and what its construct adds. Rendered when the app is synthesized, as often
 * as asked, with the same result.
 */
export class PodModel {
  private readonly containers: ContainerModel[] = [];
  private readonly initContainers: ContainerModel[] = [];
  private readonly volumes: Volume[] = [];
  private readonly extras: PodExtras;

  constructor(private readonly options: PodModelOptions) {
    this.extras = podExtras(options.props ?? {}, options.version);
    this.volumes.push(...this.extras.volumes);
  }

  /** Adds the container that the construct is about: it gets the volumes and variables that users give. */
  addMainContainer(container: ContainerModel): void {
    const { volumeMounts, envFrom, imagePullPolicy } = this.extras.main;
    this.containers.unshift({
      ...container,
      envFrom,
      imagePullPolicy,
      volumeMounts: [...(container.volumeMounts ?? []), ...volumeMounts],
    });
  }

  addContainer(container: ContainerModel): void {
    this.containers.push(container);
  }

  addInitContainer(container: ContainerModel): void {
    this.initContainers.push(container);
  }

  addVolume(volume: Volume): void {
    this.volumes.push(volume);
  }

  /** Containers that run for ever, in order, and their sizes; the one that a mesh adds is among them. */
  get containerSizes(): ReadonlyArray<Pick<ContainerModel, 'name' | 'resources'>> {
    const { proxy } = this.options;
    return [...this.containers, ...this.extras.sidecars, ...(proxy ? [proxy] : [])];
  }

  /** What the kubelet would leave as it is written, in variables, commands and arguments. */
  get problems(): readonly string[] {
    return this.all.flatMap((container) =>
      envProblems(container).map((problem) => `container ${container.name}: ${problem}`),
    );
  }

  /** What ConfigMaps hold that the pods read, patches included: those of the construct, and of the chart where users add some. */
  private configMapsMounted(): unknown[] {
    const { scope } = this.options;
    const own = configMapsOf(this.volumes, this.containers);
    const added = [this.extras.main, ...this.extras.sidecars, ...this.extras.initContainers];
    const hasAdded = added.some(
      ({ envFrom = [], volumeMounts = [] }) => envFrom.length + volumeMounts.length > 0,
    );
    const names = hasAdded ? new Set([...own, ...configMapsOf([], added)]) : own;
    if (names.size === 0) return [];
    return (hasAdded ? Chart.of(scope) : scope).node
      .findAll()
      .filter((one): one is ApiObject => ApiObject.isApiObject(one) && one.kind === 'ConfigMap')
      .filter(({ name }) => names.has(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((one): unknown[] => {
        const { data = {}, binaryData } = one.toJson() as {
          readonly data?: Readonly<Record<string, string>>;
          readonly binaryData?: unknown;
        };
        const { rollsOn } = this.options;
        if (rollsOn === undefined || !own.has(one.name)) return [[one.name, data, binaryData]];
        const counted = Object.entries(data).flatMap(([file, text]) => {
          const part = rollsOn(file, text);
          return part === undefined ? [] : [[file, part]];
        });
        return counted.length > 0 ? [[one.name, counted]] : [];
      });
  }

  /** Those of users; the main container is the first of all. */
  private get addedInitContainers(): readonly ContainerModel[] {
    const [main] = this.containers;
    return this.extras.initContainers.map((one) =>
      one.inheritsEnv === true
        ? {
            ...one,
            env: new Map([...main.env, ...(main.lateEnv?.() ?? []), ...one.env]),
            envFrom: [...(main.envFrom ?? []), ...(one.envFrom ?? [])],
          }
        : one,
    );
  }

  private get all(): readonly ContainerModel[] {
    const containers = [...this.containers, ...this.extras.sidecars];
    return [...this.initContainers, ...this.addedInitContainers, ...containers].filter(
      ({ expands }) => expands === true,
    );
  }

  render(): PodTemplateSpec {
    const { labels, selector, version, scheduling, proxy } = this.options;
    const spread = this.options.spread && { labels: selector ?? labels, version, ...this.options.spread };
    const { extras } = this;
    const configuration = this.configMapsMounted();
    const annotations = {
      ...extras.annotations,
      ...proxy?.annotations,
      ...(configuration.length > 0 && { 'checksum/config': shortDigest(JSON.stringify(configuration)) }),
    };
    const containers = [...this.containers, ...extras.sidecars.filter(({ isNative }) => isNative !== true)];
    // Agents that others need start first.
    const initContainers = [
      ...extras.sidecars.filter(({ isNative }) => isNative === true),
      ...this.initContainers,
      ...this.addedInitContainers,
    ];
    return {
      metadata: {
        labels: { ...extras.labels, ...proxy?.labels, ...labels, ...selector },
        annotations: Object.keys(annotations).length > 0 ? annotations : undefined,
      },
      spec: {
        affinity: affinity(scheduling, spread),
        automountServiceAccountToken: false,
        containers: containers.map(renderContainer),
        // Every Service of the namespace as variables would change with the neighbours, and break start-up in big ones.
        enableServiceLinks: false,
        initContainers: unlessEmpty(initContainers.map(renderContainer)),
        nodeSelector: scheduling.nodeSelector && { ...scheduling.nodeSelector },
        priorityClassName: scheduling.priorityClassName,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: this.options.user,
          runAsGroup: this.options.group,
          fsGroup: this.options.fsGroup,
          // Changing the owner of every file of a large volume at each start takes minutes; the root tells enough.
          fsGroupChangePolicy: this.options.fsGroup === undefined ? undefined : 'OnRootMismatch',
          seccompProfile: { type: 'RuntimeDefault' },
        },
        serviceAccountName: this.options.serviceAccountName,
        terminationGracePeriodSeconds: this.options.terminationGracePeriodSeconds + extras.stopSeconds,
        topologySpreadConstraints: spread && spreadConstraints(spread),
        tolerations: tolerations(scheduling),
        volumes: unlessEmpty(this.volumes),
        ...withoutUndefined(extras.spec),
      },
    };
  }
}

function renderContainer(container: ContainerModel): Container {
  const env = renderEnv(new Map([...container.env, ...(container.lateEnv?.() ?? [])]));
  const words = (given: readonly string[] | undefined) =>
    container.expands === true ? renderWords(given, container) : given && [...given];
  return {
    name: container.name,
    image: container.image,
    imagePullPolicy: container.imagePullPolicy,
    command: words(container.command),
    args: words(container.args),
    ports: unlessEmpty(container.ports),
    env: unlessEmpty(env),
    envFrom: unlessEmpty(container.envFrom),
    resources: renderResources(container.resources),
    readinessProbe: container.readinessProbe,
    livenessProbe: container.livenessProbe,
    startupProbe: container.startupProbe,
    lifecycle: container.lifecycle,
    restartPolicy: container.isNative === true ? 'Always' : undefined,
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsUser: container.runAsUser,
      runAsGroup: container.runAsUser,
    },
    volumeMounts: unlessEmpty(container.volumeMounts),
  };
}

function withoutUndefined<T extends object>(given: T): Partial<T> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Names of ConfigMaps that volumes and variables come from. */
function configMapsOf(
  volumes: readonly Volume[],
  containers: ReadonlyArray<Pick<ContainerModel, 'envFrom'>>,
): ReadonlySet<string> {
  const named = [
    ...volumes.flatMap(({ configMap, projected }) => [
      configMap?.name,
      ...(projected?.sources ?? []).map((source) => source.configMap?.name),
    ]),
    ...containers.flatMap(({ envFrom = [] }) => envFrom.map(({ configMapRef }) => configMapRef?.name)),
  ];
  return new Set(named.flatMap((name) => name ?? []));
}
