import { evaluate } from '../../lib/checklist/evaluate';
import { Inventory } from '../../lib/inventory/inventory';
import { readDocuments } from '../../lib/inventory/reading/yaml-documents';

/** What is said of how many pods there are, with the advice. */
function said(text: string): string[] {
  const { documents } = readDocuments(text);
  return evaluate(Inventory.ofSourced(documents), { profile: 'default' })
    .findings.filter(({ rule }) => ['CAC-028', 'REL-003', 'REL-012', 'HPA-003'].includes(rule))
    .filter(({ path }) => path !== 'spec.serviceName')
    .map(({ rule, fix }) => `${rule}: ${fix}`);
}

const stateful = (container: string, spec = '', pod = '') => `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: store}
spec: {serviceName: store, ${spec}selector: {matchLabels: {app: store}}, template: {metadata: {labels: {app: store}}, spec: {${pod}containers: [{name: store, ${container}}]}}}
`;
const scaler = (kind: string) => `---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: store}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: ${kind}, name: store}, minReplicas: 1, maxReplicas: 3, metrics: []}
`;
const redis = 'image: "redis:8.2"';

test('what can be one pod only is not told to keep two', () => {
  expect(said(stateful(redis) + scaler('StatefulSet'))).toEqual([
    'CAC-028: remove the autoscaler and use one replica, or set up replication (RedisTopology.sentinel, .cluster)',
  ]);
  expect(said(stateful('image: "postgres:17"') + scaler('StatefulSet'))).toEqual([
    'REL-003: remove the autoscaler and use one replica, or an operator that replicates',
  ]);
  expect(said(stateful(redis, 'replicas: 3, '))).toEqual([
    'CAC-028: use one replica, or set up replication (RedisTopology.sentinel, .cluster)',
  ]);
});

test.each([
  ['an argument', stateful(`${redis}, args: ["--replicaof", "store-0.store", "6379"]`, 'replicas: 3, ')],
  [
    'a variable of the image',
    stateful(
      'image: "docker.io/bitnami/redis:8.2.1", env: [{name: REDIS_REPLICATION_MODE, value: replica}]',
      'replicas: 3, ',
    ),
  ],
  [
    'a variable of the cluster image',
    stateful(
      'image: "docker.io/bitnami/redis-cluster:8.2.1", env: [{name: REDIS_NODES, value: "a b c"}]',
      'replicas: 6, ',
    ),
  ],
  [
    'a start script',
    `${stateful(`${redis}, command: ["/scripts/start.sh"]`, 'replicas: 3, ', 'volumes: [{name: scripts, configMap: {name: scripts}}], ')}---
apiVersion: v1
kind: ConfigMap
metadata: {name: scripts}
data: {start.sh: "exec redis-server --replicaof store-0.store 6379"}
`,
  ],
  [
    'repmgr',
    stateful(
      'image: "docker.io/bitnami/postgresql-repmgr:17", env: [{name: REPMGR_PARTNER_NODES, value: "a,b"}]',
      'replicas: 3, ',
    ),
  ],
  ['Patroni', stateful('image: "postgres:17", command: [patroni, /etc/patroni.yml]', 'replicas: 3, ')],
])('who is told of the others by %s may be several', (_, text) => {
  expect(said(text)).toEqual([]);
});
