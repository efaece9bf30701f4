/**
 * Which server a container runs: by the exact name of its image, and by what it is told to run. Operators, consoles, exporters,
 * backup clients and front ends have the name of a server in theirs, and are none.
 */
import { parseImage } from '../units/image';
import { commandWords } from './command-line';
import { type Json, listAt, textAt } from './json';

export type ServerName = 'nginx' | 'pgbouncer' | 'postgres' | 'redis';

interface ServerImages {
  /** Names of images, without registry, path and tag. */
  readonly images: RegExp;
  /** Programs that are this server. */
  readonly programs: readonly string[];
}

const SERVERS: Readonly<Record<ServerName, ServerImages>> = {
  postgres: {
    images:
      /^(postgres|postgresql|postgresql-repmgr|postgres-alpine|postgis|pgvector|pgvecto-rs|vchord-postgres|paradedb|timescaledb(-ha)?|citus|spilo(-\d+)?|crunchy-postgres(-gis)?|percona-distribution-postgresql|pgautoupgrade)$/,
    programs: ['postgres', 'postmaster'],
  },
  redis: {
    images: /^(redis|valkey|redis-cluster|valkey-cluster|redis-stack(-server)?|valkey-bundle|keydb)$/,
    programs: ['redis-server', 'valkey-server', 'keydb-server', 'redis-stack-server'],
  },
  nginx: {
    images: /^(nginx|nginx-unprivileged|nginx-slim|openresty|tengine|angie)$/,
    programs: ['nginx', 'openresty'],
  },
  pgbouncer: { images: /^pgbouncer$/, programs: ['pgbouncer'] },
};

/** What images start their server with, and what starts anything. */
const STARTERS =
  /^(sh|bash|ash|dash)$|^(docker-entrypoint|entrypoint|run|start|setup|launch|init)[\w.-]*$|\.(sh|py|pl)$|^(tini|dumb-init|gosu|su-exec|env|exec|nice|s6-svscan|init)$/;

/** Whether a container runs a server. */
export function runsServer(container: Json, server: ServerName): boolean {
  const { images, programs } = SERVERS[server];
  if (!images.test(parseImage(textAt(container, 'image') ?? '').name)) return false;
  const words = commandWords(container);
  const [first = ''] = words;
  // Options alone go to the server.
  if (first === '' || first.startsWith('-')) return true;
  const names = words.map((word) => word.split('/').pop() ?? '');
  if (names.some((name) => programs.includes(name))) return true;
  return STARTERS.test(names[0]) && !names.some((name) => /(^|-)(sentinel|cli|dump|isready|psql)/.test(name));
}

/** Servers that keep what they are told on disk or in memory: a second replica of one is another one. */
const STATEFUL_IMAGES =
  /^(mariadb|mysql(-server)?|percona(-server)?|mongo(db)?|memcached|rabbitmq|kafka|zookeeper|redpanda|nats|pulsar|activemq|artemis|mosquitto|emqx|elasticsearch|opensearch|solr|meilisearch|typesense|qdrant|weaviate|milvus|chroma|minio|seaweedfs|etcd|consul|vault|influxdb|clickhouse(-server)?|cassandra|scylla|couchdb|couchbase|neo4j|dgraph|arangodb|rethinkdb|cockroach(db)?|tidb|yugabyte|victoria-metrics|prometheus|alertmanager|loki|tempo|mimir|questdb|keydb|dragonfly|registry|gitea|forgejo|gitlab-ce|gitlab-ee|nexus3|sonarqube|jenkins|home-assistant|grafana|sqlite|beanstalkd?|gearmand?)$/;

/** Ports of such servers. */
const STATEFUL_PORTS: ReadonlySet<unknown> = new Set([
  1433, 1521, 1883, 2181, 2379, 3306, 4222, 5432, 5672, 5984, 6379, 7687, 8086, 9042, 9092, 9200, 11211,
  26257, 27017,
]);

/** Whether a container is a server whose state a second replica would not have. */
export function keepsState(container: Json): boolean {
  const { name } = parseImage(textAt(container, 'image') ?? '');
  return (
    STATEFUL_IMAGES.test(name) ||
    (['postgres', 'redis'] as const).some((server) => runsServer(container, server)) ||
    listAt(container, 'ports').some((port) => STATEFUL_PORTS.has((port as Json | null)?.containerPort))
  );
}

/** Whether a program lets one of its replicas work, and the others wait. */
export function isElected(container: Json, variables: ReadonlyMap<string, string>): boolean {
  const words = commandWords(container);
  return (
    words.some((word) => /^-{1,2}(enable-)?leader-?elect(ion)?(-[\w-]+)?(=(?!false).*)?$/i.test(word)) ||
    [...variables].some(([name, value]) => /LEADER_?ELECT/i.test(name) && !/^(false|0|no)?$/i.test(value))
  );
}
