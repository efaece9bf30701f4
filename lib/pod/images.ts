/**
 * Default images: maintained, public, with an exact tag. Every construct lets its image be overridden,
 * and production should pin a digest (`image: 'docker.io/library/postgres:17.10-bookworm@sha256:…'`).
 *
 * The exporters are pinned together with the metric names that the alerts use: postgres_exporter 0.20 renamed series.
 */
export const DEFAULT_IMAGES = {
  postgres: {
    13: 'docker.io/library/postgres:13.23-bookworm',
    14: 'docker.io/library/postgres:14.23-bookworm',
    15: 'docker.io/library/postgres:15.18-bookworm',
    16: 'docker.io/library/postgres:16.14-bookworm',
    17: 'docker.io/library/postgres:17.10-bookworm',
    18: 'docker.io/library/postgres:18.4-bookworm',
  },
  postgresAlpine: {
    13: 'docker.io/library/postgres:13.23-alpine',
    14: 'docker.io/library/postgres:14.23-alpine',
    15: 'docker.io/library/postgres:15.18-alpine',
    16: 'docker.io/library/postgres:16.14-alpine',
    17: 'docker.io/library/postgres:17.10-alpine',
    18: 'docker.io/library/postgres:18.4-alpine',
  },
  /** CloudNativePG's own images, without extensions that nobody asked for. */
  cloudNativePg: {
    14: 'ghcr.io/cloudnative-pg/postgresql:14.23-minimal-trixie',
    15: 'ghcr.io/cloudnative-pg/postgresql:15.18-minimal-trixie',
    16: 'ghcr.io/cloudnative-pg/postgresql:16.14-minimal-trixie',
    17: 'ghcr.io/cloudnative-pg/postgresql:17.10-minimal-trixie',
    18: 'ghcr.io/cloudnative-pg/postgresql:18.4-minimal-trixie',
  },
  /** 1.25.2 has the fixes for CVE-2026-6664, CVE-2026-6665 and CVE-2026-6666. */
  pgbouncer: 'docker.io/edoburu/pgbouncer:v1.25.2-p0',
  valkey: 'docker.io/valkey/valkey:9.1.1',
  redis: 'docker.io/library/redis:8.2.1',
  /** Made for the redis-operator of OT-CONTAINER-KIT. */
  operatorRedis: 'quay.io/opstree/redis:v8.6.2',
  operatorSentinel: 'quay.io/opstree/redis-sentinel:v8.6.2',
  /** 1.30.4 is the first stable release with the fixes for CVE-2026-60005 and CVE-2026-42533. */
  nginx: 'docker.io/nginxinc/nginx-unprivileged:1.30.4',
  postgresExporter: 'quay.io/prometheuscommunity/postgres-exporter:v0.20.1',
  pgbouncerExporter: 'quay.io/prometheuscommunity/pgbouncer-exporter:v0.12.1',
  redisExporter: 'docker.io/oliver006/redis_exporter:v1.88.0',
  nginxExporter: 'docker.io/nginx/nginx-prometheus-exporter:1.5.1',
  rclone: 'docker.io/rclone/rclone:1.75.1',
  mtail: 'ghcr.io/jaqx0r/mtail:3.2.26',
} as const;
