/** redis_exporter, beside its server or in a pod of its own. */
import { EnvValue } from 'cdk8s-plus-27';
import { exporterContainer, type ExporterOptions } from '../pod/exporter';
import type { ContainerModel } from '../pod/pod-model';
import { CACHE_EXPORTER_PORT } from './configuration/redis-files';

export interface CacheExporterOptions extends Pick<ExporterOptions, 'image' | 'resources' | 'volumeMounts'> {
  readonly host: string;
  readonly port: number;
  readonly hasTls: boolean;
  /** How it is told whom to trust, and what not to ask. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Undefined: the password is that of the user `default`. */
  readonly user?: string;
  /** Undefined: none is asked for. */
  readonly password?: EnvValue;
}

export function cacheExporter(options: CacheExporterOptions): ContainerModel {
  const { host, port, hasTls, settings = {}, user, password } = options;
  const told = {
    REDIS_ADDR: `${hasTls ? 'rediss' : 'redis'}://${host}:${port}`,
    ...settings,
    ...(user !== undefined && { REDIS_USER: user }),
  };
  return exporterContainer({
    image: options.image,
    port: CACHE_EXPORTER_PORT,
    resources: options.resources,
    volumeMounts: options.volumeMounts,
    env: {
      ...Object.fromEntries(Object.entries(told).map(([name, value]) => [name, EnvValue.fromValue(value)])),
      ...(password && { REDIS_PASSWORD: password }),
    },
  });
}
