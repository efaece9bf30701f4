import type { ApiObject } from 'cdk8s';
import { EnvValue } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type { CronJob } from 'kubernetes-types/batch/v1';
import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import { type ClaimedVolume, claimSpec, emitVolumeClaim } from '../../connection/volume-claim';
import { emitConfigMap, emitSpec } from '../../pod/api-object';
import { DRAINS_ARE_NO_FAILURE, jobTemplate } from '../../pod/job-pod';
import { namespaceOf, selectorLabels } from '../../pod/naming';
import type { ContainerModel, PodModel } from '../../pod/pod-model';
import { WorkloadProfile } from '../../sizing/workload-profile';
import { bytesOf, secondsOf } from '../../units/amounts';
import type { DumpBackupOptions } from '../postgres-backup';
import {
  authorityMounts,
  emitJobAccess,
  type JobHead,
  libpqVariables,
  type ReachedServer,
  serverJobPod,
} from '../server-job';
import { POSTGRES_PORT } from '../stateful-set/layout';
import type { ObjectStoreDestinationOptions } from './dump-destination';
import {
  BACKUP_DIRECTORY,
  DUMP_SCRIPTS,
  dumpCommand,
  restoreCommand,
  SCRATCH_DIRECTORY,
  SCRIPT_DIRECTORY,
  SET_VARIABLE,
  testCommand,
} from './dump-emitter';
import { DUMP_DEFAULTS, dumpSizes } from './dump-sizing';
import { allowStore, rcloneContainer } from './dump-store';
import {
  downloadCommand,
  FOLDER_VARIABLE,
  STORE_SCRIPTS,
  type StorePlace,
  uploadCommand,
} from './upload-emitter';

/** The database that is dumped. */
export interface DumpedDatabase extends ReachedServer {
  /** Size of the database's volume, which is the most that a restored one takes. */
  readonly storageBytes: number;
  readonly libraries: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
}

/** Two thirds of the CPU time of a dump is compression. A proposal. */
const PROFILE = WorkloadProfile.fromQuantities({
  cpuRequest: '250m',
  cpuLimit: '1',
  memoryRequest: '1Gi',
  memoryLimit: '1Gi',
});

/** Which set is restored, unless the Job says otherwise. */
const NEWEST = 'newest';

const VOLUME_MOUNTS = [
  { name: 'scripts', mountPath: SCRIPT_DIRECTORY, readOnly: true },
  { name: 'backups', mountPath: BACKUP_DIRECTORY },
];

/**
 * The CronJob that dumps all databases of a server and restores each dump into a server of its own, the suspended one that restores
 * a dump on demand, and their volume where dumps are kept on one, ConfigMap, ServiceAccount and NetworkPolicy. Made by `PostgresBackup.dump`.
 *
 * @example
 * const orders = new TunedPostgres(chart, 'orders', {
 *   storage: Size.gibibytes(20),
 *   topology: PostgresTopology.statefulSet({ backup: PostgresBackup.dump({ storage: Size.gibibytes(50) }) }),
 * });
 *
 * // kubectl create job restore-1 --from=cronjob/shop-orders-restore
 * orders.dumpJob?.restoreCronJob.metadata.addLabel('runbook', 'restore');
 */
export class PostgresDumpJob extends Construct {
  /** Name of its objects. */
  public readonly name: string;
  /** The claim of the volume with the dumps, `<name>`; it stays when the backup goes. Undefined with a `destination`. */
  public readonly volumeClaim?: ApiObject;
  /** The CronJob that dumps, and tests what it has dumped. */
  public readonly cronJob: ApiObject;
  /** The CronJob that restores; suspended, a Job is made from it by hand. */
  public readonly restoreCronJob: ApiObject;
  /** The ServiceAccount of the pods; it has no token and no rights. */
  public readonly serviceAccount: ApiObject;
  /** The ConfigMap with the scripts. */
  public readonly configMap: ApiObject;
  /** The NetworkPolicy: to the database, DNS, and the object store. */
  public readonly networkPolicy: ApiObject;

  private readonly head: JobHead;
  private readonly keep: number;
  private readonly store?: ObjectStoreDestinationOptions;

  /** @internal */
  public static _of(scope: Construct, target: DumpedDatabase, props: DumpBackupOptions): PostgresDumpJob {
    return new PostgresDumpJob(scope, 'backup', target, props);
  }

  private constructor(
    scope: Construct,
    id: string,
    private readonly target: DumpedDatabase,
    private readonly props: DumpBackupOptions,
  ) {
    super(scope, id);
    this.name = `${target.name}-backup`;
    this.keep = props.keep ?? DUMP_DEFAULTS.keep;
    const head = { name: this.name, labels: selectorLabels(this.name, 'backup') };
    this.head = head;
    this.store = props.destination?._store;
    const { serviceAccount, network, networkPolicy } = emitJobAccess(
      this,
      head,
      target,
      this.store?.serviceAccountAnnotations,
    );
    if (this.store) allowStore(network, this.store);
    this.serviceAccount = serviceAccount;
    this.networkPolicy = networkPolicy;
    this.configMap = emitConfigMap(this, 'config', head, {
      ...DUMP_SCRIPTS,
      ...(this.store && STORE_SCRIPTS),
    });
    if (!this.store) this.volumeClaim = emitVolumeClaim(this, 'volume-claim', head, this.volume);
    this.cronJob = this.emitCronJob('cron-job', this.name, { schedule: props.schedule }, () =>
      this.dumpPod(),
    );
    this.restoreCronJob = this.emitCronJob(
      'restore-cron-job',
      `${target.name}-restore`,
      { schedule: '@yearly', suspend: true },
      () => this.restorePod(),
    );
    this.node.defaultChild = this.cronJob;
  }

  private emitCronJob(
    id: string,
    name: string,
    { schedule, suspend }: { readonly schedule?: string; readonly suspend?: boolean },
    template: () => PodTemplateSpec,
  ): ApiObject {
    const { props } = this;
    const { labels } = this.head;
    return emitSpec<CronJob>(this, id, { apiVersion: 'batch/v1', kind: 'CronJob', name, labels }, () => ({
      concurrencyPolicy: 'Forbid',
      failedJobsHistoryLimit: 3,
      jobTemplate: {
        metadata: { labels: { ...labels } },
        spec: {
          activeDeadlineSeconds: props.timeout ? secondsOf(props.timeout) : DUMP_DEFAULTS.timeoutSeconds,
          // What a restore has begun, the next would find.
          backoffLimit: suspend === true ? 0 : DUMP_DEFAULTS.retries,
          podFailurePolicy: DRAINS_ARE_NO_FAILURE,
          template: template(),
        },
      },
      schedule: schedule ?? DUMP_DEFAULTS.schedule,
      startingDeadlineSeconds: DUMP_DEFAULTS.startingDeadlineSeconds,
      successfulJobsHistoryLimit: 1,
      suspend,
      timeZone: props.timeZone,
    }));
  }

  private dumpPod(): PodTemplateSpec {
    const { target, props, keep } = this;
    const pod = this.pod();
    const address = { host: target.service, port: POSTGRES_PORT };
    const hasTest = props.restoreTest !== false;
    // Of what is on its way to a store there is one.
    const kept = this.store ? 1 : keep;
    const containers = [this.container('dump', dumpCommand(address, kept, hasTest), this.login())];
    if (hasTest) {
      const scratch = { name: 'scratch', mountPath: SCRATCH_DIRECTORY };
      const { libraries, parameters } = target;
      const test = testCommand(kept, {
        sizes: dumpSizes(this.resources.memoryLimitBytes),
        libraries,
        libraryParameters: Object.fromEntries(
          Object.entries(parameters).filter(([name]) => name.includes('.')),
        ),
      });
      const tested = this.container('restore-test', test, new Map());
      containers.push({ ...tested, volumeMounts: [...(tested.volumeMounts ?? []), scratch] });
      pod.addVolume({
        name: 'scratch',
        ephemeral: {
          volumeClaimTemplate: {
            spec: claimSpec({
              bytes: props.restoreTestStorage ? bytesOf(props.restoreTestStorage) : target.storageBytes,
              storageClassName: props.restoreTestStorageClassName ?? props.storageClassName,
            }),
          },
        },
      });
    }
    if (this.store)
      containers.push(this.transfer('upload', this.store, uploadCommand(this.placeIn(this.store), keep)));
    // Each begins when the one before has done its part; the last is the container of the Job.
    const last = containers.pop() as ContainerModel;
    for (const one of containers) pod.addInitContainer(one);
    pod.addContainer(last);
    return jobTemplate(pod);
  }

  private restorePod(): PodTemplateSpec {
    const pod = this.pod();
    const env = this.login();
    env.set(SET_VARIABLE, EnvValue.fromValue(NEWEST));
    if (this.store) {
      const place = this.placeIn(this.store);
      const download = this.transfer('download', this.store, downloadCommand(place));
      download.env.set(SET_VARIABLE, EnvValue.fromValue(NEWEST));
      download.env.set(FOLDER_VARIABLE, EnvValue.fromValue(place.folder));
      pod.addInitContainer(download);
    }
    const address = { host: this.target.service, port: POSTGRES_PORT };
    pod.addContainer(this.container('restore', restoreCommand(address), env));
    return jobTemplate(pod);
  }

  /** By the superuser, who alone reads everything: large objects, and rows that a policy hides. */
  private login(): ContainerModel['env'] {
    const { target } = this;
    return libpqVariables(this.name, target, target.credentials.envValue('postgres-password'));
  }

  private get resources() {
    return (this.props.profile ?? PROFILE)._resources();
  }

  private container(name: string, command: string[], env: ContainerModel['env']): ContainerModel {
    return {
      name,
      image: this.target.image,
      command,
      env,
      resources: this.resources,
      volumeMounts: [...VOLUME_MOUNTS, ...authorityMounts(this.target)],
    };
  }

  /** A container that brings sets to the store, or from there. */
  private transfer(name: string, store: ObjectStoreDestinationOptions, command: string[]): ContainerModel {
    return {
      ...rcloneContainer(store, this.volume.bytes),
      name,
      command,
      volumeMounts: VOLUME_MOUNTS,
    };
  }

  private placeIn({ destinationPath, folder }: ObjectStoreDestinationOptions): StorePlace {
    const own = [namespaceOf(this), this.target.name].filter((part) => part !== undefined).join('/');
    return { destinationPath, folder: folder ?? own };
  }

  /** The volume that sets are written to. */
  private get volume(): ClaimedVolume {
    const { storage, storageClassName } = this.props;
    return { bytes: bytesOf(storage), storageClassName };
  }

  private pod(): PodModel {
    const pod = serverJobPod(this, this.head, this.target, this.target.uid);
    pod.addVolume({ name: 'scripts', configMap: { name: this.name } });
    pod.addVolume({
      name: 'backups',
      ...(this.store
        ? { ephemeral: { volumeClaimTemplate: { spec: claimSpec(this.volume) } } }
        : { persistentVolumeClaim: { claimName: this.name } }),
    });
    return pod;
  }
}
