/** What rules read, and an object that breaks each, beside the same one mended. Written by `node scripts/rule-examples.mjs`. */
export interface RuleExample {
  /** Fields whose change it hears. */
  readonly reads: readonly string[];
  /** What breaks the rule; undefined where it takes more than a page shows. */
  readonly failing?: string;
  readonly mended?: string;
  /** What the rule says of it. */
  readonly says?: string;
}

export const EXAMPLES: Readonly<Record<string, RuleExample>> = {
  'CAC-001': {
    reads: [
      'Deployment spec.template.spec.containers[].env[].name',
      'Deployment spec.template.spec.containers[].env[].value',
      'Service spec.selector.app.kubernetes.io/component',
      'Service spec.selector.app.kubernetes.io/name',
      'StatefulSet spec.template.metadata.labels.app.kubernetes.io/component',
      'StatefulSet spec.template.metadata.labels.app.kubernetes.io/name',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          env:\n            - name: NODE_OPTIONS\n              value: --max-old-space-size=352 --max-semi-space-size=16\n            - name: DB_HOST\n              value: data-db\n            - name: DB_PORT\n              value: "5432"\n            - name: DB_NAME\n              value: app\n            - name: DB_USER\n              value: app\n            - name: DB_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  key: password\n                  name: data-db-credentials\n            - name: DB_POOL_SIZE\n              value: "2"\n            - name: DB_MAX_OVERFLOW\n              value: "2"\n            - name: DB_POOL_TIMEOUT\n              value: "30"\n            - name: CACHE_ENABLED\n              value: "true"\n            - name: CACHE_HOST\n              value: data-cache\n            - name: CACHE_PORT\n              value: "6379"\n            - name: CACHE_USERNAME\n              value: app\n            - name: CACHE_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  key: password\n                  name: data-cache-credentials\n            - name: SESSION_CACHE_ENABLED\n              value: "true"\n            - name: SESSION_CACHE_HOST\n              value: data-sessions\n            - name: SESSION_CACHE_PORT\n              value: "6379"\n            - name: SESSION_CACHE_USERNAME\n              value: app\n            - name: SESSION_CACHE_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  key: password\n                  name: data-sessions-credentials\n            - name: PAYMENT_URL\n              value: https://api.payment.example.com\n',
    says: 'metadata.name: no workload names its Service as a host',
  },
  'CAC-002': {
    reads: ['ConfigMap data.cache.conf', 'StatefulSet spec.template.spec.volumes[].configMap.name'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-cache\ndata:\n  cache.conf: |\n    maxmemory-policy noeviction\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-cache\ndata:\n  cache.conf: |\n    maxmemory-policy allkeys-lru\n',
    says: 'data.cache.conf: maxmemory-policy: noeviction',
  },
  'CAC-003': {
    reads: ['Deployment data.nginx.conf: proxy_cache_lock'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    # nothing\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_cache_lock on;\n',
    says: 'data.nginx.conf: proxy_cache_lock: no proxy_cache_lock on',
  },
  'CAC-004': {
    reads: ['Deployment data.nginx.conf: proxy_no_cache'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_no_cache $is_session $is_uncacheable_method $has_body $has_credentials $is_part $is_vary_private $is_marked_private $is_deception $is_unlisted_error $upstream_http_set_cookie;\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_no_cache $is_authorized $is_session $is_uncacheable_method $has_body $has_credentials $is_part $is_vary_private $is_marked_private $is_deception $is_unlisted_error $upstream_http_set_cookie;\n',
    says: 'data.nginx.conf: proxy_no_cache: $is_authorized in proxy_cache_bypass only',
  },
  'CAC-005': {
    reads: [
      'Deployment spec.template.spec.containers[].volumeMounts[].mountPath',
      'Deployment spec.template.spec.containers[].volumeMounts[].name',
      'Deployment spec.template.spec.volumes[].emptyDir.sizeLimit',
      'Deployment spec.template.spec.volumes[].name',
    ],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_cache_path /var/cache/nginx/pages levels=1:2 keys_zone=pages:35m max_size=8g inactive=60m use_temp_path=on manager_files=10000 manager_threshold=200ms manager_sleep=50ms;\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_cache_path /var/cache/nginx/pages levels=1:2 keys_zone=pages:35m max_size=4g inactive=60m use_temp_path=on manager_files=10000 manager_threshold=200ms manager_sleep=50ms;\n',
    says: 'spec.template.spec.volumes: 7936Mi for max_size=8g',
  },
  'CAC-006': {
    reads: ['Deployment data.nginx.conf: proxy_cache_path', 'Deployment data.nginx.conf: proxy_temp_path'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_temp_path /var/cache/nginx/temp;\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_temp_path /tmp/proxy;\n',
    says: 'data.nginx.conf: proxy_temp_path: /var/cache/nginx/temp is on the volume of the cache, cache',
  },
  'CAC-007': {
    reads: ['Deployment data.nginx.conf: proxy_cache_path'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_cache_path /var/cache/nginx/pages levels=1:2 keys_zone=pages:35m max_size=4g inactive=60m use_temp_path=on min_free=1g manager_files=10000 manager_threshold=200ms manager_sleep=50ms;\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_cache_path /var/cache/nginx/pages levels=1:2 keys_zone=pages:35m max_size=4g inactive=60m use_temp_path=on manager_files=10000 manager_threshold=200ms manager_sleep=50ms;\n',
    says: 'data.nginx.conf: proxy_cache_path: min_free=1g on an emptyDir',
  },
  'CAC-008': {
    reads: ['Deployment data.nginx.conf: proxy_cache_lock_timeout'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_cache_lock_timeout 5s;\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_cache_lock_timeout 23s;\n',
    says: 'data.nginx.conf: proxy_cache_lock_timeout: 5 s, and an answer may take 23 s',
  },
  'CAC-009': {
    reads: ['Deployment data.nginx.conf: proxy_cache_path'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_cache_path /var/cache/nginx/pages levels=1:2 keys_zone=pages:35m max_size=4g inactive=5m use_temp_path=on manager_files=10000 manager_threshold=200ms manager_sleep=50ms;\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_cache_path /var/cache/nginx/pages levels=1:2 keys_zone=pages:35m max_size=4g inactive=60m use_temp_path=on manager_files=10000 manager_threshold=200ms manager_sleep=50ms;\n',
    says: 'data.nginx.conf: proxy_cache_path: inactive is 300 s, the longest validity 600 s',
  },
  'CAC-010': {
    reads: ['Deployment data.nginx.conf: proxy_cache_path'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_cache_path /var/cache/nginx/pages levels=1:2 keys_zone=pages:10m max_size=4g inactive=60m use_temp_path=on manager_files=10000 manager_threshold=200ms manager_sleep=50ms;\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_cache_path /var/cache/nginx/pages levels=1:2 keys_zone=pages:35m max_size=4g inactive=60m use_temp_path=on manager_files=10000 manager_threshold=200ms manager_sleep=50ms;\n',
    says: 'data.nginx.conf: proxy_cache_path: keys_zone of 10Mi for max_size=4Gi',
  },
  'CAC-011': {
    reads: ['Deployment data.nginx.conf: server_name'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    # nothing\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    server_name shop.example.com;\n',
    says: 'data.nginx.conf: server_name: _, and the host in proxy_cache_key',
  },
  'CAC-012': {
    reads: ['Deployment data.nginx.conf: proxy_cache_key'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_cache_key $request_method$encoding|$client_scheme|$host|$request_uri;\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_cache_key $encoding|$client_scheme|$host|$request_uri;\n',
    says: 'data.nginx.conf: proxy_cache_key: $request_method in the key',
  },
  'CAC-013': {
    reads: ['Deployment data.nginx.conf: proxy_ignore_headers'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_cache pages; proxy_ignore_headers Set-Cookie;\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_cache pages;\n',
    says: 'data.nginx.conf: proxy_ignore_headers: Set-Cookie',
  },
  'CAC-014': {
    reads: ['Deployment data.nginx.conf: gzip'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_cache pages; gzip on;\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_cache pages;\n',
    says: 'data.nginx.conf: gzip: on, where pages are cached',
  },
  'CAC-015': {
    reads: ['Deployment data.nginx.conf: aio'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    sendfile off; aio threads;\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    sendfile off;\n',
    says: 'data.nginx.conf: aio: threads',
  },
  'CAC-016': {
    reads: ['Deployment data.nginx.conf: map'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    return 421 $1;\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: edge-proxy\nspec:\n  template:\n    spec:\n      containers:\n        - name: proxy\n          image: nginx:1.29.7\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    return 421;\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: edge-proxy\nspec:\n  template:\n    spec:\n      containers:\n        - name: proxy\n          image: docker.io/nginxinc/nginx-unprivileged:1.30.4\n',
    says: 'data.nginx.conf: map: $1 with nginx:1.29.7',
  },
  'CAC-017': {
    reads: ['Deployment data.nginx.conf: worker_processes'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    worker_processes auto;\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    worker_processes 1;\n',
    says: 'data.nginx.conf: worker_processes: auto',
  },
  'CAC-018': {
    reads: ['Deployment data.nginx.conf: worker_rlimit_nofile'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    worker_rlimit_nofile 4096;\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    worker_rlimit_nofile 16326;\n',
    says: 'data.nginx.conf: worker_rlimit_nofile: 4096',
  },
  'CAC-019': {
    reads: ['Deployment data.nginx.conf: location /'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    limit_conn crowds 1; proxy_set_header X-A a;\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    limit_conn crowds 1;\n',
    says: 'data.nginx.conf: location /: proxy_set_header for X-A only',
  },
  'CAC-020': {
    reads: ['ConfigMap data.cache.conf', 'StatefulSet spec.template.spec.volumes[].configMap.name'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-cache\ndata:\n  cache.conf: |\n    # nothing\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-cache\ndata:\n  cache.conf: |\n    save ""\n',
    says: 'data.cache.conf: save: not set: 3600 1 300 100 60 10000',
  },
  'CAC-021': {
    reads: [
      'StatefulSet data.cache.conf: commandlog-reply-larger-than',
      'StatefulSet data.cache.conf: maxmemory',
      'StatefulSet data.cache.conf: maxmemory-policy',
      'StatefulSet data.cache.conf: rename-command',
    ],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-cache\ndata:\n  cache.conf: |\n    maxmemory-policy allkeys-lrm\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-cache\ndata:\n  cache.conf: |\n    # nothing\n',
    says: 'data.cache.conf: maxmemory-policy: maxmemory-policy allkeys-lrm is of Redis 8.6; Valkey has none',
  },
  'CAC-022': {
    reads: ['StatefulSet data.cache.conf: io-threads'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-cache\ndata:\n  cache.conf: |\n    io-threads 4\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-cache\ndata:\n  cache.conf: |\n    # nothing\n',
    says: 'data.cache.conf: io-threads: 4 threads at a CPU limit of 1',
  },
  'CAC-023': {
    reads: [
      'StatefulSet spec.template.spec.containers[].livenessProbe.exec.command',
      'StatefulSet spec.template.spec.containers[].readinessProbe.exec.command',
    ],
    failing:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-cache\nspec:\n  template:\n    spec:\n      containers:\n        - name: cache\n          readinessProbe:\n            exec:\n              command:\n                - valkey-cli\n                - ping\n',
    mended:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-cache\nspec:\n  template:\n    spec:\n      containers:\n        - name: cache\n          readinessProbe:\n            exec:\n              command:\n                - sh\n                - -c\n                - test "$(valkey-cli -h 127.0.0.1 -p 6379 ping)" = PONG\n',
    says: 'spec.template.spec.containers[0].readinessProbe.exec.command: the exit code of ping, which is 0 for LOADING',
  },
  'CAC-024': {
    reads: ['StatefulSet spec.template.spec.containers[].args'],
    failing:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-cache\nspec:\n  template:\n    spec:\n      containers:\n        - name: cache\n          args:\n            - --requirepass\n            - hunter2\n',
    mended:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-cache\nspec:\n  template:\n    spec:\n      containers:\n        - name: cache\n          args: []\n',
    says: 'spec.template.spec.containers[0].args: a password',
  },
  'CAC-025': {
    reads: ['StatefulSet data.cache.conf: rename-command'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-cache\ndata:\n  cache.conf: |\n    rename-command CONFIG ""\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-cache\ndata:\n  cache.conf: |\n    # nothing\n',
    says: 'data.cache.conf: rename-command: CONFIG is renamed',
  },
  'CAC-026': {
    reads: ['StatefulSet data.cache.conf: tcp-backlog'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-cache\ndata:\n  cache.conf: |\n    tcp-backlog 4096\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-cache\ndata:\n  cache.conf: |\n    # nothing\n',
    says: 'data.cache.conf: tcp-backlog: 4096, and no sysctl',
  },
  'CAC-027': {
    reads: ['StatefulSet data.cache.conf: disable-thp', 'StatefulSet spec.template.spec.initContainers[]'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-cache\ndata:\n  cache.conf: |\n    disable-thp no\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-cache\ndata:\n  cache.conf: |\n    disable-thp yes\n',
    says: 'data.cache.conf: disable-thp: no',
  },
  'CAC-028': {
    reads: ['StatefulSet spec.replicas'],
    failing: 'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-cache\nspec:\n  replicas: 2\n',
    mended: 'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-cache\nspec:\n  replicas: 1\n',
    says: 'spec.replicas: 2 pods, and no replicaof and no cluster-enabled',
  },
  'CAC-029': {
    reads: ['ConfigMap data.cache.conf', 'StatefulSet spec.template.spec.volumes[].configMap.name'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-cache\ndata:\n  cache.conf: |\n    client-output-buffer-limit normal 0 0 0\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-cache\ndata:\n  cache.conf: |\n    # nothing\n',
    says: 'data.cache.conf: client-output-buffer-limit: normal 0 0 0',
  },
  'CAC-030': {
    reads: ['StatefulSet data.cache.conf: maxmemory-policy'],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-worker\nspec:\n  template:\n    spec:\n      containers:\n        - name: worker\n          env:\n            - name: CELERY_BROKER_URL\n              value: redis://data-cache:6379/0\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-worker\nspec:\n  template:\n    spec:\n      containers:\n        - name: worker\n          env: []\n',
    says: 'data.cache.conf: maxmemory-policy: allkeys-lru, and shop-worker keep jobs in it',
  },
  'CAC-031': {
    reads: ['StatefulSet spec.template.spec.terminationGracePeriodSeconds'],
    failing:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-cache\nspec:\n  template:\n    spec:\n      terminationGracePeriodSeconds: 10\n',
    mended:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-cache\nspec:\n  template:\n    spec:\n      terminationGracePeriodSeconds: 30\n',
    says: 'spec.template.spec.terminationGracePeriodSeconds: 10 s, and it waits up to 10 s',
  },
  'CAC-032': {
    reads: ['StatefulSet data.cache.conf: tls-port'],
    failing:
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: data-cache\nspec:\n  ingress:\n    - from:\n        - namespaceSelector:\n            matchLabels:\n              kubernetes.io/metadata.name: other\n          podSelector:\n            matchLabels:\n              app: web\n      ports:\n        - port: 6379\n          protocol: TCP\n',
    mended:
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: data-cache\nspec:\n  ingress: []\n',
    says: 'data.cache.conf: tls-port: no TLS, and data-cache lets other namespaces in',
  },
  'CAC-040': {
    reads: ['Deployment data.nginx.conf: upstream origin'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    server shop-web.@NAMESPACE_DOMAIN@:80 resolve;\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    server shop-web.@NAMESPACE_DOMAIN@:80 max_fails=0 resolve;\n',
    says: 'data.nginx.conf: upstream origin: max_fails=1 with one server',
  },
  'CAC-041': {
    reads: ['Deployment spec.template.spec.terminationGracePeriodSeconds'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    worker_shutdown_timeout 5m;\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    worker_shutdown_timeout 30s;\n',
    says: 'spec.template.spec.terminationGracePeriodSeconds: 45 s for a hook of 10 s and worker_shutdown_timeout 300 s',
  },
  'CAC-042': {
    reads: ['Deployment spec.template.spec.containers[].livenessProbe'],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: edge-proxy\nspec:\n  template:\n    spec:\n      containers:\n        - name: proxy\n          livenessProbe:\n            httpGet:\n              path: /\n              port: http\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: edge-proxy\nspec:\n  template:\n    spec:\n      containers:\n        - name: proxy\n          livenessProbe:\n            httpGet:\n              path: /healthz\n              port: status\n',
    says: 'spec.template.spec.containers[0].livenessProbe: / is proxied',
  },
  'CAC-043': {
    reads: ['Deployment spec.template.spec.containers[].resources.limits.cpu'],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: edge-proxy\nspec:\n  template:\n    spec:\n      volumes:\n        - name: cache\n          emptyDir:\n            sizeLimit: 5Gi\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: edge-proxy\nspec:\n  template:\n    spec:\n      volumes:\n        - name: cache\n          emptyDir:\n            sizeLimit: 7936Mi\n',
    says: 'spec.template.spec.volumes: 5Gi for max_size=4g: room for 107374182 a second',
  },
  'COR-001': {
    reads: ['Namespace metadata.name'],
    failing:
      'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop-prod\n  labels:\n    pod-security.kubernetes.io/enforce: restricted\n',
    mended: '# nothing\n',
    says: 'metadata.name: shop-prod is there twice',
  },
  'COR-002': {
    reads: [
      'Deployment spec.selector.matchLabels.app.kubernetes.io/component',
      'Deployment spec.selector.matchLabels.app.kubernetes.io/name',
      'Deployment spec.template.metadata.labels.app.kubernetes.io/component',
      'Deployment spec.template.metadata.labels.app.kubernetes.io/name',
      'StatefulSet spec.selector.matchLabels.app.kubernetes.io/component',
      'StatefulSet spec.selector.matchLabels.app.kubernetes.io/name',
      'StatefulSet spec.template.metadata.labels.app.kubernetes.io/component',
      'StatefulSet spec.template.metadata.labels.app.kubernetes.io/name',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  selector:\n    matchLabels:\n      app: web\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  selector:\n    matchLabels:\n      app.kubernetes.io/component: web\n      app.kubernetes.io/name: shop-web\n',
    says: 'spec.selector: {"matchLabels":{"app":"web"}}',
  },
  'COR-003': {
    reads: [
      'Deployment spec.template.metadata.labels.app.kubernetes.io/component',
      'Deployment spec.template.metadata.labels.app.kubernetes.io/name',
      'Deployment spec.template.spec.containers[].ports[].name',
      'Service spec.ports[].targetPort',
      'Service spec.selector.app.kubernetes.io/component',
      'Service spec.selector.app.kubernetes.io/name',
      'StatefulSet spec.template.metadata.labels.app.kubernetes.io/component',
      'StatefulSet spec.template.metadata.labels.app.kubernetes.io/name',
    ],
    failing:
      'apiVersion: v1\nkind: Service\nmetadata:\n  name: shop-web\nspec:\n  ports:\n    - name: http\n      targetPort: htpp\n',
    mended:
      'apiVersion: v1\nkind: Service\nmetadata:\n  name: shop-web\nspec:\n  ports:\n    - name: http\n      targetPort: http\n',
    says: 'spec.ports[0].targetPort: htpp, which no port of the pods is called',
  },
  'COR-004': {
    reads: [
      'ConfigMap data.cache.conf',
      'ConfigMap data.cache.mtail',
      'ConfigMap data.nginx.conf',
      'ConfigMap data.pg_hba.conf',
      'ConfigMap data.pgbouncer.ini',
      'ConfigMap data.postgresql.conf',
      'ConfigMap data.roles.sql',
      'ConfigMap data.start.sh',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          volumeMounts:\n            - name: nowhere\n              mountPath: /x\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          volumeMounts: []\n',
    says: 'spec.template.spec.containers[0].volumeMounts[3].name: nowhere, which is no volume of the pod',
  },
  'COR-005': {
    reads: [
      'CronJob spec.jobTemplate.spec.template.spec.containers[].env[].name',
      'CronJob spec.jobTemplate.spec.template.spec.containers[].name',
      'CronJob spec.jobTemplate.spec.template.spec.containers[].volumeMounts[].mountPath',
      'Deployment spec.template.spec.containers[].env[].name',
      'Deployment spec.template.spec.containers[].name',
      'Deployment spec.template.spec.containers[].ports[].containerPort',
      'Deployment spec.template.spec.containers[].volumeMounts[].mountPath',
      'Job spec.template.spec.containers[].env[].name',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          env: []\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          env: []\n',
    says: 'spec.template.spec.containers[0].env: NODE_OPTIONS twice',
  },
  'COR-006': {
    reads: [
      'HTTPRoute spec.rules[].backendRefs[].name',
      'HTTPRoute spec.rules[].backendRefs[].port',
      'Ingress spec.rules[].http.paths[].backend.service.name',
      'Ingress spec.rules[].http.paths[].backend.service.port.name',
      'Service spec.ports[].name',
      'Service spec.ports[].port',
    ],
    failing:
      'apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: edge-proxy\nspec:\n  rules:\n    - backendRefs:\n        - name: edge-proxy\n          port: 81\n',
    mended:
      'apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: edge-proxy\nspec:\n  rules:\n    - backendRefs:\n        - name: edge-proxy\n          port: 80\n',
    says: 'spec.rules[0].backendRefs[0]: edge-proxy has no port 81',
  },
  'COR-007': {
    reads: [
      'CronJob spec.jobTemplate.spec.template.spec.containers[].resources.requests.cpu',
      'CronJob spec.jobTemplate.spec.template.spec.containers[].resources.requests.ephemeral-storage',
      'CronJob spec.jobTemplate.spec.template.spec.containers[].resources.requests.memory',
      'Deployment spec.template.spec.containers[].resources.requests.cpu',
      'Deployment spec.template.spec.containers[].resources.requests.ephemeral-storage',
      'Deployment spec.template.spec.containers[].resources.requests.memory',
      'Job spec.template.spec.containers[].resources.requests.cpu',
      'Job spec.template.spec.containers[].resources.requests.ephemeral-storage',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          resources:\n            requests:\n              memory: 512m\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          resources:\n            requests:\n              memory: 128Mi\n',
    says: 'spec.template.spec.containers[0].resources.requests.memory: no quantity',
  },
  'COR-008': {
    reads: [],
    failing: 'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: shop-web\n',
    mended:
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: shop-web\n  namespace: shop-prod\n',
    says: 'metadata.namespace: not set, while other objects name theirs',
  },
  'COR-009': {
    reads: [
      'Deployment spec.selector.matchLabels.app.kubernetes.io/name',
      'PodDisruptionBudget spec.selector.matchLabels.app.kubernetes.io/name',
      'StatefulSet spec.selector.matchLabels.app.kubernetes.io/name',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-worker\nspec:\n  selector:\n    matchLabels: {}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-renderer\nspec:\n  selector:\n    matchLabels: {}\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-worker\nspec:\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: shop-worker\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-renderer\nspec:\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: shop-renderer\n',
    says: 'spec.selector: selects the pods of 4 workloads: shop-worker, shop-renderer, jobs-orders, jobs-mails',
  },
  'COR-010': {
    reads: [
      'CronJob spec.jobTemplate.spec.template.spec.containers[]',
      'Deployment spec.template.spec.containers[]',
      'Job spec.template.spec.containers[]',
      'StatefulSet spec.template.spec.containers',
    ],
    failing:
      'apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: jobs-report\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers: []\n',
    mended:
      'apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: jobs-report\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n            - env:\n                - name: DB_HOST\n                  value: data-db\n                - name: DB_PORT\n                  value: "5432"\n                - name: DB_NAME\n                  value: app\n                - name: DB_USER\n                  value: app\n                - name: DB_PASSWORD\n                  valueFrom:\n                    secretKeyRef:\n                      key: password\n                      name: data-db-credentials\n                - name: DB_POOL_SIZE\n                  value: "1"\n                - name: DB_MAX_OVERFLOW\n                  value: "0"\n                - name: DB_POOL_TIMEOUT\n                  value: "30"\n              image: registry.example.com/shop/report:1.8.2\n              name: job\n              resources:\n                limits:\n                  cpu: 200m\n                  ephemeral-storage: 1Gi\n                  memory: 256Mi\n                requests:\n                  cpu: 50m\n                  ephemeral-storage: 128Mi\n                  memory: 64Mi\n              securityContext:\n                allowPrivilegeEscalation: false\n                capabilities:\n                  drop:\n                    - ALL\n                readOnlyRootFilesystem: true\n              volumeMounts:\n                - mountPath: /tmp\n                  name: tmp\n',
    says: 'spec.jobTemplate.spec.template.spec.containers: none',
  },
  'COR-011': {
    reads: [
      'ConfigMap metadata.labels.app.kubernetes.io/component',
      'ConfigMap metadata.labels.app.kubernetes.io/name',
      'CronJob metadata.labels.app.kubernetes.io/component',
      'CronJob metadata.labels.app.kubernetes.io/name',
      'CronJob spec.jobTemplate.spec.template.metadata.labels.app.kubernetes.io/component',
      'CronJob spec.jobTemplate.spec.template.metadata.labels.app.kubernetes.io/name',
      'CronJob spec.jobTemplate.spec.template.spec.containers[].env[].name',
      'CronJob spec.jobTemplate.spec.template.spec.containers[].name',
    ],
    failing:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-cache-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n',
    mended: 'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-cache\n',
    says: 'metadata.name: "data-cache-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"',
  },
  'COR-012': {
    reads: [
      'CronJob spec.jobTemplate.spec.template.spec.restartPolicy',
      'CronJob spec.jobTemplate.spec.template.spec.securityContext.runAsUser',
      'CronJob spec.jobTemplate.spec.template.spec.terminationGracePeriodSeconds',
      'Deployment spec.progressDeadlineSeconds',
      'Deployment spec.replicas',
      'Deployment spec.strategy.rollingUpdate.maxSurge',
      'Deployment spec.strategy.rollingUpdate.maxUnavailable',
      'Deployment spec.template.spec.containers[].livenessProbe.failureThreshold',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          ports:\n            - name: debug\n              containerPort: 99999\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          ports: []\n',
    says: 'spec.template.spec.containers[0].ports[1].containerPort: 99999',
  },
  'COR-013': {
    reads: [
      'CronJob spec.jobTemplate.spec.template.spec.containers[].image',
      'Deployment spec.template.spec.containers[].image',
      'Ingress spec.rules[].http.paths[].path',
      'Job spec.template.spec.containers[].image',
      'StatefulSet spec.template.spec.containers[].image',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: "registry.example.com/shop/web:1.8.2 "\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: registry.example.com/shop/web:1.8.2\n',
    says: 'spec.template.spec.containers[0].image: "registry.example.com/shop/web:1.8.2 "',
  },
  'COR-014': {
    reads: ['PodDisruptionBudget apiVersion'],
    failing: 'apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata:\n  name: shop-web\n',
    mended: 'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: shop-web\n',
    says: 'apiVersion: policy/v1beta1, removed in Kubernetes 1.25',
  },
  'COR-015': { reads: ['ConfigMap data', 'Deployment metadata.annotations'] },
  'COR-016': {
    reads: ['NetworkPolicy spec.egress[].to[].ipBlock.cidr'],
    failing:
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: shop-web\nspec:\n  egress:\n    - to:\n        - ipBlock:\n            cidr: 10.0.0.0/33\n      ports:\n        - port: 443\n          protocol: TCP\n',
    mended:
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: shop-web\nspec:\n  egress: []\n',
    says: 'spec.egress[5].to[0].ipBlock: "10.0.0.0/33"',
  },
  'COR-017': {
    reads: [
      'CronJob spec.concurrencyPolicy',
      'CronJob spec.jobTemplate.spec.template.spec.containers[].resources.limits.ephemeral-storage',
      'CronJob spec.jobTemplate.spec.template.spec.securityContext.seccompProfile.type',
      'CronJob spec.jobTemplate.spec.template.spec.volumes[].emptyDir.sizeLimit',
      'Deployment spec.strategy.type',
      'Deployment spec.template.spec.containers[].resources.limits.ephemeral-storage',
      'Deployment spec.template.spec.securityContext.seccompProfile.type',
      'Deployment spec.template.spec.volumes[].emptyDir.sizeLimit',
    ],
    failing: 'apiVersion: v1\nkind: Service\nmetadata:\n  name: shop-web\nspec:\n  type: Loadbalancer\n',
    mended: 'apiVersion: v1\nkind: Service\nmetadata:\n  name: shop-web\nspec:\n  type: ClusterIP\n',
    says: 'spec.type: "Loadbalancer"',
  },
  'COR-018': {
    reads: [
      'Deployment spec.template.spec.containers[].args[]',
      'Deployment spec.template.spec.containers[].env[].value',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          env:\n            - name: API_URL\n              value: http://$(API_HOST)\n            - name: API_HOST\n              value: api\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          env: []\n',
    says: 'spec.template.spec.containers[0].env[20].value: $(API_HOST), which is set further down: it stays as it is written',
  },
  'DB-001': {
    reads: [
      'CronJob spec.jobTemplate.spec.template.spec.containers[].env[].name',
      'CronJob spec.jobTemplate.spec.template.spec.containers[].env[].value',
      'Deployment spec.template.spec.containers[].env[].name',
      'Deployment spec.template.spec.containers[].env[].value',
      'Job spec.template.spec.containers[].env[].name',
      'Job spec.template.spec.containers[].env[].value',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          env:\n            - name: DB_POOL_TIMEOUT\n              value: "30"\n            - name: CACHE_ENABLED\n              value: "true"\n            - name: CACHE_HOST\n              value: data-cache\n            - name: CACHE_PORT\n              value: "6379"\n            - name: CACHE_USERNAME\n              value: app\n            - name: CACHE_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  key: password\n                  name: data-cache-credentials\n            - name: SESSION_CACHE_ENABLED\n              value: "true"\n            - name: SESSION_CACHE_HOST\n              value: data-sessions\n            - name: SESSION_CACHE_PORT\n              value: "6379"\n            - name: SESSION_CACHE_USERNAME\n              value: app\n            - name: SESSION_CACHE_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  key: password\n                  name: data-sessions-credentials\n            - name: PAYMENT_URL\n              value: https://api.payment.example.com\n            - name: DB_MAX_OVERFLOW\n              value: "-1"\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          env:\n            - name: DB_MAX_OVERFLOW\n              value: "2"\n            - name: DB_POOL_TIMEOUT\n              value: "30"\n            - name: CACHE_ENABLED\n              value: "true"\n            - name: CACHE_HOST\n              value: data-cache\n            - name: CACHE_PORT\n              value: "6379"\n            - name: CACHE_USERNAME\n              value: app\n            - name: CACHE_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  key: password\n                  name: data-cache-credentials\n            - name: SESSION_CACHE_ENABLED\n              value: "true"\n            - name: SESSION_CACHE_HOST\n              value: data-sessions\n            - name: SESSION_CACHE_PORT\n              value: "6379"\n            - name: SESSION_CACHE_USERNAME\n              value: app\n            - name: SESSION_CACHE_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  key: password\n                  name: data-sessions-credentials\n            - name: PAYMENT_URL\n              value: https://api.payment.example.com\n',
    says: 'spec.template.spec.containers[0].env: a pool without a bound',
  },
  'DB-002': {
    reads: [
      'ConfigMap data.postgresql.conf',
      'CronJob spec.jobTemplate.spec.template.spec.containers[].env[].value',
      'Deployment spec.template.spec.containers[].env[].name',
      'Deployment spec.template.spec.containers[].env[].value',
      'Job spec.template.spec.containers[].env[].value',
      'StatefulSet spec.template.spec.volumes',
    ],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-db\ndata:\n  postgresql.conf: |\n    max_connections = 100\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-db\ndata:\n  postgresql.conf: |\n    max_connections = 200\n',
    says: 'data.postgresql.conf: max_connections: jobs-migrate-179a5188 1 pods × 2 = 2, jobs-report 1 pods × 1 = 1, shop-web 25 pods × 4 = 100, shop-worker 13 pods × 4 = 52: 155 connections',
  },
  'DB-003': {
    reads: ['ConfigMap data.pgbouncer.ini', 'Deployment spec.template.spec.volumes[].configMap.name'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: reports-db-pooler\ndata:\n  pgbouncer.ini: |\n    pool_mode = session\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: reports-db-pooler\ndata:\n  pgbouncer.ini: |\n    pool_mode = transaction\n',
    says: 'data.pgbouncer.ini: pool_mode: pool_mode session, max_prepared_statements 200',
  },
  'DB-004': {
    reads: ['StatefulSet spec.volumeClaimTemplates[].spec.resources.requests.storage'],
    failing:
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-db\ndata:\n  postgresql.conf: |\n    max_wal_size = '150GB'\n",
    mended:
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-db\ndata:\n  postgresql.conf: |\n    max_wal_size = '4GB'\n",
    says: 'spec.volumeClaimTemplates[0].spec.resources.requests.storage: 200Gi with max_wal_size 150GB',
  },
  'DB-005': {
    reads: [
      'StatefulSet spec.template.spec.containers[].env[].name',
      'StatefulSet spec.template.spec.containers[].env[].value',
      'StatefulSet spec.template.spec.containers[].volumeMounts[].mountPath',
      'StatefulSet spec.template.spec.containers[].volumeMounts[].name',
      'StatefulSet spec.template.spec.volumes[].emptyDir.medium',
      'StatefulSet spec.template.spec.volumes[].name',
    ],
    failing:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  template:\n    spec:\n      containers:\n        - name: postgres\n          env:\n            - name: POSTGRES_INITDB_ARGS\n              value: --data-checksums --set huge_pages=off\n            - name: POSTGRES_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  key: postgres-password\n                  name: data-db-credentials\n            - name: APP_DATABASE\n              value: app\n            - name: APP_USER\n            - name: APP_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  key: password\n                  name: data-db-credentials\n            - name: EXPORTER_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  name: data-db-credentials\n                  key: exporter-password\n            - name: PGDATA\n              value: /var/lib/postgresql/data\n',
    mended:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  template:\n    spec:\n      containers:\n        - name: postgres\n          env:\n            - name: PGDATA\n              value: /var/lib/postgresql/data/pgdata\n            - name: POSTGRES_INITDB_ARGS\n              value: --data-checksums --set huge_pages=off\n            - name: POSTGRES_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  key: postgres-password\n                  name: data-db-credentials\n            - name: APP_DATABASE\n            - name: APP_USER\n              value: app\n            - name: APP_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  name: data-db-credentials\n                  key: password\n            - name: EXPORTER_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  key: exporter-password\n                  name: data-db-credentials\n',
    says: 'spec.template.spec.containers[0].env: PGDATA /var/lib/postgresql/data, and the root of a volume is mounted there',
  },
  'DB-006': {
    reads: ['StatefulSet spec.template.spec.terminationGracePeriodSeconds'],
    failing:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  template:\n    spec:\n      terminationGracePeriodSeconds: 30\n',
    mended:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  template:\n    spec:\n      terminationGracePeriodSeconds: 133\n',
    says: 'spec.template.spec.terminationGracePeriodSeconds: 30 s',
  },
  'DB-007': {
    reads: ['Deployment spec.template.spec.containers[].env[].value'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: reports-db-pooler\ndata:\n  pgbouncer.ini: |\n    max_client_conn = 20\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: reports-db-pooler\ndata:\n  pgbouncer.ini: |\n    max_client_conn = 470\n',
    says: 'data.pgbouncer.ini: max_client_conn: reports-web 13 pods × 30 = 390: 390 connections',
  },
  'DB-011': {
    reads: [
      'StatefulSet data.postgresql.conf: effective_cache_size',
      'StatefulSet data.postgresql.conf: shared_buffers',
    ],
    failing:
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-db\ndata:\n  postgresql.conf: |\n    effective_cache_size = '24GB'\n",
    mended:
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-db\ndata:\n  postgresql.conf: |\n    effective_cache_size = '12GB'\n",
    says: 'data.postgresql.conf: effective_cache_size: 24GB with a limit of 16Gi',
  },
  'DB-012': {
    reads: ['ConfigMap data.postgresql.conf'],
    failing:
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-db\ndata:\n  postgresql.conf: |\n    huge_pages = 'try'\n",
    mended:
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-db\ndata:\n  postgresql.conf: |\n    huge_pages = 'off'\n",
    says: 'data.postgresql.conf: huge_pages: try, and no hugepages limit',
  },
  'DB-013': {
    reads: ['StatefulSet data.postgresql.conf: io_method'],
    failing:
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-db\ndata:\n  postgresql.conf: |\n    io_method = 'io_uring'\n",
    mended:
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-db\ndata:\n  postgresql.conf: |\n    io_method = 'worker'\n",
    says: 'data.postgresql.conf: io_method: io_uring under the seccomp profile RuntimeDefault',
  },
  'DB-014': {
    reads: ['ConfigMap data.postgresql.conf'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-db\ndata:\n  postgresql.conf: |\n    max_parallel_workers = 8\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-db\ndata:\n  postgresql.conf: |\n    max_parallel_workers = 4\n',
    says: 'data.postgresql.conf: max_parallel_workers: 8 with 4 CPU',
  },
  'DB-015': {
    reads: ['StatefulSet data.postgresql.conf: autovacuum', 'StatefulSet data.postgresql.conf: fsync'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-db\ndata:\n  postgresql.conf: |\n    fsync = off\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-db\ndata:\n  postgresql.conf: |\n    # nothing\n',
    says: 'data.postgresql.conf: fsync: off',
  },
  'DB-016': {
    reads: ['ConfigMap data.postgresql.conf'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-db\ndata:\n  postgresql.conf: |\n    wal_level = minimal\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-db\ndata:\n  postgresql.conf: |\n    # nothing\n',
    says: 'data.postgresql.conf: wal_level: minimal with max_wal_senders not set: 10',
  },
  'DB-017': {
    reads: [
      'StatefulSet spec.template.spec.containers[].volumeMounts[].mountPath',
      'StatefulSet spec.template.spec.containers[].volumeMounts[].name',
      'StatefulSet spec.template.spec.volumes[].emptyDir',
      'StatefulSet spec.template.spec.volumes[].name',
    ],
    failing:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  template:\n    spec:\n      containers:\n        - name: postgres\n          volumeMounts:\n            - name: run\n              mountPath: /run/elsewhere\n',
    mended:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  template:\n    spec:\n      containers:\n        - name: postgres\n          volumeMounts:\n            - name: run\n              mountPath: /var/run/postgresql\n',
    says: 'spec.template.spec.containers[0].volumeMounts: no emptyDir at /var/run/postgresql',
  },
  'DB-018': {
    reads: [
      'StatefulSet spec.template.spec.containers[].startupProbe.failureThreshold',
      'StatefulSet spec.template.spec.containers[].startupProbe.periodSeconds',
    ],
    failing:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  template:\n    spec:\n      containers:\n        - name: postgres\n          startupProbe:\n            failureThreshold: 6\n',
    mended:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  template:\n    spec:\n      containers:\n        - name: postgres\n          startupProbe:\n            failureThreshold: 720\n',
    says: 'spec.template.spec.containers[0].startupProbe: 30 s',
  },
  'DB-019': {
    reads: ['StatefulSet data.pg_hba.conf', 'StatefulSet spec.template.spec.containers[].env'],
    failing:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  template:\n    spec:\n      containers:\n        - name: postgres\n          env:\n            - name: POSTGRES_HOST_AUTH_METHOD\n              value: trust\n',
    mended:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  template:\n    spec:\n      containers:\n        - name: postgres\n          env: []\n',
    says: 'spec.template.spec.containers[0].env: POSTGRES_HOST_AUTH_METHOD trust',
  },
  'DB-020': {
    reads: ['StatefulSet spec.template.spec.containers[].args'],
    failing:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  template:\n    spec:\n      containers:\n        - name: postgres\n          args: []\n',
    mended:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  template:\n    spec:\n      containers:\n        - name: postgres\n          args:\n            - -c\n            - config_file=/etc/postgresql/postgresql.conf\n            - -c\n            - hba_file=/etc/postgresql/pg_hba.conf\n            - -c\n            - listen_addresses=*\n            - -c\n            - allow_alter_system=off\n',
    says: 'spec.template.spec.containers[0].args: nothing names postgresql.conf',
  },
  'HPA-001': {
    reads: [
      'Deployment metadata.annotations.cdk8s-tuned/ignore',
      'HorizontalPodAutoscaler spec.scaleTargetRef.kind',
      'HorizontalPodAutoscaler spec.scaleTargetRef.name',
    ],
    failing: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: edge-proxy\n  annotations: {}\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: edge-proxy\n  annotations:\n    cdk8s-tuned/ignore: HPA-001=each replica has a cache of its own, a new one starts cold\n',
    says: 'spec.replicas: 3, and no autoscaler',
  },
  'HPA-002': {
    reads: [
      'Deployment spec.selector.matchLabels.app.kubernetes.io/name',
      'HorizontalPodAutoscaler spec.scaleTargetRef.kind',
      'HorizontalPodAutoscaler spec.scaleTargetRef.name',
      'ScaledObject spec.scaleTargetRef.name',
    ],
    failing: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  replicas: 3\n',
    mended: 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec: {}\n',
    says: 'spec.scaleTargetRef: Deployment shop-web, which writes replicas 3',
  },
  'HPA-003': {
    reads: [
      'HorizontalPodAutoscaler spec.maxReplicas',
      'HorizontalPodAutoscaler spec.minReplicas',
      'ScaledObject spec.maxReplicaCount',
    ],
    failing:
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: shop-web\nspec:\n  minReplicas: 1\n',
    mended:
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: shop-web\nspec:\n  minReplicas: 3\n',
    says: 'spec.minReplicas: 1',
  },
  'HPA-004': {
    reads: [
      'Deployment spec.template.spec.containers[].name',
      'Deployment spec.template.spec.containers[].resources.requests.cpu',
      'Deployment spec.template.spec.containers[].resources.requests.memory',
      'HorizontalPodAutoscaler spec.metrics[].containerResource.container',
      'HorizontalPodAutoscaler spec.metrics[].containerResource.name',
      'HorizontalPodAutoscaler spec.metrics[].resource.name',
    ],
    failing:
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: shop-web\nspec:\n  metrics:\n    - containerResource:\n        name: memory\n        target:\n          averageUtilization: 400\n',
    mended:
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: shop-web\nspec:\n  metrics:\n    - containerResource:\n        name: memory\n        target:\n          averageUtilization: 80\n',
    says: 'spec.metrics[1].containerResource.target.averageUtilization: 400 % of the request',
  },
  'HPA-005': {
    reads: [
      'HorizontalPodAutoscaler spec.behavior.scaleDown.stabilizationWindowSeconds',
      'HorizontalPodAutoscaler spec.behavior.scaleUp.selectPolicy',
    ],
    failing:
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: shop-web\nspec:\n  behavior:\n    scaleDown:\n      policies:\n        - periodSeconds: 15\n          value: 100\n      stabilizationWindowSeconds: 0\n',
    mended:
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: shop-web\nspec:\n  behavior:\n    scaleDown:\n      policies:\n        - periodSeconds: 60\n          value: 20\n      stabilizationWindowSeconds: 600\n',
    says: 'spec.behavior.scaleDown.stabilizationWindowSeconds: 0 s, and 400 % in a minute',
  },
  'HPA-006': {
    reads: [
      'VerticalPodAutoscaler spec.resourcePolicy.containerPolicies[].containerName',
      'VerticalPodAutoscaler spec.resourcePolicy.containerPolicies[].controlledResources',
      'VerticalPodAutoscaler spec.updatePolicy.updateMode',
    ],
    failing:
      'apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: shop-web\nspec:\n  updatePolicy:\n    updateMode: Recreate\n',
    mended:
      'apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: shop-web\nspec:\n  updatePolicy:\n    updateMode: Off\n',
    says: 'spec.resourcePolicy.containerPolicies: changes cpu, which shop-web measures and memory, which shop-web measures',
  },
  'HPA-007': {
    reads: [
      'HorizontalPodAutoscaler spec.behavior.scaleDown.policies[].periodSeconds',
      'HorizontalPodAutoscaler spec.behavior.scaleDown.policies[].type',
      'HorizontalPodAutoscaler spec.behavior.scaleDown.policies[].value',
      'HorizontalPodAutoscaler spec.behavior.scaleDown.stabilizationWindowSeconds',
      'HorizontalPodAutoscaler spec.behavior.scaleUp.policies[].periodSeconds',
      'HorizontalPodAutoscaler spec.behavior.scaleUp.policies[].type',
      'HorizontalPodAutoscaler spec.behavior.scaleUp.policies[].value',
      'HorizontalPodAutoscaler spec.behavior.scaleUp.stabilizationWindowSeconds',
    ],
    failing:
      'apiVersion: autoscaling/v2beta2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: shop-renderer\n',
    mended: 'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: shop-renderer\n',
    says: 'apiVersion: autoscaling/v2beta2',
  },
  'HPA-008': {
    reads: ['HorizontalPodAutoscaler spec.minReplicas'],
    failing:
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: shop-renderer\nspec:\n  minReplicas: 0\n',
    mended:
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: shop-renderer\nspec:\n  minReplicas: 2\n',
    says: 'spec.minReplicas: 0, and no Object or External metric',
  },
  'HPA-009': {
    reads: ['HorizontalPodAutoscaler spec.behavior.scaleDown'],
    failing:
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: shop-renderer\nspec:\n  behavior:\n    scaleDown:\n      policies:\n        - periodSeconds: 1200\n          type: Pods\n          value: 1\n',
    mended:
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: shop-renderer\nspec:\n  behavior:\n    scaleDown:\n      policies:\n        - periodSeconds: 60\n          type: Percent\n          value: 50\n',
    says: 'spec.behavior.scaleDown: from 8 replicas to 2: 105 min',
  },
  'HPA-010': {
    reads: ['Deployment spec.template.spec.containers[].startupProbe.periodSeconds'],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          startupProbe:\n            failureThreshold: 60\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          startupProbe:\n            failureThreshold: 30\n',
    says: 'spec.behavior.scaleUp: a step every 15 s on memory, and pods that may take 120 s to start',
  },
  'HPA-011': {
    reads: ['Deployment spec.template.spec.containers[].startupProbe'],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-renderer\nspec:\n  template:\n    spec:\n      containers:\n        - name: worker\n          startupProbe:\n            failureThreshold: 300\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-renderer\nspec:\n  template:\n    spec:\n      containers:\n        - name: worker\n          startupProbe:\n            failureThreshold: 30\n',
    says: 'spec.metrics[0]: CPU of shop-renderer, which may take 600 s to start',
  },
  'HPA-012': {
    reads: ['HorizontalPodAutoscaler spec.metrics'],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-renderer\nspec:\n  template:\n    spec:\n      containers:\n        - env:\n            - name: CACHE_ENABLED\n              value: "true"\n            - name: CACHE_HOST\n              value: data-cache\n            - name: CACHE_PORT\n              value: "6379"\n            - name: CACHE_USERNAME\n              value: app\n            - name: CACHE_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  key: password\n                  name: data-cache-credentials\n            - name: GOMEMLIMIT\n              value: 1800MiB\n          image: registry.example.com/shop/renderer:1.8.2\n          livenessProbe:\n            exec:\n              command:\n                - /app/renderer\n                - ping\n            failureThreshold: 6\n            periodSeconds: 10\n            timeoutSeconds: 5\n          name: sidecar\n          ports: []\n          resources:\n            limits:\n              cpu: "2"\n              ephemeral-storage: 1Gi\n              memory: 2Gi\n            requests:\n              cpu: 500m\n              ephemeral-storage: 128Mi\n              memory: 512Mi\n          securityContext:\n            allowPrivilegeEscalation: false\n            capabilities:\n              drop:\n                - ALL\n            readOnlyRootFilesystem: true\n          startupProbe:\n            exec:\n              command:\n                - /app/renderer\n                - ping\n            failureThreshold: 30\n            periodSeconds: 2\n            timeoutSeconds: 2\n          volumeMounts:\n            - mountPath: /tmp\n              name: tmp\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-renderer\nspec:\n  template:\n    spec:\n      containers: []\n',
    says: 'spec.metrics[0]: CPU of worker, sidecar together',
  },
  'HPA-013': {
    reads: ['HorizontalPodAutoscaler metadata.annotations.cdk8s-tuned/kubernetes-version'],
    failing:
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: jobs-mails\n  annotations:\n    cdk8s-tuned/kubernetes-version: "1.34"\n',
    mended:
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: jobs-mails\n  annotations:\n    cdk8s-tuned/kubernetes-version: "1.35"\n',
    says: 'spec.behavior.scaleUp.tolerance: 0.05 for Kubernetes 1.34',
  },
  'HPA-014': {
    reads: [
      'ScaledObject spec.fallback.replicas',
      'ScaledObject spec.idleReplicaCount',
      'ScaledObject spec.maxReplicaCount',
      'ScaledObject spec.minReplicaCount',
      'ScaledObject spec.triggers[].metadata.desiredReplicas',
      'ScaledObject spec.triggers[].metadata.end',
      'ScaledObject spec.triggers[].metadata.start',
      'ScaledObject spec.triggers[].metadata.timezone',
    ],
    failing:
      'apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata:\n  name: jobs-orders\nspec:\n  triggers: []\n',
    mended:
      'apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata:\n  name: jobs-orders\nspec:\n  fallback:\n    failureThreshold: 3\n    replicas: 3\n  triggers:\n    - authenticationRef:\n        kind: TriggerAuthentication\n        name: jobs-orders-0\n      metadata:\n        mode: QueueLength\n        queueName: orders\n        value: "50"\n      type: rabbitmq\n    - metadata:\n        desiredReplicas: "3"\n        end: 0 20 * * *\n        start: 0 6 * * *\n        timezone: Europe/Berlin\n      type: cron\n',
    says: 'spec.triggers: cpu only, with zero replicas',
  },
  'HPA-015': {
    reads: ['ScaledObject spec.triggers[].metadata.host'],
    failing:
      'apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata:\n  name: jobs-orders\nspec:\n  triggers:\n    - metadata:\n        host: amqp://orders:hunter2@queue.shop.svc:5672/\n',
    mended:
      'apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata:\n  name: jobs-orders\nspec:\n  triggers:\n    - metadata: {}\n',
    says: 'spec.triggers[0].metadata.host: an address with a password',
  },
  'LOAD-001': {
    reads: [
      'CronJob spec.concurrencyPolicy',
      'CronJob spec.jobTemplate.spec.activeDeadlineSeconds',
      'CronJob spec.schedule',
      'CronJob spec.startingDeadlineSeconds',
    ],
    failing:
      'apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: load-test\nspec:\n  concurrencyPolicy: Allow\n',
    mended:
      'apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: load-test\nspec:\n  concurrencyPolicy: Forbid\n',
    says: 'spec.concurrencyPolicy: Allow',
  },
  'LOAD-002': {
    reads: ['CronJob spec.jobTemplate.spec.template.spec.containers[].args[]'],
    failing:
      'apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: load-test\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n            - name: k6\n              image: example.com/wrk:4.2\n              args:\n                - wrk\n                - -t12\n                - -c400\n                - -d30s\n                - http://shop-web\n',
    mended:
      'apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: load-test\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n            - name: k6\n              image: docker.io/grafana/k6:1.3.0\n              args:\n                - run\n                - /scripts/shop.js\n',
    says: 'spec.jobTemplate.spec.template.spec: no threshold',
  },
  'MON-001': {
    reads: [
      'Deployment spec.template.metadata.labels.app.kubernetes.io/component',
      'Deployment spec.template.metadata.labels.app.kubernetes.io/name',
      'PodMonitor spec.selector.matchLabels.app.kubernetes.io/component',
      'PodMonitor spec.selector.matchLabels.app.kubernetes.io/name',
      'Service metadata.labels.app.kubernetes.io/component',
      'Service metadata.labels.app.kubernetes.io/name',
      'Service spec.selector.app.kubernetes.io/component',
      'Service spec.selector.app.kubernetes.io/name',
    ],
    failing:
      'apiVersion: monitoring.coreos.com/v1\nkind: PodMonitor\nmetadata:\n  name: shop-worker\nspec: {}\n',
    mended:
      'apiVersion: monitoring.coreos.com/v1\nkind: PodMonitor\nmetadata:\n  name: shop-worker\nspec:\n  selector:\n    matchLabels:\n      app.kubernetes.io/component: worker\n      app.kubernetes.io/name: shop-worker\n',
    says: 'spec.template.spec: no ServiceMonitor or PodMonitor selects it',
  },
  'MON-002': {
    reads: ['PrometheusRule spec.groups[].rules[].alert', 'PrometheusRule spec.groups[].rules[].expr'],
    failing:
      'apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: monitoring-performance\nspec:\n  groups:\n    - name: monitoring-performance-shop-prod-alerts\n      rules: []\n',
    mended:
      'apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: monitoring-performance\nspec:\n  groups:\n    - name: monitoring-performance-shop-prod-alerts\n      rules:\n        - alert: HighErrorRate\n          annotations:\n            description: Look at what was rolled out last, and at the database and the cache that it uses.\n            summary: "{{ $labels.job }} answers more than 5 % of its requests with a server error"\n          expr: sum by (namespace, job) (rate(http_requests_total{namespace="shop-prod",pod=~"(shop-renderer|shop-web|shop-worker)-([0-9]+|[0-9a-z]{6,10}-[0-9a-z]{5})",code=~"5.."}[5m]) or rate(http_requests_total{namespace="shop-prod",pod=~"(shop-renderer|shop-web|shop-worker)-([0-9]+|[0-9a-z]{6,10}-[0-9a-z]{5})",status=~"5.."}[5m]) or rate(http_requests_total{namespace="shop-prod",pod=~"(shop-renderer|shop-web|shop-worker)-([0-9]+|[0-9a-z]{6,10}-[0-9a-z]{5})",status_code=~"5.."}[5m])) / sum by (namespace, job) (rate(http_requests_total{namespace="shop-prod",pod=~"(shop-renderer|shop-web|shop-worker)-([0-9]+|[0-9a-z]{6,10}-[0-9a-z]{5})"}[5m])) > 0.05\n          for: 5m\n          labels:\n            severity: critical\n',
    says: 'spec.groups: no alert on server errors',
  },
  'MON-003': {
    reads: [
      'PrometheusRule spec.groups[].rules[].expr',
      'PrometheusRule spec.groups[].rules[].labels.severity',
    ],
    failing:
      'apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: monitoring-performance\nspec:\n  groups:\n    - name: monitoring-performance-shop-prod-alerts\n      rules:\n        - expr: pod_memory_usage_bytes > 1 or cpu > 1\n',
    mended:
      'apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: monitoring-performance\nspec:\n  groups:\n    - name: monitoring-performance-shop-prod-alerts\n      rules:\n        - expr: sum by (namespace, pod, container) (rate(container_cpu_usage_seconds_total{namespace="shop-prod",pod=~"(data-cache|data-db|data-sessions|edge-proxy|shop-renderer|shop-web|shop-worker)-([0-9]+|[0-9a-z]{6,10}-[0-9a-z]{5})",container!="",container!="POD"}[5m])) / on (namespace, pod, container) max by (namespace, pod, container) (kube_pod_container_resource_limits{namespace="shop-prod",pod=~"(data-cache|data-db|data-sessions|edge-proxy|shop-renderer|shop-web|shop-worker)-([0-9]+|[0-9a-z]{6,10}-[0-9a-z]{5})",resource="cpu"}) > 0.8\n',
    says: 'spec.groups[1].rules[0].expr: pod_memory_usage_bytes',
  },
  'MON-004': {
    reads: [
      'Deployment spec.template.metadata.labels.app.kubernetes.io/component',
      'Deployment spec.template.metadata.labels.app.kubernetes.io/name',
      'Deployment spec.template.spec.containers[].ports[].name',
      'PodMonitor spec.podMetricsEndpoints[].port',
      'PodMonitor spec.selector.matchLabels.app.kubernetes.io/component',
      'PodMonitor spec.selector.matchLabels.app.kubernetes.io/name',
      'Service metadata.labels.app.kubernetes.io/component',
      'Service metadata.labels.app.kubernetes.io/name',
    ],
    failing:
      'apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata:\n  name: shop-web\nspec:\n  endpoints:\n    - port: metrics\n',
    mended:
      'apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata:\n  name: shop-web\nspec:\n  endpoints:\n    - port: http\n',
    says: 'spec.endpoints: port metrics',
  },
  'NET-001': {
    reads: [
      'Deployment spec.template.metadata.labels.app.kubernetes.io/component',
      'Deployment spec.template.metadata.labels.app.kubernetes.io/name',
      'NetworkPolicy spec.podSelector.matchLabels.app.kubernetes.io/component',
      'NetworkPolicy spec.podSelector.matchLabels.app.kubernetes.io/name',
      'NetworkPolicy spec.policyTypes[]',
      'StatefulSet spec.template.metadata.labels.app.kubernetes.io/component',
      'StatefulSet spec.template.metadata.labels.app.kubernetes.io/name',
    ],
    failing:
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: shop-web\nspec:\n  podSelector:\n    matchLabels:\n      app: nobody\n',
    mended:
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: shop-web\nspec:\n  podSelector:\n    matchLabels:\n      app.kubernetes.io/component: web\n      app.kubernetes.io/name: shop-web\n',
    says: 'spec.template.spec: no NetworkPolicy selects its pods for Ingress and Egress',
  },
  'NET-002': {
    reads: [
      'Deployment spec.template.metadata.labels.app.kubernetes.io/component',
      'Deployment spec.template.metadata.labels.app.kubernetes.io/name',
      'Deployment spec.template.spec.containers[].env[].value',
      'NetworkPolicy spec.egress[].ports[].port',
      'NetworkPolicy spec.egress[].ports[].protocol',
      'NetworkPolicy spec.egress[].to[].podSelector.matchLabels.app.kubernetes.io/component',
      'NetworkPolicy spec.egress[].to[].podSelector.matchLabels.app.kubernetes.io/name',
      'NetworkPolicy spec.ingress[].from[].podSelector.matchLabels.app.kubernetes.io/component',
    ],
    failing:
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: data-db\nspec:\n  ingress: []\n',
    mended:
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: data-db\nspec:\n  ingress:\n    - from:\n        - podSelector:\n            matchLabels:\n              app.kubernetes.io/component: web\n              app.kubernetes.io/name: shop-web\n      ports:\n        - port: 5432\n          protocol: TCP\n    - from:\n        - podSelector:\n            matchLabels:\n              app.kubernetes.io/component: worker\n              app.kubernetes.io/name: shop-worker\n      ports:\n        - port: 5432\n          protocol: TCP\n    - from:\n        - podSelector:\n            matchLabels:\n              app.kubernetes.io/component: migration\n              app.kubernetes.io/name: jobs-migrate\n      ports:\n        - port: 5432\n          protocol: TCP\n    - from:\n        - podSelector:\n            matchLabels:\n              app.kubernetes.io/component: job\n              app.kubernetes.io/name: jobs-report\n      ports:\n        - port: 5432\n          protocol: TCP\n    - from:\n        - namespaceSelector:\n            matchLabels:\n              kubernetes.io/metadata.name: monitoring\n      ports:\n        - port: 9187\n          protocol: TCP\n',
    says: 'spec.template.spec: the database leads to data-db:5432, whose policy does not let it in',
  },
  'NET-003': {
    reads: [
      'NetworkPolicy spec.ingress[].from[].namespaceSelector.matchLabels',
      'NetworkPolicy spec.ingress[].from[].podSelector.matchLabels',
    ],
    failing:
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: data-db\nspec:\n  ingress:\n    - from:\n        - ipBlock:\n            cidr: 0.0.0.0/0\n      ports:\n        - port: 5432\n',
    mended:
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: data-db\nspec:\n  ingress: []\n',
    says: 'spec.template.spec: an ingress rule without peers, or with every address',
  },
  'NET-004': {
    reads: [
      'CronJob spec.jobTemplate.spec.template.metadata.labels.app.kubernetes.io/component',
      'CronJob spec.jobTemplate.spec.template.metadata.labels.app.kubernetes.io/name',
      'CronJob spec.jobTemplate.spec.template.spec.containers',
      'Deployment spec.template.metadata.labels.app.kubernetes.io/component',
      'Deployment spec.template.metadata.labels.app.kubernetes.io/name',
      'Deployment spec.template.spec.containers',
      'Job spec.template.metadata.labels.app.kubernetes.io/component',
      'Job spec.template.metadata.labels.app.kubernetes.io/name',
    ],
    failing:
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: shop-web\nspec:\n  podSelector:\n    matchLabels:\n      app: nobody\n',
    mended:
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: shop-web\nspec:\n  podSelector:\n    matchLabels:\n      app.kubernetes.io/component: web\n      app.kubernetes.io/name: shop-web\n',
    says: 'spec.podSelector: selects no workload of these manifests',
  },
  'NET-005': {
    reads: [
      'NetworkPolicy spec.egress[].ports[].port',
      'NetworkPolicy spec.egress[].to[].ipBlock.cidr',
      'NetworkPolicy spec.egress[].to[].podSelector.matchLabels',
      'NetworkPolicy spec.ingress[].from[].namespaceSelector.matchLabels',
      'NetworkPolicy spec.ingress[].from[].podSelector.matchLabels',
      'NetworkPolicy spec.ingress[].ports[].port',
      'NetworkPolicy spec.podSelector.matchLabels',
    ],
    failing:
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: edge-proxy\nspec:\n  egress:\n    - to:\n        - podSelector: {}\n',
    mended:
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: edge-proxy\nspec:\n  egress:\n    - to:\n        - podSelector:\n            matchLabels:\n              app.kubernetes.io/component: web\n              app.kubernetes.io/name: shop-web\n',
    says: 'spec.egress[1].to: everybody',
  },
  'OOM-001': {
    reads: ['StatefulSet spec.template.spec.containers[].resources.limits.memory'],
    failing:
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-db\ndata:\n  postgresql.conf: |\n    work_mem = '100MB'\n",
    mended:
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-db\ndata:\n  postgresql.conf: |\n    work_mem = '10MB'\n",
    says: 'spec.template.spec.containers[0].resources.limits.memory: 16Gi; data-db/postgresql.conf allows 47336MiB: shared_buffers 4096MiB + wal_buffers 16MiB + 3 autovacuum workers x 128MiB + (200 connections + 4 parallel workers) x (10MiB backend + 1 x work_mem 100MiB x hash_mem_multiplier 2)',
  },
  'OOM-002': {
    reads: ['ConfigMap data.cache.conf', 'StatefulSet spec.template.spec.volumes[].configMap.name'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-cache\ndata:\n  cache.conf: |\n    maxmemory 4144mb\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-cache\ndata:\n  cache.conf: |\n    maxmemory 2147483648\n',
    says: 'spec.template.spec.containers[0].resources.limits.memory: 4144Mi; maxmemory is 4144mb',
  },
  'OOM-003': {
    reads: [
      'Deployment spec.template.spec.volumes[].emptyDir.sizeLimit',
      'StatefulSet spec.template.spec.volumes[].emptyDir.sizeLimit',
    ],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_cache_path /var/cache/nginx/pages levels=1:2 keys_zone=pages:500m max_size=4g inactive=60m use_temp_path=on manager_files=10000 manager_threshold=200ms manager_sleep=50ms;\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: edge-proxy\ndata:\n  nginx.conf: |\n    proxy_cache_path /var/cache/nginx/pages levels=1:2 keys_zone=pages:35m max_size=4g inactive=60m use_temp_path=on manager_files=10000 manager_threshold=200ms manager_sleep=50ms;\n',
    says: 'spec.template.spec.containers[0].resources.limits.memory: 512Mi; edge-proxy/nginx.conf allows 926MiB: shared zones 502MiB + 16MiB for master and cache manager + 1 worker x (32MiB + 2108 connections x 164KiB + 1055 x 41KiB)',
  },
  'OOM-004': {
    reads: ['Deployment spec.template.spec.containers[].env'],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-renderer\nspec:\n  template:\n    spec:\n      containers:\n        - name: worker\n          env:\n            - name: GOMEMLIMIT\n              value: 2GiB\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-renderer\nspec:\n  template:\n    spec:\n      containers:\n        - name: worker\n          env:\n            - name: GOMEMLIMIT\n              value: 1800MiB\n',
    says: 'spec.template.spec.containers[0].env: GOMEMLIMIT is 2048MiB of 2048MiB',
  },
  'PRB-001': {
    reads: [
      'Deployment spec.template.spec.containers[].readinessProbe',
      'StatefulSet spec.template.spec.containers[].readinessProbe',
    ],
    failing:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  template:\n    spec:\n      containers:\n        - name: postgres\n',
    mended:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  template:\n    spec:\n      containers:\n        - name: postgres\n          readinessProbe:\n            exec:\n              command:\n                - pg_isready\n                - --quiet\n                - --host=127.0.0.1\n                - --port=5432\n            failureThreshold: 3\n            periodSeconds: 5\n            timeoutSeconds: 5\n',
    says: 'spec.template.spec.containers[0].readinessProbe: not set',
  },
  'PRB-002': {
    reads: [
      'Deployment spec.template.spec.containers[].livenessProbe',
      'Deployment spec.template.spec.containers[].startupProbe',
      'StatefulSet spec.template.spec.containers[].livenessProbe',
      'StatefulSet spec.template.spec.containers[].startupProbe',
    ],
    failing:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  template:\n    spec:\n      containers:\n        - name: postgres\n',
    mended:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  template:\n    spec:\n      containers:\n        - name: postgres\n          livenessProbe:\n            exec:\n              command:\n                - sh\n                - -c\n                - pg_isready --quiet --host=127.0.0.1 --port=5432; test "$?" -le 1\n            failureThreshold: 6\n            periodSeconds: 10\n            timeoutSeconds: 10\n',
    says: 'spec.template.spec.containers[0].livenessProbe: not set',
  },
  'PRB-003': {
    reads: [
      'Deployment spec.template.spec.containers[].livenessProbe.failureThreshold',
      'Deployment spec.template.spec.containers[].livenessProbe.periodSeconds',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          livenessProbe:\n            failureThreshold: 3\n            httpGet:\n              path: /health/ready\n            periodSeconds: 5\n            timeoutSeconds: 2\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          livenessProbe:\n            failureThreshold: 6\n            httpGet:\n              path: /health/live\n            periodSeconds: 10\n            timeoutSeconds: 5\n',
    says: 'spec.template.spec.containers[0].livenessProbe: the question of the readiness probe, after 15 s',
  },
  'PRB-004': {
    reads: [
      'Deployment spec.template.spec.containers[].livenessProbe.exec.command',
      'Deployment spec.template.spec.containers[].livenessProbe.httpGet.port',
      'Deployment spec.template.spec.containers[].livenessProbe.periodSeconds',
      'Deployment spec.template.spec.containers[].livenessProbe.tcpSocket.port',
      'Deployment spec.template.spec.containers[].ports[].name',
      'Deployment spec.template.spec.containers[].readinessProbe.exec.command',
      'Deployment spec.template.spec.containers[].readinessProbe.httpGet.port',
      'Deployment spec.template.spec.containers[].readinessProbe.periodSeconds',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          readinessProbe:\n            httpGet:\n              port: htpp\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          readinessProbe:\n            httpGet:\n              port: http\n',
    says: 'spec.template.spec.containers[0].readinessProbe.httpGet.port: htpp',
  },
  'PRB-005': {
    reads: ['Deployment spec.template.spec.terminationGracePeriodSeconds'],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      terminationGracePeriodSeconds: 10\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      terminationGracePeriodSeconds: 45\n',
    says: 'spec.template.spec.terminationGracePeriodSeconds: 10 s with a hook of 10 s',
  },
  'REL-001': {
    reads: [
      'Deployment spec.template.metadata.labels.app.kubernetes.io/component',
      'Deployment spec.template.metadata.labels.app.kubernetes.io/name',
      'PodDisruptionBudget spec.maxUnavailable',
      'PodDisruptionBudget spec.selector.matchLabels.app.kubernetes.io/component',
      'PodDisruptionBudget spec.selector.matchLabels.app.kubernetes.io/name',
    ],
    failing:
      'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: shop-web\nspec:\n  minAvailable: 3\n',
    mended:
      'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: shop-web\nspec:\n  maxUnavailable: 1\n',
    says: 'spec.template.metadata.labels: shop-web allows 0 evictions at 3 replicas (minAvailable 3)',
  },
  'REL-002': {
    reads: [
      'Deployment spec.template.metadata.labels.app.kubernetes.io/component',
      'Deployment spec.template.metadata.labels.app.kubernetes.io/name',
      'Deployment spec.template.spec.topologySpreadConstraints[].labelSelector.matchLabels.app.kubernetes.io/component',
      'Deployment spec.template.spec.topologySpreadConstraints[].labelSelector.matchLabels.app.kubernetes.io/name',
      'Deployment spec.template.spec.topologySpreadConstraints[].topologyKey',
    ],
    failing: 'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-cache\nspec:\n  replicas: 2\n',
    mended: 'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-cache\nspec:\n  replicas: 1\n',
    says: 'spec.template.spec.topologySpreadConstraints: nothing keeps its pods apart',
  },
  'REL-003': {
    reads: [
      'Service spec.clusterIP',
      'StatefulSet spec.serviceName',
      'StatefulSet spec.volumeClaimTemplates[].spec.resources.requests.storage',
    ],
    failing: 'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  replicas: 2\n',
    mended: 'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  replicas: 1\n',
    says: 'spec.replicas: 2',
  },
  'REL-004': {
    reads: [
      'Deployment spec.strategy.rollingUpdate.maxUnavailable',
      'Deployment spec.template.spec.containers[].lifecycle.preStop.exec.command[]',
      'Deployment spec.template.spec.containers[].lifecycle.preStop.sleep.seconds',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  strategy:\n    rollingUpdate:\n      maxUnavailable: 25%\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  strategy:\n    rollingUpdate:\n      maxUnavailable: 0\n',
    says: 'spec.strategy: takes 5 of 20 away before there are new ones',
  },
  'REL-005': {
    reads: [
      'CronJob spec.jobTemplate.spec.template.spec.containers[].image',
      'Deployment spec.template.spec.containers[].image',
      'Job spec.template.spec.containers[].image',
      'StatefulSet spec.template.spec.containers[].image',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: registry.example.com/shop:latest\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: registry.example.com/shop/web:1.8.2\n',
    says: 'spec.template.spec.containers[0].image: registry.example.com/shop:latest',
  },
  'REL-006': {
    reads: ['PodDisruptionBudget spec.unhealthyPodEvictionPolicy'],
    failing: 'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: data-db\nspec: {}\n',
    mended:
      'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: data-db\nspec:\n  unhealthyPodEvictionPolicy: AlwaysAllow\n',
    says: 'spec.unhealthyPodEvictionPolicy: not set: IfHealthyBudget',
  },
  'REL-007': {
    reads: [
      'Deployment spec.template.metadata.annotations.checksum/config',
      'StatefulSet spec.template.metadata.annotations.checksum/config',
    ],
    failing:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  template:\n    metadata:\n      annotations: {}\n',
    mended:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  template:\n    metadata:\n      annotations:\n        checksum/config: 489e3a30d37bb898\n',
    says: 'spec.template.metadata.annotations: nothing that changes with the configuration',
  },
  'REL-008': {
    reads: ['PodDisruptionBudget spec.minAvailable'],
    failing:
      'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: shop-web\nspec:\n  minAvailable: 1\n',
    mended:
      'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: shop-web\nspec:\n  maxUnavailable: 1\n',
    says: 'spec.minAvailable: 1 of 3 to 20 replicas',
  },
  'REL-009': {
    reads: [
      'Deployment spec.selector.matchLabels.app.kubernetes.io/component',
      'Deployment spec.selector.matchLabels.app.kubernetes.io/name',
      'Deployment spec.template.metadata.labels.app.kubernetes.io/component',
      'Deployment spec.template.metadata.labels.app.kubernetes.io/name',
      'Deployment spec.template.spec.containers',
      'PodDisruptionBudget spec.selector.matchLabels.app.kubernetes.io/component',
      'PodDisruptionBudget spec.selector.matchLabels.app.kubernetes.io/name',
      'StatefulSet spec.selector.matchLabels.app.kubernetes.io/component',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    metadata:\n      labels:\n        version: 1.8.2\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: shop-web\nspec:\n  selector:\n    matchLabels:\n      version: 1.8.2\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    metadata:\n      labels: {}\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: shop-web\nspec:\n  selector:\n    matchLabels: {}\n',
    says: 'spec.selector.matchLabels: version, which the workload’s own selector does not name',
  },
  'REL-010': {
    reads: ['Deployment spec.template.spec.topologySpreadConstraints[].matchLabelKeys[]'],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      topologySpreadConstraints:\n        - {}\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      topologySpreadConstraints:\n        - matchLabelKeys:\n            - pod-template-hash\n',
    says: 'spec.template.spec.topologySpreadConstraints[0].matchLabelKeys: not set',
  },
  'REL-011': {
    reads: [
      'Deployment spec.template.spec.topologySpreadConstraints[].labelSelector',
      'Deployment spec.template.spec.topologySpreadConstraints[].whenUnsatisfiable',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      topologySpreadConstraints:\n        - matchLabelKeys:\n            - app.kubernetes.io/name\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      topologySpreadConstraints:\n        - matchLabelKeys: []\n',
    says: 'spec.template.spec.topologySpreadConstraints[0].matchLabelKeys: app.kubernetes.io/name, which labelSelector names too',
  },
  'REL-012': {
    reads: [
      'Deployment spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[]',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      affinity:\n        podAntiAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution:\n            - labelSelector:\n                matchLabels:\n                  app.kubernetes.io/component: web\n                  app.kubernetes.io/name: shop-web\n              topologyKey: topology.kubernetes.io/zone\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      affinity:\n        podAntiAffinity: {}\n',
    says: 'spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]: one pod for each zone, and up to 25 pods in a rollout',
  },
  'REL-013': {
    reads: ['Deployment spec.strategy.rollingUpdate'],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  strategy:\n    rollingUpdate:\n      maxSurge: 0\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  strategy:\n    rollingUpdate:\n      maxSurge: 25%\n',
    says: 'spec.strategy.rollingUpdate: maxSurge 0 and maxUnavailable 0',
  },
  'RES-001': {
    reads: [
      'CronJob spec.jobTemplate.spec.template.spec.containers[].resources',
      'Deployment spec.template.spec.containers[].resources',
      'Job spec.template.spec.containers[].resources',
      'StatefulSet spec.template.spec.containers[].resources',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-renderer\nspec:\n  template:\n    spec:\n      containers:\n        - env:\n            - name: CACHE_ENABLED\n              value: "true"\n            - name: CACHE_HOST\n              value: data-cache\n            - name: CACHE_PORT\n              value: "6379"\n            - name: CACHE_USERNAME\n              value: app\n            - name: CACHE_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  key: password\n                  name: data-cache-credentials\n            - name: GOMEMLIMIT\n              value: 1800MiB\n          image: registry.example.com/shop/renderer:1.8.2\n          livenessProbe:\n            exec:\n              command:\n                - /app/renderer\n                - ping\n            failureThreshold: 6\n            periodSeconds: 10\n            timeoutSeconds: 5\n          name: sidecar\n          ports: []\n          resources:\n            limits: {}\n            requests: {}\n          securityContext:\n            allowPrivilegeEscalation: false\n            capabilities:\n              drop:\n                - ALL\n            readOnlyRootFilesystem: true\n          startupProbe:\n            exec:\n              command:\n                - /app/renderer\n                - ping\n            failureThreshold: 30\n            periodSeconds: 2\n            timeoutSeconds: 2\n          volumeMounts:\n            - mountPath: /tmp\n              name: tmp\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-renderer\nspec:\n  template:\n    spec:\n      containers: []\n',
    says: 'spec.template.spec.containers[1].resources.requests.cpu: not set',
  },
  'RES-002': {
    reads: [
      'CronJob spec.jobTemplate.spec.template.spec.containers[].resources.limits.memory',
      'Deployment spec.template.spec.containers[].resources.limits.memory',
      'Job spec.template.spec.containers[].resources.limits.memory',
      'StatefulSet spec.template.spec.containers[].resources.limits.memory',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-renderer\nspec:\n  template:\n    spec:\n      containers:\n        - env:\n            - name: CACHE_ENABLED\n              value: "true"\n            - name: CACHE_HOST\n              value: data-cache\n            - name: CACHE_PORT\n              value: "6379"\n            - name: CACHE_USERNAME\n              value: app\n            - name: CACHE_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  key: password\n                  name: data-cache-credentials\n            - name: GOMEMLIMIT\n              value: 1800MiB\n          image: registry.example.com/shop/renderer:1.8.2\n          livenessProbe:\n            exec:\n              command:\n                - /app/renderer\n                - ping\n            failureThreshold: 6\n            periodSeconds: 10\n            timeoutSeconds: 5\n          name: sidecar\n          ports: []\n          resources:\n            limits: {}\n            requests: {}\n          securityContext:\n            allowPrivilegeEscalation: false\n            capabilities:\n              drop:\n                - ALL\n            readOnlyRootFilesystem: true\n          startupProbe:\n            exec:\n              command:\n                - /app/renderer\n                - ping\n            failureThreshold: 30\n            periodSeconds: 2\n            timeoutSeconds: 2\n          volumeMounts:\n            - mountPath: /tmp\n              name: tmp\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-renderer\nspec:\n  template:\n    spec:\n      containers: []\n',
    says: 'spec.template.spec.containers[1].resources.limits.memory: not set',
  },
  'RES-003': {
    reads: [
      'CronJob spec.jobTemplate.spec.template.spec.containers[].resources.limits.cpu',
      'Deployment spec.template.spec.containers[].resources.limits.cpu',
      'Job spec.template.spec.containers[].resources.limits.cpu',
      'StatefulSet spec.template.spec.containers[].resources.limits.cpu',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-renderer\nspec:\n  template:\n    spec:\n      containers:\n        - env:\n            - name: CACHE_ENABLED\n              value: "true"\n            - name: CACHE_HOST\n              value: data-cache\n            - name: CACHE_PORT\n              value: "6379"\n            - name: CACHE_USERNAME\n              value: app\n            - name: CACHE_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  key: password\n                  name: data-cache-credentials\n            - name: GOMEMLIMIT\n              value: 1800MiB\n          image: registry.example.com/shop/renderer:1.8.2\n          livenessProbe:\n            exec:\n              command:\n                - /app/renderer\n                - ping\n            failureThreshold: 6\n            periodSeconds: 10\n            timeoutSeconds: 5\n          name: sidecar\n          ports: []\n          resources:\n            limits: {}\n            requests: {}\n          securityContext:\n            allowPrivilegeEscalation: false\n            capabilities:\n              drop:\n                - ALL\n            readOnlyRootFilesystem: true\n          startupProbe:\n            exec:\n              command:\n                - /app/renderer\n                - ping\n            failureThreshold: 30\n            periodSeconds: 2\n            timeoutSeconds: 2\n          volumeMounts:\n            - mountPath: /tmp\n              name: tmp\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-renderer\nspec:\n  template:\n    spec:\n      containers: []\n',
    says: 'spec.template.spec.containers[1].resources.limits.cpu: not set',
  },
  'RES-004': {
    reads: [
      'CronJob spec.jobTemplate.spec.template.spec.containers[].resources.limits.ephemeral-storage',
      'CronJob spec.jobTemplate.spec.template.spec.volumes[].emptyDir.sizeLimit',
      'Deployment spec.template.spec.containers[].resources.limits.ephemeral-storage',
      'Deployment spec.template.spec.volumes[].emptyDir.sizeLimit',
      'Job spec.template.spec.containers[].resources.limits.ephemeral-storage',
      'Job spec.template.spec.volumes[].emptyDir.sizeLimit',
      'StatefulSet spec.template.spec.containers[].resources.limits.ephemeral-storage',
      'StatefulSet spec.template.spec.volumes[].emptyDir.sizeLimit',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-renderer\nspec:\n  template:\n    spec:\n      containers:\n        - env:\n            - name: CACHE_ENABLED\n              value: "true"\n            - name: CACHE_HOST\n              value: data-cache\n            - name: CACHE_PORT\n              value: "6379"\n            - name: CACHE_USERNAME\n              value: app\n            - name: CACHE_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  key: password\n                  name: data-cache-credentials\n            - name: GOMEMLIMIT\n              value: 1800MiB\n          image: registry.example.com/shop/renderer:1.8.2\n          livenessProbe:\n            exec:\n              command:\n                - /app/renderer\n                - ping\n            failureThreshold: 6\n            periodSeconds: 10\n            timeoutSeconds: 5\n          name: sidecar\n          ports: []\n          resources:\n            limits: {}\n            requests: {}\n          securityContext:\n            allowPrivilegeEscalation: false\n            capabilities:\n              drop:\n                - ALL\n            readOnlyRootFilesystem: true\n          startupProbe:\n            exec:\n              command:\n                - /app/renderer\n                - ping\n            failureThreshold: 30\n            periodSeconds: 2\n            timeoutSeconds: 2\n          volumeMounts:\n            - mountPath: /tmp\n              name: tmp\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-renderer\nspec:\n  template:\n    spec:\n      containers: []\n',
    says: 'spec.template.spec.containers[1].resources.requests.ephemeral-storage: no request and no limit',
  },
  'RES-005': {
    reads: [
      'StatefulSet spec.template.spec.containers[].resources.limits.memory',
      'StatefulSet spec.template.spec.containers[].resources.requests.memory',
    ],
    failing:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  template:\n    spec:\n      containers:\n        - name: postgres\n          resources:\n            requests:\n              memory: 8Gi\n',
    mended:
      'apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: data-db\nspec:\n  template:\n    spec:\n      containers:\n        - name: postgres\n          resources:\n            requests:\n              memory: 16Gi\n',
    says: 'spec.template.spec.containers[0].resources.requests.memory: 8Gi',
  },
  'RES-006': {
    reads: [
      'CronJob spec.jobTemplate.spec.template.spec.containers[].resources.limits.cpu',
      'CronJob spec.jobTemplate.spec.template.spec.containers[].resources.limits.memory',
      'CronJob spec.jobTemplate.spec.template.spec.containers[].resources.requests.cpu',
      'CronJob spec.jobTemplate.spec.template.spec.containers[].resources.requests.memory',
      'Deployment spec.template.spec.containers[].resources.limits.cpu',
      'Deployment spec.template.spec.containers[].resources.limits.memory',
      'Deployment spec.template.spec.containers[].resources.requests.cpu',
      'Deployment spec.template.spec.containers[].resources.requests.memory',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          resources:\n            limits:\n              cpu: lots\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          resources:\n            limits:\n              cpu: 500m\n',
    says: 'spec.template.spec.containers[0].resources.limits.cpu: lots',
  },
  'RES-007': {
    reads: ['ScaledObject spec.maxReplicaCount'],
    failing: 'apiVersion: v1\nkind: ResourceQuota\nmetadata:\n  name: shop\nspec:\n  hard:\n    pods: "40"\n',
    mended: 'apiVersion: v1\nkind: ResourceQuota\nmetadata:\n  name: shop\nspec:\n  hard:\n    pods: "100"\n',
    says: 'spec.hard["pods"]: 40, and up to 71 with every autoscaler at its maximum and in a rollout',
  },
  'SCALE-001': {
    reads: [
      'Deployment spec.template.spec.containers[].name',
      'Deployment spec.template.spec.containers[].resources.requests.cpu',
      'HorizontalPodAutoscaler metadata.annotations.cdk8s-tuned/scaling-tested',
      'HorizontalPodAutoscaler spec.behavior.scaleDown.policies[].periodSeconds',
      'HorizontalPodAutoscaler spec.behavior.scaleDown.policies[].type',
      'HorizontalPodAutoscaler spec.behavior.scaleDown.policies[].value',
      'HorizontalPodAutoscaler spec.behavior.scaleDown.stabilizationWindowSeconds',
      'HorizontalPodAutoscaler spec.behavior.scaleUp.policies[].periodSeconds',
    ],
    failing: 'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: shop-web\n',
    mended:
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: shop-web\n  annotations:\n    cdk8s-tuned/scaling-tested: spike:base=30,peak=240,start=60,rise=60,hold=600,every=0,length=1920; capacityPerPod=20; secondsToCapacity<=120,flaps<=0,secondsToDrain<=1500\n',
    says: 'metadata.annotations: neither a simulation with thresholds nor a load test that forces it to scale up',
  },
  'SEC-001': {
    reads: [
      'CronJob spec.jobTemplate.spec.template.spec.containers[].securityContext.allowPrivilegeEscalation',
      'CronJob spec.jobTemplate.spec.template.spec.containers[].securityContext.capabilities.drop[]',
      'CronJob spec.jobTemplate.spec.template.spec.securityContext.runAsNonRoot',
      'CronJob spec.jobTemplate.spec.template.spec.securityContext.seccompProfile.type',
      'CronJob spec.jobTemplate.spec.template.spec.volumes[].emptyDir',
      'Deployment spec.template.spec.containers[].securityContext.allowPrivilegeEscalation',
      'Deployment spec.template.spec.containers[].securityContext.capabilities.drop[]',
      'Deployment spec.template.spec.securityContext.runAsNonRoot',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          securityContext:\n            privileged: true\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          securityContext: {}\n',
    says: 'spec.template.spec.containers[0].securityContext.privileged: true',
  },
  'SEC-002': {
    reads: [
      'CronJob spec.jobTemplate.spec.template.spec.automountServiceAccountToken',
      'CronJob spec.jobTemplate.spec.template.spec.containers[].securityContext.readOnlyRootFilesystem',
      'CronJob spec.jobTemplate.spec.template.spec.serviceAccountName',
      'Deployment spec.template.spec.automountServiceAccountToken',
      'Deployment spec.template.spec.containers[].securityContext.readOnlyRootFilesystem',
      'Deployment spec.template.spec.serviceAccountName',
      'Job spec.template.spec.automountServiceAccountToken',
      'Job spec.template.spec.containers[].securityContext.readOnlyRootFilesystem',
    ],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          securityContext:\n            readOnlyRootFilesystem: false\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop-web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          securityContext:\n            readOnlyRootFilesystem: true\n',
    says: 'spec.template.spec.containers[0].securityContext.readOnlyRootFilesystem: false',
  },
  'SEC-003': {
    reads: ['ConfigMap data.cache.conf', 'Deployment spec.template.spec.containers[].env'],
    failing:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-cache\ndata:\n  cache.conf: |\n    requirepass hunter2\n',
    mended:
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data-cache\ndata:\n  cache.conf: |\n    # nothing\n',
    says: 'data.cache.conf: a password or a private key',
  },
  'VPA-001': {
    reads: ['VerticalPodAutoscaler spec.updatePolicy.updateMode'],
    failing:
      'apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: shop-worker\nspec:\n  updatePolicy:\n    updateMode: Auto\n',
    mended:
      'apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: shop-worker\nspec:\n  updatePolicy:\n    updateMode: Recreate\n',
    says: 'spec.updatePolicy.updateMode: Auto',
  },
  'VPA-002': {
    reads: [
      'Deployment spec.template.spec.containers',
      'VerticalPodAutoscaler spec.targetRef.kind',
      'VerticalPodAutoscaler spec.targetRef.name',
    ],
    failing:
      'apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: shop-worker\nspec:\n  targetRef:\n    name: shop-wroker\n',
    mended:
      'apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: shop-worker\nspec:\n  targetRef:\n    name: shop-worker\n',
    says: 'spec.targetRef: Deployment shop-wroker, which is not there',
  },
  'VPA-003': {
    reads: ['VerticalPodAutoscaler spec.updatePolicy.updateMode'],
    failing:
      'apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: shop-worker\n  annotations:\n    cdk8s-tuned/rewritten: updateMode Auto is now Recreate\n',
    mended:
      'apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: shop-worker\n',
    says: 'spec.updatePolicy.updateMode: updateMode Auto is now Recreate',
  },
  'VPA-004': {
    reads: [
      'HorizontalPodAutoscaler spec.minReplicas',
      'HorizontalPodAutoscaler spec.scaleTargetRef.kind',
      'HorizontalPodAutoscaler spec.scaleTargetRef.name',
      'ScaledObject spec.minReplicaCount',
      'ScaledObject spec.scaleTargetRef.kind',
      'ScaledObject spec.scaleTargetRef.name',
    ],
    failing:
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: shop-worker\nspec:\n  minReplicas: 1\n---\napiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: shop-worker\nspec:\n  updatePolicy: {}\n',
    mended:
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: shop-worker\nspec:\n  minReplicas: 2\n---\napiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: shop-worker\nspec:\n  updatePolicy:\n    minReplicas: 2\n',
    says: 'spec.updatePolicy.minReplicas: shop-worker keeps 1, and nothing is evicted below 2',
  },
  'VPA-005': {
    reads: ['VerticalPodAutoscaler spec.resourcePolicy.containerPolicies'],
    failing:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: jobs-orders\nspec:\n  template:\n    spec:\n      containers:\n        - name: worker\n          resources:\n            limits:\n              cpu: 50m\n              ephemeral-storage: 128Mi\n              memory: 64Mi\n---\napiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: jobs-orders\nspec:\n  resourcePolicy:\n    containerPolicies:\n      - controlledValues: RequestsOnly\n',
    mended:
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: jobs-orders\nspec:\n  template:\n    spec:\n      containers:\n        - name: worker\n          resources:\n            limits:\n              cpu: 200m\n              ephemeral-storage: 1Gi\n              memory: 256Mi\n---\napiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: jobs-orders\nspec:\n  resourcePolicy:\n    containerPolicies:\n      - {}\n',
    says: 'spec.resourcePolicy.containerPolicies: RequestsOnly for worker, whose requests equal its limits (Deployment spec.template.spec.containers[0])',
  },
  'VPA-006': {
    reads: ['VerticalPodAutoscaler spec.resourcePolicy.containerPolicies[].minAllowed.memory'],
    failing:
      'apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: shop-worker\nspec:\n  resourcePolicy:\n    containerPolicies:\n      - minAllowed:\n          memory: 8Gi\n',
    mended:
      'apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: shop-worker\nspec:\n  resourcePolicy:\n    containerPolicies:\n      - minAllowed:\n          memory: 64Mi\n',
    says: 'spec.resourcePolicy.containerPolicies[0].minAllowed.memory: 8Gi, above maxAllowed (4Gi)',
  },
  'VPA-007': {
    reads: ['VerticalPodAutoscaler spec.resourcePolicy.containerPolicies[].maxAllowed.memory'],
    failing:
      'apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: shop-worker\nspec:\n  resourcePolicy:\n    containerPolicies:\n      - maxAllowed:\n          memory: 128Mi\n',
    mended:
      'apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: shop-worker\nspec:\n  resourcePolicy:\n    containerPolicies:\n      - maxAllowed:\n          memory: 4Gi\n',
    says: 'spec.resourcePolicy.containerPolicies[0].maxAllowed.memory: 128Mi',
  },
  'VPA-008': {
    reads: ['VerticalPodAutoscaler spec.targetRef'],
    failing:
      'apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: second\n  namespace: shop-prod\nspec:\n  resourcePolicy:\n    containerPolicies:\n      - containerName: "*"\n        controlledResources:\n          - memory\n        maxAllowed:\n          memory: 4Gi\n        minAllowed:\n          memory: 64Mi\n  targetRef:\n    apiVersion: apps/v1\n    kind: Deployment\n    name: shop-worker\n  updatePolicy:\n    minReplicas: 2\n    updateMode: Recreate\n',
    mended: '# nothing\n',
    says: 'spec.targetRef: shop-worker, which second sizes too',
  },
  'VPA-009': {
    reads: ['VerticalPodAutoscaler metadata.annotations.cdk8s-tuned/kubernetes-version'],
    failing:
      'apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: jobs-orders\n',
    mended:
      'apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata:\n  name: jobs-orders\n  annotations:\n    cdk8s-tuned/kubernetes-version: "1.35"\n',
    says: 'spec.updatePolicy.updateMode: InPlaceOrRecreate for a version that nothing names',
  },
};
