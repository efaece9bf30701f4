import { ApiObject, type Duration } from 'cdk8s';
import { EnvFieldPaths, EnvValue } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type { Job } from 'kubernetes-types/batch/v1';
import { endpointsOf, type IConnectionTarget, type IConsumer } from '../connection/connection';
import { checkAccess, NetworkAccess } from '../connection/network-access';
import type { NetworkIdentity, NetworkPeer } from '../connection/network-peer';
import { Checks } from '../finding/checks';
import { Inventory } from '../inventory/inventory';
import type { ObjectHead } from '../pod/api-object';
import { DRAINS_ARE_NO_FAILURE, jobTemplate } from '../pod/job-pod';
import { portsOfSidecars } from '../pod/mesh';
import { namespaceOf, resourceName, selectorLabels } from '../pod/naming';
import { asPatched } from '../pod/patched';
import { emitPodAccount } from '../pod/pod-account';
import { schedulingOf } from '../pod/scheduling';
import { gracePeriodSeconds } from '../pod/termination-sizing';
import { WorkloadProfile } from '../sizing/workload-profile';
import { KubernetesVersion } from '../target/kubernetes-version';
import { SECONDS, secondsOf } from '../units/amounts';
import { checkProgram, Program } from '../web/program';
import { JOB_DEFAULTS, type JobProps } from './job-props';
import { addLock, withLock } from './lock-containers';
import type { MigrationLock } from './migration-lock';

/** What a kind of job adds to the common part. */
export interface JobKind {
  readonly component: string;
  /** Pods of one run that are there at one time. */
  readonly parallelism: number;
  /** Parts of the work of one run, each of a pod. */
  readonly completions: number;
  /** Runs that can have pods at one time. */
  readonly runs: number;
  /** What is held while the program runs. */
  readonly lock?: MigrationLock;
}

type JobSpec = NonNullable<Job['spec']>;

const MOST_SECONDS = 7 * 86_400;
const LONGEST_LIFE_SECONDS = 365 * 86_400;
/** A Job labels its pods with its name, and each of several has a host name. */
export const LONGEST_NAME = 63;
/** The number of a pod among several, by which it takes its part. */
const INDEX = 'JOB_COMPLETION_INDEX';
const INDEX_OF_POD = EnvValue.fromFieldRef(EnvFieldPaths.POD_ANNOTATION, {
  key: 'batch.kubernetes.io/job-completion-index',
});

/**
 * Pods that come to an end, with their account and network policy; the base of the jobs.
 *
 * @internal
 */
export abstract class RunToCompletion extends Construct implements IConsumer {
  /** Name of its objects. */
  public readonly name: string;
  /** The pods, as network policies name them. */
  public readonly networkIdentity: NetworkIdentity;
  /** Nothing is rolled out: 0. */
  public readonly maxSurgePercent: number = 0;
  /** Processes of a pod, each of which has a pool of connections of its own: those of the runtime. */
  public readonly processesPerPod?: number;
  /** The ServiceAccount of the pods; it has no token and no rights. */
  public readonly serviceAccount: ApiObject;
  /** The NetworkPolicy: declared callees, and DNS. */
  public readonly networkPolicy: ApiObject;

  /** @internal */
  protected readonly _network: NetworkAccess;
  /** @internal */
  protected readonly _head: Pick<ObjectHead, 'name' | 'labels'>;
  /**
   * What a Job of it is.
   *
   * @internal
   */
  protected readonly _jobSpec: () => JobSpec;
  private readonly mostPods: number;
  private readonly program: Program;

  /**
   * @param scope parent
   * @param id id in the parent; part of the name
   * @param props common props
   * @param describe checks the kind's own props and says what the kind adds
   *
   * @internal
   */
  constructor(
    scope: Construct,
    id: string,
    props: JobProps,
    describe: (checks: Checks, name: string) => JobKind,
  ) {
    super(scope, id);
    const checks = Checks.of(this);
    this.name = resourceName(this, props.name, checks);
    checks.made(props);
    const kind = describe(checks, this.name);
    const version = KubernetesVersion.of(this);
    const scheduling = schedulingOf(props);
    const profile = props.profile ?? WorkloadProfile.BACKGROUND_JOB;
    checkJob(checks, props, version);
    const mostSeconds = checks.passed ? timeoutSecondsOf(props) : MOST_SECONDS;
    kind.lock?._check(checks.at('lock'), version, mostSeconds);
    checkProgram(checks, props, { component: kind.component, profile, scheduling });
    checks.throwIfAny();

    const resources = profile._resources();
    const labels = selectorLabels(this.name, kind.component);
    this._head = { name: this.name, labels };
    this.networkIdentity = { namespace: namespaceOf(this), podLabels: { ...labels } };
    this.mostPods = kind.parallelism * kind.runs;
    this.processesPerPod = props.runtime?._processes(resources);
    this.program = new Program(this, props, resources);
    // The Job controller would add it, but to a container in which others already refer to it.
    if (kind.completions > 1) this.program.addEnv(INDEX, INDEX_OF_POD, 'the Job, of several pods');
    this.serviceAccount = emitPodAccount(this, this._head, props);
    this._network = new NetworkAccess(this, 'network-policy', this.name, labels);
    if (props.mesh) this._network.joinMesh(props.mesh._traffic);
    this.networkPolicy = this._network.policy;
    const drainSeconds = props.drainTime ? secondsOf(props.drainTime) : JOB_DEFAULTS.drainSeconds;
    const pod = this.program.pod(
      {
        labels,
        version,
        serviceAccountName: this.serviceAccount.name,
        proxy: props.mesh?._proxy({ version, preStopSeconds: 0, drainSeconds }),
        terminationGracePeriodSeconds: gracePeriodSeconds(0, drainSeconds),
        scheduling,
      },
      { name: kind.component, resources },
    );
    const { lock } = kind;
    if (lock) {
      const { env, ...binding } = lock._bind(this);
      for (const { peer, ports } of endpointsOf({ ...binding, env })) this._network.allowTo(peer, ports);
      addLock(pod, lock._plan(this.name, timeoutSecondsOf(props), env));
    }
    this._jobSpec = () => {
      const spec: JobSpec = {
        activeDeadlineSeconds: timeoutSecondsOf(props),
        backoffLimit: props.backoffLimit ?? JOB_DEFAULTS.backoffLimit,
        completionMode: kind.completions > 1 ? 'Indexed' : undefined,
        completions: kind.completions,
        parallelism: kind.parallelism,
        // With it a pod is replaced when it has ended, so that two never work on the same.
        podFailurePolicy: DRAINS_ARE_NO_FAILURE,
        template: jobTemplate(pod),
      };
      return lock ? withLock(spec) : spec;
    };
  }

  /** Pods that can be there at one time, as the final object says. */
  public get maxReplicas(): number {
    const { defaultChild } = this.node;
    const object = ApiObject.isApiObject(defaultChild) ? defaultChild : undefined;
    return asPatched(
      [object],
      this.mostPods,
      (manifests) => Inventory.of(manifests).workloads.at(0)?.maxReplicas ?? this.mostPods,
    );
  }

  /**
   * Uses another construct: sets the environment that reaches it, and opens the network policies of both.
   *
   * @param target what to use: a database, a cache, a web app or a service, here or elsewhere, or `connection({…})` of it
   */
  public connectTo(target: IConnectionTarget): void {
    this.program.connectTo(target, this._network);
  }

  /**
   * Sets an environment variable.
   *
   * @param name letters, digits and "_"; one that is set already is refused
   * @param value the value
   */
  public addEnv(name: string, value: EnvValue): void {
    this.program.addEnv(name, value);
  }

  /**
   * Lets the pods reach something that is no construct here.
   *
   * @param peer who is reached
   * @param ports TCP ports; at least one
   */
  public allowTo(peer: NetworkPeer, ports: number[]): void {
    checkAccess(this, 'allowTo', peer, ports);
    this._network.allowTo(peer, ports);
  }
}

/** Time of all tries together, once it has been checked. */
function timeoutSecondsOf({ timeout }: Pick<JobProps, 'timeout'>): number {
  return timeout ? secondsOf(timeout) : JOB_DEFAULTS.timeoutSeconds;
}

function checkJob(checks: Checks, props: JobProps, version: KubernetesVersion): void {
  checks.integer('backoffLimit', props.backoffLimit, 0, 20);
  checkTime(checks, 'timeout', props.timeout, 1);
  checkTime(checks, 'drainTime', props.drainTime, 1);
  if (props.mesh) {
    props.mesh._check(checks, props, version, portsOfSidecars(props));
    if (!props.mesh._isNative(version))
      checks.fail(
        'mesh',
        'a proxy that runs for ever',
        `a Job ends when its last container does, so this one never would; its proxy must be a native sidecar: Kubernetes 1.29 or later (KubernetesVersion), and not \`nativeSidecar: false\``,
      );
  }
  props.sidecars?.forEach(({ native }, index) => {
    if (native === false)
      checks.fail(
        `sidecars[${index}].native`,
        native,
        'a Job ends when its last container does, and this one runs for ever; leave it out',
      );
    else if (!version._has('nativeSidecars'))
      checks.fail(
        `sidecars[${index}]`,
        'a container that runs for ever',
        `on Kubernetes ${version.toString()} the Job would never end; name a cluster of 1.29 or later (KubernetesVersion), or do without it`,
      );
  });
}

/** The time that a Job that has ended is kept. */
export function checkTimeToLive(checks: Checks, timeToLive: Duration | undefined): void {
  checkTime(checks, 'timeToLive', timeToLive, 0, LONGEST_LIFE_SECONDS);
}

/** Where several pods have a number, their host names end in it: that of the run, "-" and the number. */
export function checkHosts(
  checks: Checks,
  prop: string,
  { name, run, pods }: { readonly name: string; readonly run: number; readonly pods: number },
): void {
  const host = run + `-${pods - 1}`.length;
  if (checks.passed && pods > 1 && host > LONGEST_NAME)
    checks.fail(
      prop,
      pods,
      `the host names of its pods are the name ${name} and ${host - name.length} characters more, and may have ${LONGEST_NAME}; set a shorter \`name\``,
    );
}

/** A time of a job: up to a week, unless it is said. */
export function checkTime(
  checks: Checks,
  prop: string,
  given: Duration | undefined,
  min: number,
  max = MOST_SECONDS,
): void {
  checks.integer(prop, checks.amount(prop, given, SECONDS), min, max);
}
