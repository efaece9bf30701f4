/** The program of a pod, as workloads and jobs have it: its props, its variables with one owner each, whom it uses, its pod. */
import { Size } from 'cdk8s';
import type { EnvValue } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { IConnectionTarget, IConsumer } from '../connection/connection';
import { ConsumerVariables } from '../connection/consumer-variables';
import type { NetworkAccess } from '../connection/network-access';
import type { Checks } from '../finding/checks';
import { checkEnv } from '../pod/env';
import { checkPodProps } from '../pod/pod-extras';
import { type ContainerModel, PodModel, type PodModelOptions } from '../pod/pod-model';
import { checkScheduling, type SchedulingProps } from '../pod/scheduling';
import type { ContainerResources } from '../sizing/resources';
import type { WorkloadProfile } from '../sizing/workload-profile';
import { BYTES, bytesOf } from '../units/amounts';
import { imageRule } from '../units/names';
import { formatBytes, GIB, MIB } from '../units/quantity';
import { PROGRAM_DEFAULTS, type ProgramProps } from './program-props';

/** What props leave to the construct. */
export interface ProgramKind {
  /** Name of the container. */
  readonly component: string;
  readonly profile: WorkloadProfile;
  readonly scheduling: SchedulingProps;
}

/** What a construct adds to the main container. */
type ContainerPart = Pick<
  ContainerModel,
  'name' | 'resources' | 'ports' | 'readinessProbe' | 'livenessProbe' | 'startupProbe' | 'lifecycle'
>;

type PodPart = Omit<PodModelOptions, 'scope' | 'props' | 'user' | 'group'>;

/** Checks the props; answers the resources of the container, unless something cannot stand. */
export function checkProgram(
  checks: Checks,
  props: ProgramProps,
  { component, profile, scheduling }: ProgramKind,
): ContainerResources | undefined {
  checks.text('image', props.image, imageRule);
  props.command?.forEach((argument, index) => checks.lines(`command[${index}]`, argument));
  props.args?.forEach((argument, index) => checks.lines(`args[${index}]`, argument));
  checks.integer('runAsUser', props.runAsUser, 1, 2 ** 31 - 1);
  checkEnv(checks, props.env);
  props.settings?._check(checks.at('settings'));
  props.runtime?._check(checks.at('runtime'));
  checkScheduling(checks, scheduling);
  const before = checks.passed;
  profile._check(checks.at('profile'));
  const resources = before && checks.passed ? profile._resources() : undefined;
  checkPodProps(checks, props, {
    name: component,
    resources,
    diskBytes: scratchBytes(props),
    mountPaths: ['/tmp'],
  });
  const scratch =
    checks.amount('scratchSize', props.scratchSize, BYTES) ?? PROGRAM_DEFAULTS.scratchMebibytes * MIB;
  const most = resources?.ephemeralLimitBytes ?? GIB;
  if (!(Number.isInteger(scratch) && scratch >= MIB && scratch <= most)) {
    checks.fail(
      'scratchSize',
      props.scratchSize?.asString(),
      `allowed: from 1Mi to the ephemeral storage limit of the profile (${formatBytes(most)})`,
    );
  }
  return resources;
}

/** The program of one construct. */
export class Program {
  private readonly variables: ConsumerVariables;

  /** The props have been checked. */
  constructor(
    private readonly construct: Construct & IConsumer,
    private readonly props: ProgramProps,
    resources: ContainerResources,
  ) {
    this.variables = new ConsumerVariables(construct);
    for (const [name, value] of Object.entries(props.runtime?._env(resources) ?? {}))
      if (props.env?.[name] === undefined) this.variables.own(name, value, 'runtime');
    for (const [name, value] of Object.entries(props.settings?._env() ?? {}))
      this.variables.own(name, value, 'settings');
    for (const [name, value] of Object.entries(props.env ?? {})) this.variables.own(name, value, 'env');
  }

  /** The pod; what its variables refer to is verified when the app is synthesized. */
  pod(options: PodPart, container: ContainerPart): PodModel {
    const { construct, props } = this;
    const user = props.runAsUser ?? PROGRAM_DEFAULTS.user;
    const pod = new PodModel({ ...options, scope: construct, props, user, group: user });
    pod.addMainContainer({
      ...container,
      image: props.image,
      command: props.command,
      args: props.args,
      expands: true,
      env: this.variables.env,
      volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
    });
    pod.addVolume({ name: 'tmp', emptyDir: { sizeLimit: formatBytes(scratchBytes(props)) } });
    construct.node.addValidation({
      validate: () => [...pod.problems],
    });
    return pod;
  }

  /** Uses another construct: its variables, and the way to it. */
  connectTo(target: IConnectionTarget, network: NetworkAccess): void {
    this.variables.connectTo(target, network);
  }

  /** Sets a variable that nobody has set; `owner` is who does. */
  addEnv(name: string, value: EnvValue, owner = 'addEnv'): void {
    this.variables.add(name, value, owner);
  }
}

function scratchBytes(props: ProgramProps): number {
  return bytesOf(props.scratchSize ?? Size.mebibytes(PROGRAM_DEFAULTS.scratchMebibytes));
}
