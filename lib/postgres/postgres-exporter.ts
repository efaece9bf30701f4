/** postgres_exporter, beside its server or in a pod of its own. */
import { EnvValue } from 'cdk8s-plus-27';
import { exporterContainer, type ExporterOptions } from '../pod/exporter';
import type { ContainerModel } from '../pod/pod-model';
import type { PostgresVersion } from './postgres-workload';
import { POSTGRES_EXPORTER_PORT } from './stateful-set/layout';

export interface PostgresExporterOptions extends Pick<
  ExporterOptions,
  'image' | 'resources' | 'volumeMounts'
> {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** `sslmode` of the driver, which has no `prefer`. */
  readonly sslMode: string;
  /** File with the authority that the certificate of the server is checked by. */
  readonly authorityFile?: string;
  readonly user: string;
  readonly password: EnvValue;
  /** Major version of the server; undefined: not known. */
  readonly version?: PostgresVersion;
}

/** First version whose checkpointer has statistics of its own, which the exporter reads only when told to. */
const CHECKPOINTER_SINCE = 17;

export function postgresExporter(options: PostgresExporterOptions): ContainerModel {
  const { host, port, database, sslMode, authorityFile, version } = options;
  const authority = authorityFile === undefined ? '' : `&sslrootcert=${authorityFile}`;
  return exporterContainer({
    image: options.image,
    port: POSTGRES_EXPORTER_PORT,
    resources: options.resources,
    volumeMounts: options.volumeMounts,
    args: Number(version) >= CHECKPOINTER_SINCE ? ['--collector.stat_checkpointer'] : undefined,
    env: {
      DATA_SOURCE_URI: EnvValue.fromValue(`${host}:${port}/${database}?sslmode=${sslMode}${authority}`),
      DATA_SOURCE_USER: EnvValue.fromValue(options.user),
      DATA_SOURCE_PASS: options.password,
    },
  });
}
