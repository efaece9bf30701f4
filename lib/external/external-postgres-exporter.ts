/** postgres_exporter for a database that exists elsewhere. */
import { loginOf } from '../connection/database-connection';
import { MetricFamily } from '../connection/monitored';
import { DEFAULT_IMAGES } from '../pod/images';
import { postgresExporter } from '../postgres/postgres-exporter';
import { POSTGRES_EXPORTER_PORT } from '../postgres/stateful-set/layout';
import { authorityVolume, CERTIFICATE_MOUNT } from '../postgres/tls';
import { certificatePath } from '../postgres/tuning/encryption';
import type { ExternalPostgresExporterProps } from './exporter-props';
import type { ExternalPostgres } from './external-postgres';
import { verifiesCertificate } from './external-postgres-checks';
import type { ExternalPostgresProps } from './external-postgres-props';
import { StoreExporter } from './store-exporter';
import { PASSWORD_KEY } from './store-names';

/** The exporter keeps one connection for its older queries, and one for its collectors. */
export const EXPORTER_CONNECTIONS = 2;

export function exporterOfPostgres(
  store: ExternalPostgres,
  database: ExternalPostgresProps,
  props: ExternalPostgresExporterProps,
): StoreExporter {
  const { name, host, port } = store;
  const { sslMode, peer, version } = database;
  const certificate = verifiesCertificate(database) ? database.certificateAuthority : undefined;
  const { user, credentials } = loginOf(props, store);
  return StoreExporter._of(
    store,
    {
      name: `${name}-exporter`,
      family: MetricFamily.EXTERNAL_POSTGRES,
      metricsPort: POSTGRES_EXPORTER_PORT,
      peer,
      port,
      authority: certificate && { volume: authorityVolume({ certificate }), mount: CERTIFICATE_MOUNT },
      container: (options) =>
        postgresExporter({
          ...options,
          image: props.image ?? DEFAULT_IMAGES.postgresExporter,
          host,
          port,
          database: store.database,
          sslMode: sslMode as string,
          authorityFile: certificate && certificatePath('authority'),
          user,
          password: credentials.envValue(PASSWORD_KEY),
          version,
        }),
    },
    props,
  );
}
