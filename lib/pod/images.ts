/**
 * Default images: maintained, public, with an exact tag. Every construct lets its image be overridden,
 * and production should pin a digest (`image: 'docker.io/library/postgres:17.10-bookworm@sha256:…'`).
 *
 * The exporters are pinned together with the metric names that the alerts use: postgres_exporter 0.20 renamed series.
 */
export const DEFAULT_IMAGES = {
  postgres: {
    15: 'docker.io/library/postgres:15.18-bookworm',
    16: 'docker.io/library/postgres:16.14-bookworm',
    17: 'docker.io/library/postgres:17.10-bookworm',
    18: 'docker.io/library/postgres:18.4-bookworm',
  },
  valkey: 'docker.io/valkey/valkey:9.1.1',
  redis: 'docker.io/library/redis:8.2.1',
  /** 1.30.4 is the first stable release with the fixes for CVE-2026-60005 and CVE-2026-42533. */
  nginx: 'docker.io/nginxinc/nginx-unprivileged:1.30.4',
  postgresExporter: 'quay.io/prometheuscommunity/postgres-exporter:v0.20.1',
  redisExporter: 'docker.io/oliver006/redis_exporter:v1.88.0',
  nginxExporter: 'docker.io/nginx/nginx-prometheus-exporter:1.5.1',
  mtail: 'ghcr.io/jaqx0r/mtail:3.2.26',
} as const;
