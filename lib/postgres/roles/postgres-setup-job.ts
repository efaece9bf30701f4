import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import { emitConfigMap } from '../../pod/api-object';
import { DRAINS_ARE_NO_FAILURE, jobTemplate } from '../../pod/job-pod';
import { selectorLabels } from '../../pod/naming';
import { ReleaseJob } from '../../pod/release-job';
import {
  authorityMounts,
  emitJobAccess,
  JOB_DIGEST,
  type JobHead,
  libpqVariables,
  PSQL_RESOURCES,
  type ReachedServer,
  serverJobPod,
  waitForServer,
} from '../server-job';
import { POSTGRES_PORT } from '../stateful-set/layout';
import type { PostgresRole } from './role';
import { passwordVariable, SETUP_DIRECTORY, SETUP_SCRIPTS, setupCommand } from './setup-emitter';

/** The server in which databases, extensions and roles are made. */
export interface SetUpServer extends ReachedServer {
  readonly startupSeconds: number;
  readonly owner: string;
  readonly databases: readonly string[];
  readonly extensions: readonly string[];
  readonly roles: readonly PostgresRole[];
}

/** Time for what is made, behind that of the start. A proposal. */
const SETUP_SECONDS = 1800;
/** Failures that are tried again, after 10, 20 and 40 seconds. */
const RETRIES = 3;
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
  /** The Job; its name goes on with a digest, which is known when the app is synthesized. */
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
    const { serviceAccount, networkPolicy } = emitJobAccess(this, head, target);
    this.serviceAccount = serviceAccount;
    this.networkPolicy = networkPolicy;
    this.configMap = emitConfigMap(this, 'config', head, { ...SETUP_SCRIPTS });
    const template = templateOf(this, head, target);
    this.job = new ReleaseJob(this, 'job', { ...head, digest: JOB_DIGEST }, () => ({
      activeDeadlineSeconds: target.startupSeconds + SETUP_SECONDS,
      backoffLimit: RETRIES,
      podFailurePolicy: DRAINS_ARE_NO_FAILURE,
      template: template(),
    }));
  }
}

function templateOf(scope: Construct, head: JobHead, target: SetUpServer): () => PodTemplateSpec {
  const { image, service, owner, databases, extensions, startupSeconds } = target;
  const roles = target.roles.map(({ request }) => request);
  const pod = serverJobPod(scope, head, target);
  waitForServer(pod, target, startupSeconds);
  const env = libpqVariables(head.name, target, target.credentials.envValue('postgres-password'));
  target.roles.forEach(({ password }, index) => env.set(passwordVariable(index), password));
  pod.addContainer({
    name: 'setup',
    image,
    command: setupCommand(service, POSTGRES_PORT, { owner, databases, extensions, roles }),
    env,
    resources: PSQL_RESOURCES,
    volumeMounts: [
      { name: 'scripts', mountPath: SETUP_DIRECTORY, readOnly: true },
      ...authorityMounts(target),
    ],
  });
  pod.addVolume({ name: 'scripts', configMap: { name: head.name } });
  return () => jobTemplate(pod);
}
