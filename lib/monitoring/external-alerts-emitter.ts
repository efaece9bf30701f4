/** Alerts on stores that exist elsewhere: what an exporter of ours can know of them. */
import { MetricFamily } from '../connection/monitored';
import { CONNECTIONS, POD, WHERE } from './alert-terms-emitter';
import type { RuleText } from './key-metrics-emitter';
import { matching, maxBy, type PodScope, series, sumBy } from './promql-emitter';
import type { AlertedService } from './service-alerts-emitter';

/**
 * A transaction that is open and does nothing keeps its locks, and every row version that it could see. A proposal; a backup works
 * all the time, and is none.
 */
const IDLE_TRANSACTION_SECONDS = 900;

/** What is said of a kind of store, and where it is read. Neither number needs a right of its own. */
interface Kind {
  readonly family: MetricFamily;
  readonly prefix: string;
  readonly up: string;
  readonly connections: string;
  readonly lookAt: string;
}

const POSTGRES: Kind = {
  family: MetricFamily.EXTERNAL_POSTGRES,
  prefix: 'ExternalPostgres',
  up: 'pg_up',
  connections: 'pg_stat_database_numbackends',
  lookAt: 'pg_stat_activity',
};
const REDIS: Kind = {
  family: MetricFamily.EXTERNAL_REDIS,
  prefix: 'ExternalCache',
  up: 'redis_up',
  connections: 'redis_connected_clients',
  lookAt: 'CLIENT LIST',
};

export function externalAlerts(
  namespace: string | undefined,
  services: readonly AlertedService[],
): RuleText[] {
  return [POSTGRES, REDIS].flatMap((kind) => {
    const own = services.filter(({ family }) => family === kind.family);
    if (own.length === 0) return [];
    const pods = { namespace, workloads: own.map(({ name }) => name) };
    return [
      unreachable(kind, pods),
      ...nearlyAllConnections(kind, namespace, own),
      ...(kind === POSTGRES ? [idleTransaction(pods)] : []),
    ];
  });
}

function unreachable({ prefix, up }: Kind, pods: PodScope): RuleText {
  return {
    alert: `${prefix}Unreachable`,
    expr: `${maxBy(POD, series(up, pods))} == 0`,
    for: '5m',
    labels: { severity: 'critical' },
    annotations: {
      summary: `${WHERE} does not get into its store`,
      description:
        'It is down, or refuses the password, the certificate or the address of the pods. Look at the log of the exporter, and whether applications get in.',
    },
  };
}

/** Each store has a bound of its own, less what its provider keeps, which no series tells. */
function nearlyAllConnections(
  { prefix, connections, lookAt }: Kind,
  namespace: string | undefined,
  services: readonly AlertedService[],
): RuleText[] {
  const each = services.flatMap(({ name, clientConnections }) => {
    if (clientConnections === undefined) return [];
    const used = sumBy(POD, series(connections, { namespace, workloads: [name] }));
    return [`${used} > ${Math.floor(CONNECTIONS * clientConnections)}`];
  });
  if (each.length === 0) return [];
  return [
    {
      alert: `${prefix}ConnectionsHigh`,
      expr: each.join(' or '),
      for: '10m',
      labels: { severity: 'critical' },
      annotations: {
        summary: `The store of ${WHERE} has more than ${CONNECTIONS * 100} % of its connections in use`,
        description: `Beyond the last it refuses everybody. Look for who holds them: ${lookAt}.`,
      },
    },
  ];
}

function idleTransaction(pods: PodScope): RuleText {
  const age = series('pg_stat_activity_max_tx_duration', pods, matching('state', 'idle in transaction.*'));
  return {
    alert: 'ExternalPostgresIdleTransaction',
    expr: `${maxBy(POD, age)} > ${IDLE_TRANSACTION_SECONDS}`,
    labels: { severity: 'warning' },
    annotations: {
      summary: `A transaction in the store of ${WHERE} is open for {{ $value }} s and does nothing`,
      description:
        'It keeps its locks and its connection, and vacuum removes nothing that it could see. Find its application in pg_stat_activity, and set idle_in_transaction_session_timeout.',
    },
  };
}
