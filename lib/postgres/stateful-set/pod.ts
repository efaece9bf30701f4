import { Lazy } from 'cdk8s';
import { EnvValue, type ISecret } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { DEFAULT_IMAGES } from '../../pod/images';
import type { SelectorLabels } from '../../pod/naming';
import { PodModel } from '../../pod/pod-model';
import { gracePeriodSeconds } from '../../pod/termination-sizing';
import type { ContainerResources } from '../../sizing/resources';
import type { KubernetesVersion } from '../../target/kubernetes-version';
import { formatBytes, MIB } from '../../units/quantity';
import type { ImageCapabilities } from '../image-capabilities';
import { EXPORTER_ROLE } from '../pooler/pgbouncer-files';
import { postgresExporter } from '../postgres-exporter';
import { PostgresImageFamily, type PostgresVersion } from '../postgres-workload';
import { CERTIFICATE_MOUNT, certificateVolume, loopbackMode, type PostgresTls } from '../tls';
import type { TunedPostgresProps } from '../tuned-postgres-props';
import type { Tuning } from '../tuning/postgres-tuning';
import { ALIVE_COMMAND, READY_COMMAND, STOP_COMMAND } from './files';
import {
  CONFIG_DIRECTORY,
  INIT_DIRECTORY,
  initdbArguments,
  POSTGRES_PORT,
  ROLES_FILE,
  serverArguments,
  shutdownSeconds,
} from './layout';
import { settingsToRestartFor } from './postgres-conf';

export interface PostgresPodOptions {
  readonly name: string;
  readonly labels: SelectorLabels;
  /** The construct of the database. */
  readonly scope: Construct;
  readonly props: TunedPostgresProps;
  readonly kubernetes: KubernetesVersion;
  readonly version: PostgresVersion;
  readonly family: PostgresImageFamily;
  readonly capabilities: ImageCapabilities;
  readonly image: string;
  /** Image of the exporter; undefined for none. */
  readonly exporterImage?: string;
  readonly resources: ContainerResources;
  readonly credentials: ISecret;
  readonly database: string;
  readonly user: string;
  readonly tls?: PostgresTls;
  /** The ConfigMap with the scripts of the first start; undefined for none. */
  readonly scripts?: string;
  /** The settings, with every consumer known; sizes of memory and time do not depend on them. */
  readonly tuning: () => Tuning;
}

/** Where the pod mounts something itself. */
export const POSTGRES_MOUNTS: readonly string[] = [
  CONFIG_DIRECTORY,
  INIT_DIRECTORY,
  '/var/run/postgresql',
  '/dev/shm',
  '/tmp',
];

/** What the server reads when it starts; other files are for the first start. */
function readAtStart(file: string, text: string): unknown {
  if (file === 'pg_hba.conf') return text;
  return file === 'postgresql.conf' ? settingsToRestartFor(text) : undefined;
}

const STARTUP_PERIOD_SECONDS = 5;
const TMP_BYTES = 64 * MIB;
const RUN_BYTES = 16 * MIB;

/** The pod of a database: server, exporter, and volumes for everything that they write. */
export function postgresPod(options: PostgresPodOptions): PodModel {
  const { name, capabilities, version, credentials, scripts, tls } = options;
  const { sharedBuffers, startupSeconds } = options.tuning();
  const pod = new PodModel({
    scope: options.scope,
    props: options.props,
    rollsOn: options.props.restartOnChange === false ? () => undefined : readAtStart,
    labels: options.labels,
    selector: options.props.selectorLabels,
    version: options.kubernetes,
    serviceAccountName: options.props.serviceAccount?.name ?? name,
    terminationGracePeriodSeconds: gracePeriodSeconds(0, shutdownSeconds(sharedBuffers)),
    scheduling: options.props,
    user: capabilities.user,
    group: capabilities.user,
    fsGroup: capabilities.user,
  });
  pod.addMainContainer({
    name: 'postgres',
    image: options.image,
    args: serverArguments(version),
    ports: [{ name: 'postgres', containerPort: POSTGRES_PORT, protocol: 'TCP' }],
    env: new Map([
      ['PGDATA', EnvValue.fromValue(capabilities.pgdata)],
      ['POSTGRES_INITDB_ARGS', EnvValue.fromValue(initdbArguments(version))],
      ['POSTGRES_PASSWORD', credentials.envValue('postgres-password')],
      ['APP_DATABASE', EnvValue.fromValue(options.database)],
      ['APP_USER', EnvValue.fromValue(options.user)],
      ['APP_PASSWORD', credentials.envValue('password')],
      ['EXPORTER_PASSWORD', credentials.envValue('exporter-password')],
    ]),
    resources: {
      ...options.resources,
      get hugePagesBytes() {
        return options.tuning().hugePagesBytes;
      },
    },
    startupProbe: {
      exec: { command: READY_COMMAND },
      periodSeconds: STARTUP_PERIOD_SECONDS,
      timeoutSeconds: 5,
      failureThreshold: Math.ceil(startupSeconds / STARTUP_PERIOD_SECONDS),
    },
    readinessProbe: {
      exec: { command: READY_COMMAND },
      periodSeconds: 5,
      timeoutSeconds: 5,
      failureThreshold: 3,
    },
    livenessProbe: {
      exec: { command: ALIVE_COMMAND },
      periodSeconds: 10,
      timeoutSeconds: 10,
      failureThreshold: 6,
    },
    lifecycle: { preStop: { exec: { command: STOP_COMMAND } } },
    volumeMounts: [
      { name: 'data', mountPath: capabilities.mountPath },
      { name: 'config', mountPath: CONFIG_DIRECTORY, readOnly: true },
      { name: 'init', mountPath: ROLES_FILE, subPath: 'roles.sql', readOnly: true },
      ...(scripts === undefined ? [] : [{ name: 'scripts', mountPath: INIT_DIRECTORY, readOnly: true }]),
      ...(tls === undefined ? [] : [CERTIFICATE_MOUNT]),
      { name: 'run', mountPath: '/var/run/postgresql' },
      { name: 'shm', mountPath: '/dev/shm' },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  });
  if (options.exporterImage !== undefined) {
    pod.addContainer(
      postgresExporter({
        image: options.exporterImage,
        host: '127.0.0.1',
        port: POSTGRES_PORT,
        database: 'postgres',
        sslMode: loopbackMode(tls),
        user: EXPORTER_ROLE,
        password: credentials.envValue('exporter-password'),
        version,
      }),
    );
  }
  const configItems = (...keys: string[]) => ({
    configMap: { name, items: keys.map((key) => ({ key, path: key })) },
  });
  pod.addVolume({ name: 'config', ...configItems('postgresql.conf', 'pg_hba.conf') });
  pod.addVolume({ name: 'init', ...configItems('roles.sql') });
  if (scripts !== undefined) pod.addVolume({ name: 'scripts', configMap: { name: scripts } });
  if (tls !== undefined) pod.addVolume(certificateVolume(tls));
  pod.addVolume({ name: 'run', emptyDir: { sizeLimit: formatBytes(RUN_BYTES) } });
  const sharedMemory = { produce: () => formatBytes(options.tuning().sharedMemoryVolume) };
  pod.addVolume({
    name: 'shm',
    emptyDir: { medium: 'Memory', sizeLimit: Lazy.any(sharedMemory) as string },
  });
  pod.addVolume({ name: 'tmp', emptyDir: { sizeLimit: formatBytes(TMP_BYTES) } });
  return pod;
}

export function defaultImage(family: PostgresImageFamily, version: PostgresVersion): string {
  switch (family) {
    case PostgresImageFamily.ALPINE:
      return DEFAULT_IMAGES.postgresAlpine[version];
    case PostgresImageFamily.CLOUD_NATIVE_PG:
      return (DEFAULT_IMAGES.cloudNativePg as Record<string, string>)[version];
    case PostgresImageFamily.DEBIAN:
      return DEFAULT_IMAGES.postgres[version];
  }
}
