import { Lazy } from 'cdk8s';
import { EnvValue } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { MetricFamily } from '../../connection/monitored';
import { emitService } from '../../connection/service';
import { emitConfigMap } from '../../pod/api-object';
import { exporterContainer } from '../../pod/exporter';
import { DEFAULT_IMAGES } from '../../pod/images';
import { emitPodAccount } from '../../pod/pod-account';
import { PodModel } from '../../pod/pod-model';
import { waitBeforeStop } from '../../pod/pre-stop';
import { gracePeriodSeconds, PRE_STOP_SECONDS } from '../../pod/termination-sizing';
import { emitReplicated } from '../../scaling/replicated';
import { ScalingPolicy } from '../../scaling/scaling-policy';
import { KubernetesVersion } from '../../target/kubernetes-version';
import { secondsOf } from '../../units/amounts';
import { formatBytes, MIB } from '../../units/quantity';
import { POSTGRES_PORT } from '../stateful-set/layout';
import { CERTIFICATE_MOUNT, loopbackMode, poolerVolume } from '../tls';
import {
  loginVariables,
  PGBOUNCER_DIRECTORY,
  PGBOUNCER_EXPORTER_PORT,
  PGBOUNCER_READY_COMMAND,
  PGBOUNCER_RUN_DIRECTORY,
  PGBOUNCER_START_SCRIPT,
  PGBOUNCER_USER,
  PGBOUNCER_USER_FILE,
} from './pgbouncer-files';
import { printPgBouncerIni } from './pgbouncer-ini';
import { tunePgBouncer } from './pgbouncer-tuning';
import {
  type PooledDatabase,
  POOLER_DRAIN_SECONDS,
  POOLER_SURGE_PERCENT,
  type PoolerParts,
  type PoolerPlan,
} from './pooler-plan';

/** Key of a Secret. */
const PASSWORD_KEY = 'password';
const RUN_BYTES = MIB;
const TMP_BYTES = 16 * MIB;
const STARTUP_SECONDS = 10;

/** PgBouncers of our own, with their files in a ConfigMap and the users of the Secret. */
export function pgBouncerDeployment(scope: Construct, plan: PoolerPlan): PoolerParts {
  const { name, labels, database, replicas } = plan;
  const head = { name, labels };
  const ini = () =>
    printPgBouncerIni(
      tunePgBouncer({
        sizing: database.sizing(),
        databaseNames: database.databases,
        host: database.host,
        hostPort: database.port,
        port: POSTGRES_PORT,
        userFile: PGBOUNCER_USER_FILE,
        statisticsUser: database.statistics().user,
        queryWait: plan.queryWait(),
        startup: plan.startup,
        clientTls: database.clientTls,
        serverTls: database.serverTls && {
          mode: database.serverTls.mode,
          hasAuthority: database.serverTls.authority !== undefined,
        },
      }),
    );
  const configMap = emitConfigMap(scope, 'config', head, {
    'pgbouncer.ini': Lazy.any({ produce: ini }) as string,
    'start.sh': PGBOUNCER_START_SCRIPT,
  });
  const serviceAccount = emitPodAccount(scope, head, plan.props);
  const pod = podModel(scope, plan);
  const { deployment } = emitReplicated(scope, {
    ...head,
    pod,
    scaling: ScalingPolicy.replicas(replicas),
    surgePercent: POOLER_SURGE_PERCENT,
    startupSeconds: STARTUP_SECONDS,
    fixedReplicasReason:
      'the poolers share out the connections of the database, and more of them would add none',
  });
  const service = emitService(scope, 'service', {
    ...head,
    ports: [{ name: 'postgres', port: POSTGRES_PORT, targetPort: 'postgres', protocol: 'TCP' }],
  });
  return {
    podLabels: { ...labels },
    metrics: hasExporter(plan)
      ? {
          family: MetricFamily.PGBOUNCER,
          portName: 'metrics',
          port: PGBOUNCER_EXPORTER_PORT,
          path: '/metrics',
        }
      : undefined,
    objects: { configMap, serviceAccount, deployment, service },
  };
}

/** Where the pod mounts something itself. */
export const PGBOUNCER_MOUNTS: readonly string[] = [PGBOUNCER_DIRECTORY, PGBOUNCER_RUN_DIRECTORY, '/tmp'];

function hasExporter({ props }: PoolerPlan): boolean {
  return props.metrics !== false;
}

/** Users and passwords for the start script: who comes through, and who reads the statistics. */
function loginEnv({ logins, statistics }: PooledDatabase): ReadonlyMap<string, EnvValue> {
  const entries = logins().map(({ user, credentials }) => ({
    user,
    password: credentials.envValue(PASSWORD_KEY),
  }));
  const reader = statistics();
  const all = entries.some(({ user }) => user === reader.user) ? entries : [...entries, reader];
  return new Map(
    all.flatMap(({ user, password }, index) => {
      const names = loginVariables(index + 1);
      return [
        [names.user, EnvValue.fromValue(user)],
        [names.password, password],
      ] as const;
    }),
  );
}

function statisticsAddress({ statistics, clientTls }: PooledDatabase): string {
  const { user } = statistics();
  return `--pgBouncer.connectionString=host=127.0.0.1 port=${POSTGRES_PORT} user=${user} dbname=pgbouncer sslmode=${loopbackMode(clientTls)}`;
}

function podModel(scope: Construct, plan: PoolerPlan): PodModel {
  const { name, database, props } = plan;
  const version = KubernetesVersion.of(scope);
  const user = props.runAsUser ?? PGBOUNCER_USER;
  const tlsVolumes = poolerVolume(database.clientTls?.certificate, database.serverTls?.authority);
  const pod = new PodModel({
    scope,
    props,
    labels: plan.labels,
    version,
    serviceAccountName: props.serviceAccount?.name ?? name,
    terminationGracePeriodSeconds: gracePeriodSeconds(
      PRE_STOP_SECONDS,
      props.drainTime ? secondsOf(props.drainTime) : POOLER_DRAIN_SECONDS,
    ),
    scheduling: props,
    spread: { ownedByDeployment: true },
    user,
    group: user,
    fsGroup: user,
  });
  pod.addMainContainer({
    name: 'pgbouncer',
    image: props.image ?? DEFAULT_IMAGES.pgbouncer,
    command: ['sh', `${PGBOUNCER_DIRECTORY}/start.sh`],
    args: [`${PGBOUNCER_DIRECTORY}/pgbouncer.ini`],
    ports: [{ name: 'postgres', containerPort: POSTGRES_PORT, protocol: 'TCP' }],
    env: new Map([['USER_FILE', EnvValue.fromValue(PGBOUNCER_USER_FILE)]]),
    lateEnv: () => loginEnv(database),
    resources: plan.resources,
    startupProbe: {
      exec: { command: PGBOUNCER_READY_COMMAND },
      periodSeconds: 1,
      timeoutSeconds: 1,
      failureThreshold: STARTUP_SECONDS,
    },
    readinessProbe: {
      exec: { command: PGBOUNCER_READY_COMMAND },
      periodSeconds: 5,
      timeoutSeconds: 3,
      failureThreshold: 2,
    },
    livenessProbe: {
      tcpSocket: { port: 'postgres' },
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
    },
    lifecycle: waitBeforeStop(PRE_STOP_SECONDS, version),
    volumeMounts: [
      { name: 'config', mountPath: PGBOUNCER_DIRECTORY, readOnly: true },
      ...tlsVolumes.map(() => CERTIFICATE_MOUNT),
      { name: 'run', mountPath: PGBOUNCER_RUN_DIRECTORY },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  });
  if (hasExporter(plan)) {
    pod.addContainer(
      exporterContainer({
        image: props.exporterImage ?? DEFAULT_IMAGES.pgbouncerExporter,
        port: PGBOUNCER_EXPORTER_PORT,
        args: [Lazy.any({ produce: () => statisticsAddress(database) }) as string],
        // The driver reads the password from where every client of Postgres does, so it is no part of an address.
        lateEnv: () => new Map([['PGPASSWORD', database.statistics().password]]),
      }),
    );
  }
  pod.addVolume({ name: 'config', configMap: { name } });
  for (const volume of tlsVolumes) pod.addVolume(volume);
  pod.addVolume({ name: 'run', emptyDir: { medium: 'Memory', sizeLimit: formatBytes(RUN_BYTES) } });
  pod.addVolume({ name: 'tmp', emptyDir: { sizeLimit: formatBytes(TMP_BYTES) } });
  return pod;
}
