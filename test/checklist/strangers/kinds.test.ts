/** The kinds of `cases/` with other manifests, in both directions: what is right is left alone, what is wrong is found. */
import { evaluate } from '../../../lib/checklist/evaluate';
import { Inventory } from '../../../lib/inventory/inventory';
import { readDocuments } from '../../../lib/inventory/reading/yaml-documents';

/** What rules say, as `RULE Kind/name severity`. */
function said(text: string): string[] {
  const { documents } = readDocuments(text);
  return evaluate(Inventory.ofSourced(documents), { profile: 'default' }).findings.map(
    ({ rule, kind, name, severity }) => `${rule} ${kind}/${name} ${severity}`,
  );
}

interface Parts {
  readonly name?: string;
  readonly kind?: string;
  readonly image?: string;
  /** Fields of the container, as flow. */
  readonly container?: string;
  /** Fields of the pod. */
  readonly pod?: string;
  /** Fields of the spec. */
  readonly spec?: string;
  readonly meta?: string;
}

const join = (...parts: Array<string | undefined>) => parts.filter((part) => part !== undefined).join(', ');

/** A workload in flow style, with ports and a Service. */
function app({
  name = 'shop',
  kind = 'Deployment',
  image = 'registry.example.com/shop:1.4.0',
  ...parts
}: Parts = {}) {
  const container = join(
    `name: ${name}`,
    `image: "${image}"`,
    parts.container?.includes('ports:') ? undefined : 'ports: [{name: http, containerPort: 8080}]',
    parts.container,
  );
  const serviceName = kind === 'StatefulSet' ? `serviceName: ${name}, ` : '';
  return `
---
apiVersion: apps/v1
kind: ${kind}
metadata: {${join(`name: ${name}`, parts.meta)}}
spec: {${serviceName}selector: {matchLabels: {app: ${name}}}, template: {metadata: {labels: {app: ${name}}}, spec: {containers: [{${container}}]${parts.pod === undefined ? '' : `, ${parts.pod}`}}}${parts.spec === undefined ? '' : `, ${parts.spec}`}}
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{port: 80, targetPort: ${/ports: \[\{name: (\w+)/.exec(container)?.[1] ?? '8080'}}]}
`;
}

const object = (apiVersion: string, kind: string, name: string, rest: string) =>
  `\n---\napiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: ${name}}\n${rest}\n`;
const claim = (name: string, mode: string) =>
  object(
    'v1',
    'PersistentVolumeClaim',
    name,
    `spec: {accessModes: [${mode}], resources: {requests: {storage: 1Gi}}}`,
  );
const volume = (name: string) => `volumes: [{name: d, persistentVolumeClaim: {claimName: ${name}}}]`;
const MOUNT = 'volumeMounts: [{name: d, mountPath: /d}]';
const GIB = 'resources: {requests: {cpu: 100m, memory: 1Gi}, limits: {memory: 1Gi}}';
const configMap = (name: string, data: string) => object('v1', 'ConfigMap', name, `data: {${data}}`);
const EVICTING = app({
  name: 'cache',
  image: 'redis:7.4.2',
  container:
    'ports: [{name: redis, containerPort: 6379}], args: ["--maxmemory", "600mb", "--maxmemory-policy", "allkeys-lru"]',
});
const DATABASE = object(
  'postgresql.cnpg.io/v1',
  'Cluster',
  'ledger',
  'spec: {instances: 2, storage: {size: 20Gi}}',
);
const uses = (container: string) => app({ container }) + EVICTING;

describe('what is right is left alone', () => {
  test.each<[what: string, rule: string, text: string]>([
    // Sets.
    [
      'an object of a HelmRelease',
      'COR-003',
      object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', 'shop', 'spec: {}') +
        object('v1', 'Service', 'shop', 'spec: {selector: {app: other}, ports: [{port: 80}]}') +
        app({ name: 'web' }),
    ],
    [
      'pods of an operator',
      'COR-003',
      object('kafka.strimzi.io/v1beta2', 'Kafka', 'events', 'spec: {}') +
        object(
          'v1',
          'Service',
          'events',
          'spec: {selector: {strimzi.io/cluster: events}, ports: [{port: 9092}]}',
        ) +
        app(),
    ],
    [
      'pods of a Prometheus',
      'COR-003',
      object('monitoring.coreos.com/v1', 'Prometheus', 'k8s', 'spec: {}') +
        object('v1', 'Service', 'prometheus', 'spec: {selector: {prometheus: k8s}, ports: [{port: 9090}]}') +
        app(),
    ],
    [
      'pods of a ReplicationController',
      'COR-003',
      object(
        'v1',
        'ReplicationController',
        'old',
        'spec: {selector: {app: old}, template: {metadata: {labels: {app: old}}, spec: {containers: [{name: old, image: "old:1"}]}}}',
      ) + object('v1', 'Service', 'old', 'spec: {selector: {app: old}, ports: [{port: 80}]}'),
    ],
    [
      'a Service without a selector',
      'COR-003',
      object('v1', 'Service', 'outside', 'spec: {ports: [{port: 5432}]}'),
    ],
    [
      'a headless Service without ports',
      'COR-003',
      app({ kind: 'StatefulSet' }) +
        object('v1', 'Service', 'peers', 'spec: {clusterIP: None, selector: {app: shop}}'),
    ],
    [
      'a Secret of an ExternalSecret',
      'COR-004',
      object('external-secrets.io/v1', 'ExternalSecret', 'x', 'spec: {target: {name: shop-key}}') +
        object('v1', 'Secret', 'other', 'data: {}') +
        app({ container: 'envFrom: [{secretRef: {name: shop-key}}]' }),
    ],
    [
      'a Secret of a SealedSecret',
      'COR-004',
      object('bitnami.com/v1alpha1', 'SealedSecret', 'shop-key', 'spec: {}') +
        object('v1', 'Secret', 'other', 'data: {}') +
        app({ container: 'envFrom: [{secretRef: {name: shop-key}}]' }),
    ],
    [
      'a certificate',
      'COR-004',
      object('cert-manager.io/v1', 'Certificate', 'shop', 'spec: {secretName: shop-tls}') +
        object('v1', 'Secret', 'other', 'data: {}') +
        app({ pod: 'volumes: [{name: d, secret: {secretName: shop-tls}}]', container: MOUNT }),
    ],
    [
      'the Secret of an operator’s database',
      'COR-004',
      DATABASE +
        object('v1', 'Secret', 'other', 'data: {}') +
        app({ container: 'env: [{name: A, valueFrom: {secretKeyRef: {name: ledger-app, key: password}}}]' }),
    ],
    [
      'a Secret where the set has none',
      'COR-004',
      app({ container: 'envFrom: [{secretRef: {name: shop-key}}]' }),
    ],
    [
      'an optional ConfigMap',
      'COR-004',
      configMap('other', 'a: b') +
        app({ container: 'envFrom: [{configMapRef: {name: extra, optional: true}}]' }),
    ],
    [
      'a volume that a template of claims replaces',
      'COR-004',
      claim('other', 'ReadWriteOnce') +
        app({
          kind: 'StatefulSet',
          container: MOUNT,
          pod: volume('d'),
          spec: 'volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]',
        }),
    ],
    [
      'a raw block device',
      'COR-004',
      claim('disk', 'ReadWriteOnce') +
        app({ pod: volume('disk'), container: 'volumeDevices: [{name: d, devicePath: /dev/x}]' }),
    ],
    [
      'generated names',
      'COR-001',
      `\n---\napiVersion: batch/v1\nkind: Job\nmetadata: {generateName: import-}\nspec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: "a:1"}]}}}`.repeat(
        2,
      ),
    ],
    [
      'a generated name',
      'COR-008',
      `\n---\napiVersion: batch/v1\nkind: Job\nmetadata: {generateName: import-}\nspec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: "a:1"}]}}}`,
    ],
    [
      'a file of a tool',
      'COR-008',
      '\n---\napiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nnodes: [{role: worker}]',
    ],
    [
      'an Ingress of Traefik',
      'COR-006',
      object('traefik.io/v1alpha1', 'IngressRoute', 'shop', 'spec: {routes: []}'),
    ],
    [
      'a policy of Cilium',
      'NET-004',
      object(
        'cilium.io/v2',
        'CiliumNetworkPolicy',
        'shop',
        'spec: {endpointSelector: {matchLabels: {app: nowhere}}}',
      ) + app(),
    ],
    [
      'a placeholder of envsubst',
      'RES-006',
      app({ container: 'resources: {requests: {memory: "${MEMORY}"}, limits: {memory: "${MEMORY:-1Gi}"}}' }),
    ],
    ['a placeholder of a person', 'COR-017', app({ container: 'env: [{name: HOST, value: "<your host>"}]' })],
    [
      'an HPA of a Rollout that takes a Deployment’s pods',
      'HPA-002',
      app() +
        object(
          'argoproj.io/v1alpha1',
          'Rollout',
          'canary',
          'spec: {workloadRef: {apiVersion: apps/v1, kind: Deployment, name: shop}}',
        ) +
        object(
          'autoscaling/v2',
          'HorizontalPodAutoscaler',
          'canary',
          'spec: {scaleTargetRef: {apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: canary}, minReplicas: 2, maxReplicas: 4}',
        ),
    ],
    [
      'an HPA of an operator’s resource',
      'HPA-002',
      object('keycloak.org/v2', 'Keycloak', 'sso', 'spec: {}') +
        object(
          'autoscaling/v2',
          'HorizontalPodAutoscaler',
          'sso',
          'spec: {scaleTargetRef: {apiVersion: keycloak.org/v2, kind: Keycloak, name: sso}, minReplicas: 2, maxReplicas: 4}',
        ),
    ],
    [
      'a monitor of all namespaces of others',
      'MON-004',
      object(
        'monitoring.coreos.com/v1',
        'ServiceMonitor',
        'all',
        'spec: {namespaceSelector: {any: true}, selector: {matchLabels: {metrics: "yes"}}, endpoints: [{port: metrics}]}',
      ),
    ],
    // Servers.
    [
      'an exporter',
      'OOM-001',
      app({ image: 'quay.io/prometheuscommunity/postgres-exporter:v0.17.1', container: GIB }),
    ],
    ['a console of Redis', 'CAC-029', app({ image: 'redis/redisinsight:2.60' })],
    [
      'a client of the image',
      'DB-006',
      app({
        image: 'postgres:17',
        container: 'command: [sh, -c, "while true; do pg_dump shop; sleep 3600; done"]',
      }),
    ],
    [
      'a Sentinel',
      'CAC-020',
      app({ image: 'redis:7.4', container: 'command: [redis-sentinel, /conf/sentinel.conf]' }),
    ],
    ['an ingress controller', 'CAC-003', app({ image: 'nginx/nginx-ingress:5.0.0' })],
    [
      'a backup of a database by its image',
      'DB-006',
      app({ image: 'prodrigestivill/postgres-backup-local:17' }),
    ],
    // Advice.
    [
      'a message broker',
      'HPA-001',
      app({ image: 'nats:2.11', container: 'ports: [{name: nats, containerPort: 4222}]' }),
    ],
    [
      'a search engine by its port',
      'HPA-001',
      app({ container: 'ports: [{name: es, containerPort: 9200}]' }),
    ],
    [
      'what has a claim of one node',
      'HPA-001',
      claim('files', 'ReadWriteOnce') + app({ pod: volume('files'), container: MOUNT }),
    ],
    [
      'what is elected by a variable',
      'HPA-001',
      app({ container: 'env: [{name: LEADER_ELECTION_ENABLED, value: "true"}]' }),
    ],
    [
      'no surge onto one volume',
      'REL-004',
      claim('files', 'ReadWriteOnce') +
        app({
          pod: volume('files'),
          container: `${MOUNT}, lifecycle: {preStop: {sleep: {seconds: 5}}}`,
          spec: 'strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}',
        }),
    ],
    [
      'replicas on a shared volume',
      'REL-012',
      claim('files', 'ReadWriteMany') + app({ pod: volume('files'), container: MOUNT, spec: 'replicas: 3' }),
    ],
    [
      'replicas that are not spread, on one volume',
      'REL-002',
      claim('files', 'ReadWriteOnce') + app({ pod: volume('files'), container: MOUNT, spec: 'replicas: 3' }),
    ],
    [
      'hosts kept apart by a rule',
      'REL-002',
      app({
        spec: 'replicas: 2',
        pod: 'affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: shop}}}]}}, topologySpreadConstraints: [{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: shop}}}]',
      }),
    ],
    // Statements.
    [
      'a Service on a number',
      'COR-003',
      app() +
        object(
          'v1',
          'Service',
          'metrics',
          'spec: {selector: {app: shop}, ports: [{port: 9090, targetPort: 9102}]}',
        ),
    ],
    [
      'a redirect beside a backend',
      'COR-006',
      app() +
        object(
          'gateway.networking.k8s.io/v1',
          'HTTPRoute',
          'shop',
          'spec: {rules: [{filters: [{type: RequestRedirect}]}, {backendRefs: [{name: shop, port: 80}]}]}',
        ),
    ],
    [
      'a backend that is a bucket',
      'COR-006',
      object(
        'networking.k8s.io/v1',
        'Ingress',
        'files',
        'spec: {defaultBackend: {resource: {apiGroup: k8s.example.com, kind: StorageBucket, name: files}}}',
      ),
    ],
    [
      'Reloader on the pods',
      'REL-007',
      configMap('c', 'a: b') +
        app({
          meta: 'annotations: {configmap.reloader.stakater.com/reload: c}',
          pod: 'volumes: [{name: d, configMap: {name: c}}]',
          container: MOUNT,
        }),
    ],
    [
      'a place of Postgres 18',
      'DB-005',
      app({
        kind: 'StatefulSet',
        image: 'postgres:18',
        container:
          'volumeMounts: [{name: d, mountPath: /var/lib/postgresql}, {name: shm, mountPath: /dev/shm}]',
        pod: 'volumes: [{name: shm, emptyDir: {medium: Memory, sizeLimit: 64Mi}}]',
        spec: 'volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]',
      }),
    ],
    [
      'a Windows pod by its selector',
      'SEC-001',
      app({ pod: 'nodeSelector: {kubernetes.io/os: windows}, securityContext: {runAsNonRoot: true}' }),
    ],
    [
      'two addresses in an upstream',
      'CAC-040',
      configMap(
        'c',
        'default.conf: "upstream a { server 10.0.0.1; server 10.0.0.2; } server { listen 80; location / { proxy_pass http://a; } }"',
      ) + app({ image: 'nginx:1.28', pod: 'volumes: [{name: d, configMap: {name: c}}]', container: MOUNT }),
    ],
    [
      'a Secret that SOPS has encrypted',
      'SEC-003',
      `${object('v1', 'Secret', 'x', 'stringData: {password: "ENC[AES256_GCM,data:x]"}')}sops: {version: 3.9.0}\n`,
    ],
    [
      'the path of a password',
      'SEC-003',
      app({
        container: 'env: [{name: DB_PASSWORD_FILE, value: /run/secrets/db}, {name: TOKEN_TTL, value: "60"}]',
      }),
    ],
    [
      'an address whose password is a variable',
      'SEC-003',
      app({ container: 'env: [{name: DATABASE_URL, value: "postgres://shop:$(DB_PASSWORD)@ledger/shop"}]' }),
    ],
    [
      'what is not secret in a Secret',
      'SEC-003',
      object('v1', 'Secret', 'x', 'stringData: {username: shop, config.yaml: "level: info"}'),
    ],
    // Settings.
    [
      'a pool of Prisma',
      'DB-001',
      DATABASE +
        app({
          container: 'env: [{name: DATABASE_URL, value: "postgresql://u@ledger-rw/shop?connection_limit=5"}]',
        }),
    ],
    [
      'a pool of Go',
      'DB-001',
      DATABASE +
        app({ container: 'env: [{name: DB_HOST, value: ledger-rw}, {name: DB_MAX_OPEN_CONNS, value: "5"}]' }),
    ],
    [
      'a pool of .NET',
      'DB-001',
      DATABASE +
        app({
          container:
            'env: [{name: ConnectionStrings__DefaultConnection, value: "Host=ledger-rw;Maximum Pool Size=5"}]',
        }),
    ],
    [
      'a pool in a ConfigMap',
      'DB-001',
      DATABASE +
        configMap('env', 'DB_HOST: ledger-rw, DB_POOL: "5"') +
        app({ container: 'envFrom: [{configMapRef: {name: env}}]' }),
    ],
    [
      'a cache that is used by a key of a ConfigMap',
      'CAC-001',
      configMap('env', 'url: "redis://cache:80"') +
        uses('env: [{name: REDIS_URL, valueFrom: {configMapKeyRef: {name: env, key: url}}}]'),
    ],
    [
      'a heap by its share of the limit',
      'OOM-004',
      app({ container: `${GIB}, env: [{name: JAVA_TOOL_OPTIONS, value: "-XX:MaxRAMPercentage=75"}]` }),
    ],
    [
      'a small heap in arguments',
      'OOM-004',
      app({ container: `${GIB}, args: ["node", "--max-old-space-size=700", "x.js"]` }),
    ],
  ])('%s: no %s', (_, rule, text) => {
    expect(said(text).filter((one) => one.startsWith(rule))).toEqual([]);
  });
});

const POOLER = (env: string) =>
  app({
    name: 'pooler',
    image: 'edoburu/pgbouncer:v1.24.1-p1',
    container: `ports: [{name: pg, containerPort: 5432}], env: [${env}]`,
  });

describe('more of what is right', () => {
  test.each<[what: string, rule: string, text: string]>([
    [
      'a Service for one pod of a StatefulSet',
      'COR-003',
      app({ kind: 'StatefulSet' }) +
        object(
          'v1',
          'Service',
          'first',
          'spec: {selector: {app: shop, statefulset.kubernetes.io/pod-name: shop-0}, ports: [{port: 80, targetPort: http}]}',
        ),
    ],
    [
      'an Ingress that only redirects',
      'COR-006',
      app() +
        '\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: old, annotations: {nginx.ingress.kubernetes.io/permanent-redirect: https://shop.example.com}}\nspec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: none, port: {number: 80}}}}]}}]}\n',
    ],
    [
      'a flag that names a file',
      'SEC-003',
      app({ container: 'args: ["--token-file=/run/token", "--secret-name=shop"]' }),
    ],
    ['an argument from a variable', 'SEC-003', app({ container: 'args: ["--password=$(PASSWORD)"]' })],
    [
      'settings that only sound secret',
      'SEC-003',
      configMap('c', 'TOKEN_URL: "https://id.example.com/token", password.min.length: "8"'),
    ],
  ])('%s: no %s', (_, rule, text) => {
    expect(said(text).filter((one) => one.startsWith(rule))).toEqual([]);
  });
});

describe('settings count wherever they stand', () => {
  test.each<[what: string, expected: string, text: string]>([
    [
      'a variable in an argument',
      'OOM-002 Deployment/cache warning',
      configMap('c', 'SIZE: 1gb') +
        app({
          name: 'cache',
          image: 'redis:7.4',
          container: `args: ["--maxmemory", "$(SIZE)"], env: [{name: SIZE, valueFrom: {configMapKeyRef: {name: c, key: SIZE}}}], ${GIB}`,
        }),
    ],
    [
      'a variable in a shell',
      'DB-015 StatefulSet/shop error',
      app({
        kind: 'StatefulSet',
        image: 'postgres:17',
        container: 'command: [sh, -c, "exec postgres -c fsync=$FSYNC"], env: [{name: FSYNC, value: "off"}]',
      }),
    ],
    [
      'flags of Bitnami’s Redis',
      'OOM-002 Deployment/cache warning',
      app({
        name: 'cache',
        image: 'bitnami/redis:7.4',
        container: `env: [{name: REDIS_EXTRA_FLAGS, value: "--maxmemory 1gb"}], ${GIB}`,
      }),
    ],
    [
      'variables of Bitnami’s Postgres',
      'OOM-001 StatefulSet/shop error',
      app({
        kind: 'StatefulSet',
        image: 'bitnami/postgresql:17',
        container: `env: [{name: POSTGRESQL_MAX_CONNECTIONS, value: "5000"}], ${GIB}`,
      }),
    ],
    [
      'a pooler by session',
      'DB-003 Deployment/pooler warning',
      DATABASE + POOLER('{name: DB_HOST, value: ledger-rw}'),
    ],
    [
      'a pooler that opens too many',
      'DB-002 Cluster/ledger error',
      DATABASE +
        POOLER(
          '{name: DB_HOST, value: ledger-rw}, {name: POOL_MODE, value: transaction}, {name: DEFAULT_POOL_SIZE, value: "500"}',
        ),
    ],
    [
      'workers of nginx on the command line',
      'CAC-017 Deployment/shop warning',
      configMap('c', 'nginx.conf: "http { server { listen 80; } }"') +
        app({
          image: 'nginx:1.28',
          container: `args: [nginx, -g, "daemon off; worker_processes auto;"], ${MOUNT}, resources: {limits: {cpu: "2"}}`,
          pod: 'volumes: [{name: d, configMap: {name: c}}]',
        }),
    ],
    [
      'a password in an argument',
      'SEC-003 Deployment/shop warning',
      app({ container: 'args: ["--db-password=hunter22"]' }),
    ],
    [
      'an address in an argument',
      'SEC-003 Deployment/shop warning',
      app({ container: 'args: ["postgres://shop:hunter22@ledger/shop"]' }),
    ],
    ['a password in a ConfigMap', 'SEC-003 ConfigMap/c warning', configMap('c', 'DB_PASSWORD: hunter22')],
    [
      'an autoscaler of a Deployment of old',
      'COR-014 HorizontalPodAutoscaler/shop error',
      app() +
        object(
          'autoscaling/v2',
          'HorizontalPodAutoscaler',
          'shop',
          'spec: {scaleTargetRef: {apiVersion: extensions/v1beta1, kind: Deployment, name: shop}, minReplicas: 2, maxReplicas: 4}',
        ),
    ],
    [
      'a pull secret that is not among the others',
      'COR-004 Deployment/shop warning',
      object('v1', 'Secret', 'other', 'data: {}') + app({ pod: 'imagePullSecrets: [{name: registry}]' }),
    ],
  ])('%s: %s', (_, expected, text) => {
    expect(said(text)).toContain(expected);
  });

  test('a pooler that pools by transaction, by its variables', () => {
    const text =
      DATABASE +
      POOLER(
        '{name: DB_HOST, value: ledger-rw}, {name: POOL_MODE, value: transaction}, {name: MAX_PREPARED_STATEMENTS, value: "100"}',
      );
    expect(said(text).filter((one) => /^DB-00[23]/.test(one))).toEqual([]);
  });

  test('workers of nginx on the command line, as many as its CPUs', () => {
    const text =
      configMap('c', 'nginx.conf: "http { server { listen 80; } }"') +
      app({
        image: 'nginx:1.28',
        container: `args: [nginx, -g, "daemon off; worker_processes 2;"], ${MOUNT}, resources: {limits: {cpu: "2"}}`,
        pod: 'volumes: [{name: d, configMap: {name: c}}]',
      });
    expect(said(text).filter((one) => one.startsWith('CAC-017'))).toEqual([]);
  });
});

describe('what is wrong is found', () => {
  test.each<[what: string, expected: string, text: string]>([
    [
      'a Service whose selector is nearly right',
      'COR-003 Service/x error',
      app({ meta: 'labels: {a: b}' }) +
        object('v1', 'Service', 'x', 'spec: {selector: {app: shop, tier: web}, ports: [{port: 80}]}'),
    ],
    [
      'a Service to a port of another name',
      'COR-003 Service/x error',
      app() +
        object('v1', 'Service', 'x', 'spec: {selector: {app: shop}, ports: [{port: 80, targetPort: web}]}'),
    ],
    [
      'a key that a ConfigMap lacks',
      'COR-004 Deployment/shop error',
      configMap('c', 'a: b') +
        app({ container: 'env: [{name: A, valueFrom: {configMapKeyRef: {name: c, key: z}}}]' }),
    ],
    [
      'a claim that is misspelt',
      'COR-004 Deployment/shop error',
      claim('files', 'ReadWriteMany') + app({ pod: volume('flies'), container: MOUNT }),
    ],
    [
      'a ConfigMap in a projected volume',
      'COR-004 Deployment/shop error',
      configMap('c', 'a: b') +
        app({
          pod: 'volumes: [{name: d, projected: {sources: [{configMap: {name: other}}]}}]',
          container: MOUNT,
        }),
    ],
    [
      'an account that is not among the others',
      'COR-004 Deployment/shop error',
      object('v1', 'ServiceAccount', 'web', '') + app({ pod: 'serviceAccountName: shop' }),
    ],
    [
      'a budget that selects nothing',
      'REL-009 PodDisruptionBudget/shop error',
      app() +
        object(
          'policy/v1',
          'PodDisruptionBudget',
          'shop',
          'spec: {maxUnavailable: 1, selector: {matchLabels: {app: shoop}}}',
        ),
    ],
    [
      'an Ingress to a port that a Service lacks',
      'COR-006 Ingress/shop error',
      app() +
        object(
          'networking.k8s.io/v1',
          'Ingress',
          'shop',
          'spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: shop, port: {number: 8080}}}}]}}]}',
        ),
    ],
    [
      'a default backend to a port that a Service lacks',
      'COR-006 Ingress/shop error',
      app() +
        object(
          'networking.k8s.io/v1',
          'Ingress',
          'shop',
          'spec: {defaultBackend: {service: {name: shop, port: {name: web}}}}',
        ),
    ],
    [
      'a field of a custom resource',
      'COR-017 ServiceMonitor/shop error',
      app() +
        object(
          'monitoring.coreos.com/v1',
          'ServiceMonitor',
          'shop',
          'spec: {selector: {matchLabels: {app: shop}}, endpoints: [{port: http, intervall: 30s}]}',
        ),
    ],
    [
      'a probe that is misspelt',
      'COR-017 Deployment/shop error',
      app({ container: 'livenesProbe: {tcpSocket: {port: 1}}' }),
    ],
    ['a field in the wrong place', 'COR-017 Deployment/shop error', app({ container: 'replicas: 3' })],
    ['a boolean label', 'COR-017 Deployment/shop error', app({ meta: 'labels: {canary: true}' })],
    ['a number as data of a ConfigMap', 'COR-017 ConfigMap/c error', configMap('c', 'port: 8080')],
    ['text as a number of replicas', 'COR-017 Deployment/shop error', app({ spec: 'replicas: "3"' })],
    ['a word that the API lacks', 'COR-017 Deployment/shop error', app({ pod: 'dnsPolicy: Cluster' })],
    ['an old CronJob', 'COR-014 CronJob/x error', object('batch/v1beta1', 'CronJob', 'x', 'spec: {}')],
    [
      'three pods on one disk',
      'REL-012 Deployment/shop warning',
      claim('files', 'ReadWriteOnce') + app({ pod: volume('files'), container: MOUNT, spec: 'replicas: 3' }),
    ],
    [
      'two pods on the disk of one',
      'REL-012 Deployment/shop error',
      claim('files', 'ReadWriteOncePod') +
        app({ pod: volume('files'), container: MOUNT, spec: 'replicas: 2' }),
    ],
    ['nothing that keeps replicas apart', 'REL-002 Deployment/shop warning', app({ spec: 'replicas: 2' })],
    [
      'a probe on a name that is not there',
      'PRB-004 Deployment/shop error',
      app({ container: 'readinessProbe: {httpGet: {path: /, port: health}}' }),
    ],
    [
      'a shell that sleeps twice',
      'PRB-005 Deployment/shop warning',
      app({
        container: 'lifecycle: {preStop: {exec: {command: [sh, -c, "sleep 20; nginx -s quit; sleep 20"]}}}',
      }),
    ],
    [
      'the root of a volume in Postgres 18',
      'DB-005 StatefulSet/shop error',
      app({
        kind: 'StatefulSet',
        image: 'postgres:18',
        container: 'volumeMounts: [{name: d, mountPath: /var/lib/postgresql/18/docker}]',
        spec: 'volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]',
      }),
    ],
    [
      'data beside its volume',
      'DB-005 StatefulSet/shop error',
      app({
        kind: 'StatefulSet',
        image: 'postgres:18',
        container: 'volumeMounts: [{name: d, mountPath: /var/lib/postgresql/data}]',
        spec: 'volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]',
      }),
    ],
    [
      'a TimescaleDB without fsync',
      'DB-015 StatefulSet/shop error',
      app({
        kind: 'StatefulSet',
        image: 'timescale/timescaledb:2.19.3-pg17',
        container: 'args: [-c, fsync=off]',
      }),
    ],
    [
      'a Postgres of Bitnami that is too small',
      'OOM-001 StatefulSet/shop error',
      app({
        kind: 'StatefulSet',
        image: 'bitnami/postgresql:17.5.0',
        container: 'args: ["-c", "shared_buffers=2GB"], resources: {limits: {memory: 1Gi}}',
      }),
    ],
    [
      'a Valkey that is as large as its limit',
      'OOM-002 Deployment/cache warning',
      app({
        name: 'cache',
        image: 'valkey/valkey:8.1',
        container: 'args: ["--maxmemory", "1gb"], resources: {limits: {memory: 1Gi}}',
      }),
    ],
    [
      'a heap of Kafka',
      'OOM-004 Deployment/shop warning',
      app({ container: `${GIB}, env: [{name: KAFKA_HEAP_OPTS, value: "-Xmx1G"}]` }),
    ],
    [
      'a heap by its size in bytes',
      'OOM-004 Deployment/shop warning',
      app({ container: `${GIB}, args: [java, "-XX:MaxHeapSize=1073741824"]` }),
    ],
    [
      'a heap by too large a share',
      'OOM-004 Deployment/shop warning',
      app({ container: `${GIB}, env: [{name: JAVA_OPTS, value: "-XX:MaxRAMPercentage=95"}]` }),
    ],
    [
      'GOMEMLIMIT from a ConfigMap',
      'OOM-004 Deployment/shop warning',
      configMap('c', 'GOMEMLIMIT: 1GiB') + app({ container: `${GIB}, envFrom: [{configMapRef: {name: c}}]` }),
    ],
    [
      'jobs of BullMQ in a cache',
      'CAC-030 Deployment/cache error',
      uses('env: [{name: QUEUE_BULL_REDIS_HOST, value: cache}]'),
    ],
    [
      'jobs of RQ by its command',
      'CAC-030 Deployment/cache error',
      uses('command: [rq, worker], env: [{name: REDIS_URL, value: "redis://cache:80"}]'),
    ],
    [
      'jobs of Celery by its command',
      'CAC-030 Deployment/cache error',
      uses('command: [sh, -c, "exec celery -A shop worker"], env: [{name: CACHE_HOST, value: cache}]'),
    ],
    [
      'jobs of Laravel by its command',
      'CAC-030 Deployment/cache error',
      uses('command: [php, artisan, "queue:work"], env: [{name: REDIS_HOST, value: cache}]'),
    ],
    [
      'a pool without a size',
      'DB-001 Deployment/shop warning',
      DATABASE + app({ container: 'env: [{name: DATABASE_URL, value: "postgres://u@ledger-rw:5432/shop"}]' }),
    ],
    [
      'pools that are too large, by Rails',
      'DB-002 Cluster/ledger error',
      DATABASE +
        app({
          spec: 'replicas: 10',
          container: 'env: [{name: DB_HOST, value: ledger-rw}, {name: DB_POOL, value: "50"}]',
        }),
    ],
    [
      'a password in an AMQP address',
      'SEC-003 Deployment/shop warning',
      app({ container: 'env: [{name: BROKER, value: "amqp://shop:hunter22@mq:5672"}]' }),
    ],
    [
      'a key of AWS',
      'SEC-003 Deployment/shop warning',
      app({ container: 'env: [{name: AWS_SECRET_ACCESS_KEY, value: wJalrXUtnFEMI}]' }),
    ],
    [
      'a base64 password',
      'SEC-003 Secret/x warning',
      object('v1', 'Secret', 'x', 'data: {db-password: aHVudGVyMjI=}'),
    ],
    [
      'a registry’s password',
      'SEC-003 Secret/x warning',
      object('v1', 'Secret', 'x', 'type: kubernetes.io/dockerconfigjson\ndata: {.dockerconfigjson: e30=}'),
    ],
    [
      'On without quotes',
      'VPA-001 VerticalPodAutoscaler/shop warning',
      app() +
        object(
          'autoscaling.k8s.io/v1',
          'VerticalPodAutoscaler',
          'shop',
          'spec: {targetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}, updatePolicy: {updateMode: on}}',
        ),
    ],
    [
      'two of one name in a file',
      'COR-001 ConfigMap/c error',
      configMap('c', 'a: b') + configMap('c', 'a: c'),
    ],
    [
      'a variable that is there twice',
      'COR-005 Deployment/shop warning',
      app({ container: 'env: [{name: A, value: "1"}, {name: A, value: "2"}]' }),
    ],
  ])('%s: %s', (_, expected, text) => {
    expect(said(text)).toContain(expected);
  });
});
