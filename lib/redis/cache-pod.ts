import { EnvValue, type ISecret } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { DEFAULT_IMAGES } from '../pod/images';
import type { SelectorLabels } from '../pod/naming';
import { PodModel } from '../pod/pod-model';
import { gracePeriodSeconds } from '../pod/termination-sizing';
import { KubernetesVersion } from '../target/kubernetes-version';
import { formatBytes, MIB } from '../units/quantity';
import { CachePersistence } from './cache-engine';
import { cacheExporter } from './cache-exporter';
import type { CachePlan } from './cache-plan';
import type { CacheRedisProps } from './cache-redis-props';
import { printRedisConf } from './configuration/redis-conf';
import {
  aliveCommand,
  ALLOCATOR_ENV,
  CACHE_PORT,
  CACHE_USER,
  client,
  CONFIG_DIRECTORY,
  DATA_DIRECTORY,
  readyCommand,
  RUN_DIRECTORY,
  server,
  TLS_DIRECTORY,
} from './configuration/redis-files';
import { APP_PASSWORD_VARIABLE, passwordVariable, startScript } from './configuration/redis-users';
import { shutdownSeconds } from './tuning/redis-memory-budget';
import { placeCache, tuneCache } from './tuning/redis-tuning';

/** Where the pod mounts something itself. */
export const CACHE_MOUNTS: readonly string[] = [
  CONFIG_DIRECTORY,
  DATA_DIRECTORY,
  RUN_DIRECTORY,
  TLS_DIRECTORY,
  '/tmp',
];

const ACL_FILE = `${RUN_DIRECTORY}/users.acl`;
const RUN_BYTES = MIB;
const TMP_BYTES = 16 * MIB;
/** A persistent cache reads its file before it answers; a few GiB take minutes. */
const STARTUP_SECONDS = { empty: 60, persistent: 600 } as const;
const STARTUP_PERIOD_SECONDS = 2;
/** Owner and group may read a private key, nobody else. */
const KEY_MODE = 0o440;

export const EXPORTER_USER = 'exporter';
export const EXPORTER_PASSWORD_KEY = 'exporter-password';

/** The answers of the two probes: what is asked of a server that takes requests, and of one that lives. */
export const PROBES = {
  readiness: { periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3 },
  liveness: { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
} as const;

/** The files of the ConfigMap of a server of one pod. */
export function cacheFiles(plan: CachePlan, hasTls: boolean): Record<string, string> {
  const place = placeCache({
    port: CACHE_PORT,
    aclFile: ACL_FILE,
    directory: DATA_DIRECTORY,
    tlsDirectory: hasTls ? TLS_DIRECTORY : undefined,
  });
  return {
    'cache.conf': printRedisConf([...place, ...tuneCache(plan.input)]),
    'start.sh': startScript(plan.users),
  };
}

export interface CachePodOptions {
  readonly name: string;
  readonly labels: SelectorLabels;
  readonly plan: CachePlan;
  readonly props: CacheRedisProps;
  readonly credentials: ISecret;
  readonly hasExporter: boolean;
}

/** The pod of a cache on one server. */
export function cachePod(scope: Construct, options: CachePodOptions): PodModel {
  const { name, plan, props, credentials } = options;
  const { engine, input, resources, users } = plan;
  const persistent = input.persistence !== CachePersistence.NONE;
  const pod = new PodModel({
    scope,
    props,
    labels: options.labels,
    selector: props.selectorLabels,
    version: KubernetesVersion.of(scope),
    serviceAccountName: props.serviceAccount?.name ?? name,
    terminationGracePeriodSeconds: gracePeriodSeconds(
      0,
      shutdownSeconds(input.maxMemoryBytes, input.persistence),
    ),
    scheduling: props,
    user: CACHE_USER,
    group: CACHE_USER,
    fsGroup: CACHE_USER,
  });
  const probe = {
    program: client(engine),
    port: CACHE_PORT,
    tls: props.certificate !== undefined,
    passwordVariable: users.passwordOnly ? APP_PASSWORD_VARIABLE : undefined,
  };
  const ready = { exec: { command: readyCommand(probe) } };
  const startupSeconds = persistent ? STARTUP_SECONDS.persistent : STARTUP_SECONDS.empty;
  pod.addMainContainer({
    name: 'cache',
    image: plan.image,
    command: ['sh', `${CONFIG_DIRECTORY}/start.sh`],
    args: [server(engine), `${CONFIG_DIRECTORY}/cache.conf`],
    ports: [{ name: 'redis', containerPort: CACHE_PORT, protocol: 'TCP' }],
    env: new Map([
      ['ACL_FILE', EnvValue.fromValue(ACL_FILE)],
      [APP_PASSWORD_VARIABLE, credentials.envValue('password')],
      ['EXPORTER_PASSWORD', credentials.envValue(EXPORTER_PASSWORD_KEY)],
      ...users.own.map(
        ({ passwordKey }, index) => [passwordVariable(index), credentials.envValue(passwordKey)] as const,
      ),
      ...ALLOCATOR_ENV.map(([variable, value]) => [variable, EnvValue.fromValue(value)] as const),
    ]),
    resources,
    startupProbe: {
      ...ready,
      periodSeconds: STARTUP_PERIOD_SECONDS,
      timeoutSeconds: 2,
      failureThreshold: startupSeconds / STARTUP_PERIOD_SECONDS,
    },
    readinessProbe: { ...ready, ...PROBES.readiness },
    livenessProbe: { exec: { command: aliveCommand(probe) }, ...PROBES.liveness },
    volumeMounts: [
      { name: 'config', mountPath: CONFIG_DIRECTORY, readOnly: true },
      { name: 'data', mountPath: DATA_DIRECTORY },
      { name: 'run', mountPath: RUN_DIRECTORY },
      ...(props.certificate ? [{ name: 'tls', mountPath: TLS_DIRECTORY, readOnly: true }] : []),
      { name: 'tmp', mountPath: '/tmp' },
    ],
  });
  if (options.hasExporter) {
    pod.addContainer(
      cacheExporter({
        image: props.exporterImage ?? DEFAULT_IMAGES.redisExporter,
        host: '127.0.0.1',
        port: CACHE_PORT,
        hasTls: props.certificate !== undefined,
        // Over loopback, where the name in the certificate says nothing.
        settings: props.certificate ? { REDIS_EXPORTER_SKIP_TLS_VERIFICATION: 'true' } : {},
        user: EXPORTER_USER,
        password: credentials.envValue(EXPORTER_PASSWORD_KEY),
      }),
    );
  }
  pod.addVolume({ name: 'config', configMap: { name } });
  if (!persistent) pod.addVolume({ name: 'data', emptyDir: { sizeLimit: formatBytes(TMP_BYTES) } });
  pod.addVolume({ name: 'run', emptyDir: { medium: 'Memory', sizeLimit: formatBytes(RUN_BYTES) } });
  if (props.certificate)
    pod.addVolume({ name: 'tls', secret: { secretName: props.certificate.name, defaultMode: KEY_MODE } });
  pod.addVolume({ name: 'tmp', emptyDir: { sizeLimit: formatBytes(TMP_BYTES) } });
  return pod;
}
