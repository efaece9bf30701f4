import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';

const IMAGE = 'myapp:latest';

/** The guide's configuration of the caching proxy, to the letter. */
const NGINX_CACHE_CONFIG = `proxy_cache_path /var/cache/nginx levels=1:2 keys_zone=http_cache:10m max_size=1g inactive=60m use_temp_path=off;

server {
    listen 80;

    # Cache GET requests
    proxy_cache http_cache;
    proxy_cache_key "$scheme$request_method$host$request_uri";
    proxy_cache_valid 200 10m;
    proxy_cache_valid 404 1m;

    # Add cache status header
    add_header X-Cache-Status $upstream_cache_status;

    location / {
        proxy_pass http://backend;
        proxy_cache_bypass $http_pragma $http_authorization;
    }
}
`;

/** The guide's `parameters`, which it sizes for 16Gi. */
const POSTGRES_PARAMETERS = `shared_buffers = '4GB'
effective_cache_size = '12GB'
work_mem = '10MB'
max_connections = '200'
max_prepared_transactions = '100'
wal_buffers = '16MB'
default_statistics_target = '100'
`;

/**
 * The guide's examples as plain objects, number by number and without what it does not say. Our constructs would refuse
 * most of it.
 */
export class GuideAsWritten extends Chart {
  constructor(scope: Construct, id: string) {
    super(scope, id, { namespace: 'guide' });
    this.application();
    this.database();
    this.cache();
    this.webServer();
    this.monitoring();
  }

  /** "Horizontal Pod Autoscaling", "Connection Pool Settings", "Vertical Pod Autoscaling", the probes and the budget. */
  private application(): void {
    const variables = {
      DB_POOL_SIZE: '20',
      DB_MAX_OVERFLOW: '10',
      DB_POOL_TIMEOUT: '30',
      HTTP_MAX_CONNECTIONS: '100',
      HTTP_TIMEOUT: '30',
      CACHE_ENABLED: 'true',
      CACHE_TTL: '3600',
      CACHE_HOST: 'app-cache',
      CACHE_PORT: '6379',
      CACHE_SIZE: '1000',
    };
    this.workload('Deployment', 'scalable-app', 3, {
      image: IMAGE,
      ports: [{ containerPort: 8080 }],
      env: Object.entries(variables).map(([name, value]) => ({ name, value })),
      resources: { requests: { cpu: '500m', memory: '512Mi' }, limits: { cpu: '1000m', memory: '1Gi' } },
      readinessProbe: {
        httpGet: { path: '/health/ready', port: 8080 },
        initialDelaySeconds: 10,
        periodSeconds: 5,
      },
      livenessProbe: {
        httpGet: { path: '/health/live', port: 8080 },
        initialDelaySeconds: 30,
        periodSeconds: 10,
      },
    });
    this.service('scalable-app', 'LoadBalancer', 80, 8080);
    this.object('autoscaling/v2', 'HorizontalPodAutoscaler', 'scalable-app-hpa', {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'scalable-app' },
      minReplicas: 2,
      maxReplicas: 20,
      metrics: [utilization('cpu', 70), utilization('memory', 80)],
      behavior: {
        scaleDown: {
          stabilizationWindowSeconds: 300,
          policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }],
        },
        scaleUp: {
          stabilizationWindowSeconds: 0,
          policies: [{ type: 'Percent', value: 100, periodSeconds: 30 }],
        },
      },
    });
    this.object('autoscaling.k8s.io/v1', 'VerticalPodAutoscaler', 'app-vpa', {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'scalable-app' },
      updatePolicy: { updateMode: 'Auto' },
      resourcePolicy: {
        containerPolicies: [
          {
            containerName: '*',
            minAllowed: { cpu: '50m', memory: '64Mi' },
            maxAllowed: { cpu: '2', memory: '4Gi' },
          },
        ],
      },
    });
    this.object('policy/v1', 'PodDisruptionBudget', 'app-pdb', {
      minAvailable: 2,
      selector: { matchLabels: { app: 'scalable-app' } },
    });
  }

  /** "Database Optimization", in the database row of the sizing table. */
  private database(): void {
    this.configMap('app-db', { 'postgresql.conf': POSTGRES_PARAMETERS });
    this.workload(
      'StatefulSet',
      'app-db',
      1,
      {
        image: 'postgres:17',
        ports: [{ containerPort: 5432 }],
        resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '4000m', memory: '4Gi' } },
      },
      '/etc/postgresql',
    );
    this.service('app-db', 'ClusterIP', 5432, 5432);
  }

  /** "Application-Level Caching", in the cache row of the sizing table. */
  private cache(): void {
    this.configMap('app-cache', { 'redis.conf': 'maxmemory 2Gi\nmaxmemory-policy allkeys-lru\nsave ""\n' });
    this.workload(
      'Deployment',
      'app-cache',
      1,
      {
        image: 'redis:8.2.1',
        ports: [{ containerPort: 6379 }],
        resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '1000m', memory: '2Gi' } },
      },
      '/usr/local/etc/redis',
    );
    this.service('app-cache', 'ClusterIP', 6379, 6379);
  }

  /** "HTTP Caching". */
  private webServer(): void {
    this.configMap('nginx-cache-config', { 'default.conf': NGINX_CACHE_CONFIG });
    this.workload(
      'Deployment',
      'web-server',
      1,
      { image: 'nginx:latest', ports: [{ containerPort: 80 }] },
      '/etc/nginx/conf.d',
      'nginx-cache-config',
    );
    this.service('web-server', 'LoadBalancer', 80, 80);
  }

  /** "Monitoring Performance": names, thresholds and durations of the guide, which gives no expressions. */
  private monitoring(): void {
    const alert = (name: string, expr: string, duration: string) => ({ alert: name, expr, for: duration });
    this.object('monitoring.coreos.com/v1', 'PrometheusRule', 'app-perf', {
      groups: [
        {
          name: 'app-perf',
          rules: [
            alert('HighCpuUsage', 'pod_cpu_usage_seconds_total > 80', '5m'),
            alert('HighMemoryUsage', 'pod_memory_usage_bytes > 85', '5m'),
            alert('PodRestarts', 'kube_pod_container_status_restarts_total > 3', '1h'),
          ],
        },
      ],
    });
  }

  private workload(
    kind: 'Deployment' | 'StatefulSet',
    name: string,
    replicas: number,
    container: object,
    configPath?: string,
    configMap = name,
  ): void {
    const mount = { volumeMounts: [{ name: 'config', mountPath: configPath }] };
    this.object('apps/v1', kind, name, {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [{ name, ...container, ...(configPath !== undefined && mount) }],
          volumes:
            configPath === undefined ? undefined : [{ name: 'config', configMap: { name: configMap } }],
        },
      },
    });
  }

  private service(name: string, type: string, port: number, targetPort: number): void {
    this.object(
      'v1',
      'Service',
      name,
      { type, selector: { app: name }, ports: [{ port, targetPort }] },
      'service',
    );
  }

  private configMap(name: string, data: Record<string, string>): void {
    new ApiObject(this, `config-${name}`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
  }

  private object(apiVersion: string, kind: string, name: string, spec: object, prefix = kind): void {
    new ApiObject(this, `${prefix}-${name}`, { apiVersion, kind, metadata: { name }, spec });
  }
}

function utilization(name: string, averageUtilization: number) {
  return { type: 'Resource', resource: { name, target: { type: 'Utilization', averageUtilization } } };
}
