import type { EnvValue } from 'cdk8s-plus-27';
import type {
  Container,
  ContainerPort,
  EnvVar,
  Lifecycle,
  PodTemplateSpec,
  Probe,
  Volume,
  VolumeMount,
} from 'kubernetes-types/core/v1';
import type { Checks } from '../finding/checks';
import type { ContainerResources } from '../sizing/resources';
import { renderResources } from '../sizing/resources';
import type { KubernetesVersion } from '../target/kubernetes-version';
import { shortDigest } from '../units/digest';
import { envNameRule } from '../units/names';
import { unsafeTextReason } from '../units/text';
import type { SelectorLabels } from './naming';
import { affinity, type SchedulingProps, spreadConstraints, type SpreadOptions } from './scheduling';

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
  readonly resources: ContainerResources;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly startupProbe?: Probe;
  readonly lifecycle?: Lifecycle;
  readonly volumeMounts?: readonly VolumeMount[];
}

export interface PodModelOptions {
  readonly labels: SelectorLabels;
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
}

/**
 * One pod template: what every pod gets, and what its construct adds. Rendered when the app is synthesized, as often
 * as asked, with the same result.
 */
export class PodModel {
  private readonly containers: ContainerModel[] = [];
  private readonly initContainers: ContainerModel[] = [];
  private readonly volumes: Volume[] = [];
  private readonly configuration: Array<() => string> = [];

  constructor(private readonly options: PodModelOptions) {}

  addContainer(container: ContainerModel): void {
    this.containers.push(container);
  }

  addInitContainer(container: ContainerModel): void {
    this.initContainers.push(container);
  }

  addVolume(volume: Volume): void {
    this.volumes.push(volume);
  }

  /** Containers that run for ever, in order, and their sizes. */
  get containerSizes(): ReadonlyArray<Pick<ContainerModel, 'name' | 'resources'>> {
    return this.containers;
  }

  /** Makes the pods roll when this text changes; a function is asked when the app is synthesized. */
  rollOnChangeOf(text: string | (() => string)): void {
    this.configuration.push(typeof text === 'string' ? () => text : text);
  }

  render(): PodTemplateSpec {
    const { labels, version, scheduling } = this.options;
    const spread = this.options.spread && { labels, version, ...this.options.spread };
    const annotations =
      this.configuration.length > 0
        ? { 'checksum/config': shortDigest(JSON.stringify(this.configuration.map((text) => text()))) }
        : undefined;
    return {
      metadata: { labels: { ...labels }, annotations },
      spec: {
        affinity: affinity(scheduling, spread),
        automountServiceAccountToken: false,
        containers: this.containers.map(renderContainer),
        // Every Service of the namespace as variables would change with the neighbours, and break start-up in big ones.
        enableServiceLinks: false,
        initContainers: this.initContainers.length > 0 ? this.initContainers.map(renderContainer) : undefined,
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
        terminationGracePeriodSeconds: this.options.terminationGracePeriodSeconds,
        topologySpreadConstraints: spread && spreadConstraints(spread),
        volumes: this.volumes.length > 0 ? [...this.volumes] : undefined,
      },
    };
  }
}

function renderContainer(container: ContainerModel): Container {
  const env = [...container.env].map(([name, value]) => renderEnv(name, value));
  return {
    name: container.name,
    image: container.image,
    command: container.command && [...container.command],
    args: container.args && [...container.args],
    ports: container.ports && container.ports.length > 0 ? [...container.ports] : undefined,
    env: env.length > 0 ? env : undefined,
    resources: renderResources(container.resources),
    readinessProbe: container.readinessProbe,
    livenessProbe: container.livenessProbe,
    startupProbe: container.startupProbe,
    lifecycle: container.lifecycle,
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    },
    volumeMounts: container.volumeMounts && [...container.volumeMounts],
  };
}

function renderEnv(name: string, { value, valueFrom }: EnvValue): EnvVar {
  return valueFrom === undefined
    ? { name, value: value as string }
    : { name, valueFrom: valueFrom as EnvVar['valueFrom'] };
}

/** Checks the environment that a user gives; newlines and tabs are text there, YAML quotes them. */
export function checkEnv(checks: Checks, env: Readonly<Record<string, EnvValue>> | undefined): void {
  for (const [name, { value }] of Object.entries(env ?? {})) {
    checks.at('env').text('name', name, envNameRule);
    const reason = typeof value === 'string' ? unsafeTextReason(value.replace(/[\n\t]/g, ' ')) : undefined;
    if (reason !== undefined) checks.at('env').fail(name, value, `it ${reason}; allowed: printable text`);
  }
}
