import type { Construct } from 'constructs';
import { MetricFamily } from '../../connection/monitored';
import { CNPG_API_VERSION, poolerLabels } from '../../inventory/cloud-native-pg-names';
import { emitSpec } from '../../pod/api-object';
import type { PodProps } from '../../pod/pod-props';
import { waitBeforeStop } from '../../pod/pre-stop';
import { affinity, spreadConstraints, tolerations } from '../../pod/scheduling';
import { gracePeriodSeconds, PRE_STOP_SECONDS } from '../../pod/termination-sizing';
import { renderResources } from '../../sizing/resources';
import { KubernetesVersion } from '../../target/kubernetes-version';
import { secondsOf } from '../../units/amounts';
import { poolerDirectives } from '../pooler/pgbouncer-tuning';
import {
  POOLER_DRAIN_SECONDS,
  POOLER_SURGE_PERCENT,
  type PoolerParts,
  type PoolerPlan,
} from '../pooler/pooler-plan';
import { operatorPoolerParameters } from './parameters';
import type { Pooler } from './types';

/** Where the operator's PgBouncers serve metrics. */
const METRICS_PORT = 9127;

/** What of the pods a Pooler takes. */
export const POOLER_POD_PROPS: ReadonlyArray<keyof PodProps> = [
  'imagePullSecrets',
  'tolerations',
  'requiredNodes',
  'preferredNodes',
  'nearTo',
  'apartFrom',
];

/** PgBouncers of CloudNativePG: the operator gives them the certificates and the user that looks up passwords. */
export function cloudNativePgPooler(scope: Construct, plan: PoolerPlan): PoolerParts {
  const { name, labels, props } = plan;
  const podLabels = poolerLabels(name);
  const pooler = emitSpec<Pooler>(
    scope,
    'pooler',
    { name, labels, apiVersion: CNPG_API_VERSION, kind: 'Pooler' },
    () => poolerSpec(scope, plan, podLabels),
  );
  return {
    podLabels,
    metrics:
      props.metrics === false
        ? undefined
        : {
            family: MetricFamily.CLOUD_NATIVE_PG_POOLER,
            portName: 'metrics',
            port: METRICS_PORT,
            path: '/metrics',
          },
    objects: { pooler },
  };
}

function poolerSpec(
  scope: Construct,
  { replicas, resources, labels, props, database, queryWait, startup }: PoolerPlan,
  podLabels: Record<string, string>,
): NonNullable<Pooler['spec']> {
  const version = KubernetesVersion.of(scope);
  const spread = { labels: podLabels, version, ownedByDeployment: true };
  const drain = props.drainTime ? secondsOf(props.drainTime) : POOLER_DRAIN_SECONDS;
  const directives = poolerDirectives({
    sizing: database.sizing(),
    queryWait: queryWait(),
    startup,
    databaseNames: database.databases,
  });
  return {
    cluster: { name: database.name },
    type: 'rw',
    instances: replicas,
    pgbouncer: { poolMode: 'transaction', parameters: operatorPoolerParameters(directives) },
    template: {
      metadata: { labels: { ...labels } },
      spec: {
        affinity: affinity(props, spread),
        containers: [
          {
            name: 'pgbouncer',
            image: props.image,
            lifecycle: waitBeforeStop(PRE_STOP_SECONDS, version),
            resources: renderResources(resources),
          },
        ],
        nodeSelector: props.nodeSelector,
        priorityClassName: props.priorityClassName,
        tolerations: tolerations(props),
        imagePullSecrets: props.imagePullSecrets?.map(({ name }) => ({ name })),
        terminationGracePeriodSeconds: gracePeriodSeconds(PRE_STOP_SECONDS, drain),
        topologySpreadConstraints: spreadConstraints(spread),
      },
    },
    deploymentStrategy: {
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: `${POOLER_SURGE_PERCENT}%`, maxUnavailable: 0 },
    },
  };
}
