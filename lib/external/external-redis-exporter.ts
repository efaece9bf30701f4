/** redis_exporter for a cache that exists elsewhere. */
import { MetricFamily } from '../connection/monitored';
import type { Checks } from '../finding/checks';
import { DEFAULT_IMAGES } from '../pod/images';
import { cacheExporter } from '../redis/cache-exporter';
import { CACHE_EXPORTER_PORT, TLS_DIRECTORY, TLS_KEYS } from '../redis/configuration/redis-files';
import { dnsSubdomainRule, loginNameRule } from '../units/names';
import type { ExternalRedisExporterProps } from './exporter-props';
import type { ExternalRedis } from './external-redis';
import type { ExternalRedisProps } from './external-redis-props';
import { StoreExporter } from './store-exporter';
import { PASSWORD_KEY } from './store-names';

/** The exporter opens one for each scrape. */
export const EXPORTER_CONNECTIONS = 1;

/** What providers refuse, and log: the exporter goes without. */
const WITHOUT_CONFIG = { REDIS_EXPORTER_CONFIG_COMMAND: '-' };

export function checkExporter(
  checks: Checks,
  store: ExternalRedisProps,
  { username, credentials }: ExternalRedisExporterProps,
): void {
  checks.text('username', username, loginNameRule);
  checks.text('credentials', credentials?.name, dnsSubdomainRule);
  if (username !== undefined && username !== store.username && credentials === undefined)
    checks.fail('username', username, 'a user of its own has a password of its own; give `credentials`');
}

export function exporterOfRedis(
  store: ExternalRedis,
  cache: ExternalRedisProps,
  props: ExternalRedisExporterProps,
): StoreExporter {
  const { name, host, port } = store;
  const { certificateAuthority, tls, peer } = cache;
  const secret = props.credentials ?? cache.credentials;
  const file = TLS_KEYS.authority;
  return StoreExporter._of(
    store,
    {
      name: `${name}-exporter`,
      family: MetricFamily.EXTERNAL_REDIS,
      metricsPort: CACHE_EXPORTER_PORT,
      peer,
      port,
      authority: certificateAuthority && {
        volume: {
          name: 'tls',
          secret: { secretName: certificateAuthority.name, items: [{ key: file, path: file }] },
        },
        mount: { name: 'tls', mountPath: TLS_DIRECTORY, readOnly: true },
      },
      container: (options) =>
        cacheExporter({
          ...options,
          image: props.image ?? DEFAULT_IMAGES.redisExporter,
          host,
          port,
          hasTls: tls === true,
          settings: {
            ...WITHOUT_CONFIG,
            ...(certificateAuthority && {
              REDIS_EXPORTER_TLS_CA_CERT_FILE: `${TLS_DIRECTORY}/${file}`,
            }),
          },
          // A password alone is that of the user `default`.
          user: props.credentials ? props.username : cache.username,
          password: secret?.envValue(PASSWORD_KEY),
        }),
    },
    props,
  );
}
