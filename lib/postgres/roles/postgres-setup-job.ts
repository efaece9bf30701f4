import type { ApiObject } from 'cdk8s';
import { EnvValue, type ISecret } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type { Job } from 'kubernetes-types/batch/v1';
import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import { NetworkAccess } from '../../connection/network-access';
import { type NetworkIdentity, NetworkPeer } from '../../connection/network-peer';
import { emitConfigMap, emitServiceAccount, emitSpec } from '../../pod/api-object';
import { namespaceOf, selectorLabels } from '../../pod/naming';
import { PodModel } from '../../pod/pod-model';
import type { PodProps } from '../../pod/pod-props';
import type { SchedulingProps } from '../../pod/scheduling';
import type { ContainerResources } from '../../sizing/resources';
import { KubernetesVersion } from '../../target/kubernetes-version';
import { shortDigest } from '../../units/digest';
import { MIB } from '../../units/quantity';
import { literalForKubelet } from '../../units/text';
import { WAIT_SCRIPT } from '../indexes/index-emitter';
import { POSTGRES_PORT } from '../stateful-set/layout';
import { authorityVolume, CERTIFICATE_MOUNT, clientTls, type PostgresTls } from '../tls';
import type { PostgresRole } from './role';
import { passwordVariable, SETUP_DIRECTORY, SETUP_SCRIPTS, setupCommand } from './setup-emitter';

/** The server in which databases, extensions and roles are made, as the Job reaches it. */
export interface SetUpServer {
  /** Name of the construct's objects. */
  readonly name: string;
  readonly service: string;
  readonly image: string;
  /** User and group that the image runs as. */
  readonly uid: number;
  readonly credentials: ISecret;
  readonly tls?: PostgresTls;
  readonly identity: NetworkIdentity;
  readonly network: NetworkAccess;
  readonly startupSeconds: number;
  readonly owner: string;
  readonly databases: readonly string[];
  readonly extensions: readonly string[];
  readonly roles: readonly PostgresRole[];
  readonly pods: Pick<PodProps, 'imagePullSecrets' | 'imagePullPolicy'>;
  readonly scheduling: SchedulingProps;
}

/** Time for what is made, behind that of the start. A proposal. */
const SETUP_SECONDS = 1800;
/** Failures that are tried again, after 10, 20 and 40 seconds. */
const RETRIES = 3;
/** psql holds a statement and a line of its answer. A proposal. */
const RESOURCES: ContainerResources = {
  cpuRequestMillis: 10,
  cpuLimitMillis: 100,
  memoryRequestBytes: 64 * MIB,
  memoryLimitBytes: 64 * MIB,
  ephemeralRequestBytes: 16 * MIB,
  ephemeralLimitBytes: 64 * MIB,
};
/** With `-ddl-` it leaves the longest name of a database at the 63 characters that a Job's pods can be labelled with. */
const DIGEST = 6;

/**
 * The Job that makes databases, extensions and roles that are declared and not there yet, and its ServiceAccount, ConfigMap and
 * NetworkPolicy. Made by `TunedPostgres` for its `databases`, `extensions` and `roles`. Its name ends in a digest of what it does,
 * so that every change is another Job; one that finds everything as it is declared changes nothing.
 *
 * @example
 * const orders = new TunedPostgres(chart, 'orders', {
 *   storage: Size.gibibytes(100),
 *   roles: [{ name: 'reports', privilege: PostgresPrivilege.READ, connectionLimit: 5 }],
 * });
 *
 * // a policy of the cluster wants to know whose it is
 * orders.setupJob?.job.metadata.addLabel('team', 'orders');
 */
export class PostgresSetupJob extends Construct {
  /** Name of its objects; that of the Job goes on with a digest of what it does. */
  public readonly name: string;
  /** The Job. */
  public readonly job: ApiObject;
  /** The ServiceAccount of the pod; it has no token and no rights. */
  public readonly serviceAccount: ApiObject;
  /** The ConfigMap with the scripts. */
  public readonly configMap: ApiObject;
  /** The NetworkPolicy: to the database and DNS. */
  public readonly networkPolicy: ApiObject;

  /** @internal */
  public static _of(scope: Construct, target: SetUpServer): PostgresSetupJob {
    return new PostgresSetupJob(scope, 'setup', target);
  }

  private constructor(scope: Construct, id: string, target: SetUpServer) {
    super(scope, id);
    this.name = `${target.name}-ddl`;
    const labels = selectorLabels(this.name, 'setup');
    const head = { name: this.name, labels };
    this.serviceAccount = emitServiceAccount(this, 'service-account', head);
    this.configMap = emitConfigMap(this, 'config', head, { ...SETUP_SCRIPTS });
    const network = new NetworkAccess(this, 'network-policy', this.name, labels);
    network.allowTo(NetworkPeer.pods(target.identity), [POSTGRES_PORT]);
    const identity = { namespace: namespaceOf(this), podLabels: { ...labels } };
    target.network.allowFrom(NetworkPeer.pods(identity), [POSTGRES_PORT]);
    this.networkPolicy = network.policy;
    const pod = new PodModel({
      scope: this,
      props: target.pods,
      labels,
      version: KubernetesVersion.of(this),
      serviceAccountName: this.name,
      // Each statement is whole by itself, and the next run makes the rest.
      terminationGracePeriodSeconds: 5,
      scheduling: target.scheduling,
      user: target.uid,
      group: target.uid,
    });
    const spec = jobSpec(target, templateOf(pod, target, this.name));
    const digest = shortDigest(JSON.stringify(spec)).slice(0, DIGEST);
    this.job = emitSpec<Job>(
      this,
      'job',
      { apiVersion: 'batch/v1', kind: 'Job', name: `${this.name}-${digest}`, labels },
      () => spec,
    );
  }
}

function jobSpec(target: SetUpServer, template: PodTemplateSpec): NonNullable<Job['spec']> {
  return {
    activeDeadlineSeconds: target.startupSeconds + SETUP_SECONDS,
    backoffLimit: RETRIES,
    // A node that is drained is no failure.
    podFailurePolicy: {
      rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
    },
    template,
  };
}

function templateOf(pod: PodModel, target: SetUpServer, name: string): PodTemplateSpec {
  const { image, tls, service, owner, databases, extensions, startupSeconds } = target;
  const roles = target.roles.map(({ request }) => request);
  const wait = ['timeout', `${startupSeconds}`, 'sh', '-c', literalForKubelet(WAIT_SCRIPT), 'wait'];
  pod.addInitContainer({
    name: 'wait',
    image,
    command: [...wait, `--host=${service}`, `--port=${POSTGRES_PORT}`],
    env: new Map(),
    resources: RESOURCES,
  });
  pod.addContainer({
    name: 'setup',
    image,
    command: setupCommand(service, POSTGRES_PORT, { owner, databases, extensions, roles }),
    env: new Map([
      ['PGAPPNAME', EnvValue.fromValue(name)],
      ['PGCONNECT_TIMEOUT', EnvValue.fromValue('10')],
      ['PGPASSWORD', target.credentials.envValue('postgres-password')],
      ...clientTls(tls),
      ...target.roles.map(({ password }, index): [string, EnvValue] => [passwordVariable(index), password]),
    ]),
    resources: RESOURCES,
    volumeMounts: [
      { name: 'scripts', mountPath: SETUP_DIRECTORY, readOnly: true },
      ...(tls === undefined ? [] : [CERTIFICATE_MOUNT]),
    ],
  });
  pod.addVolume({ name: 'scripts', configMap: { name } });
  if (tls) pod.addVolume(authorityVolume(tls));
  const template = pod.render();
  return { ...template, spec: template.spec && { ...template.spec, restartPolicy: 'Never' } };
}
