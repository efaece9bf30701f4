/** A stack to which every rule applies, and which breaks none. */
import { Chart, Duration, Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  BackgroundWorker,
  HealthCheck,
  KubernetesVersion,
  PerformanceMonitoring,
  ScalableWebApp,
  ScalingIntent,
  ScalingPolicy,
  ScalingStep,
  ScalingTrigger,
  Traffic,
  TriggerAuthentication,
  TunedApp,
  TunedPostgres,
  VerticalScaling,
} from 'cdk8s-tuned';
import { allFromDist } from '../support/dist';
import { find, type Manifest, manifests } from '../support/synth';

const restricted = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
};

/** A second database, with poolers in front, and what asks it. */
function reports(): Manifest[] {
  const app = new TunedApp({ outdir: '/nowhere' });
  const chart = new Chart(app, 'reports', { namespace: 'reports' });
  const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(50) });
  const web = new ScalableWebApp(chart, 'web', { image: 'registry.example.com/reports:2.1.0' });
  web.connectTo(db);
  web.requireScaling(
    Traffic.spike({ base: 20, peak: 80 }),
    { timeToCapacity: Duration.minutes(3) },
    { capacityPerPod: 20 },
  );
  new PerformanceMonitoring(chart, 'performance', { watch: [web, db, db.addPooler()] });
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'reports', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  };
  // One set of alerts is enough.
  return [namespace, ...manifests(chart).filter(({ kind }) => kind !== 'PrometheusRule')];
}

const REPORTS = reports();

/** Workers that scale by KEDA, and that are resized while they run, as a cluster of 1.35 has them. */
function workers(): Manifest[] {
  const app = new TunedApp({ outdir: '/nowhere', kubernetesVersion: KubernetesVersion.V1_35 });
  const chart = new Chart(app, 'jobs', { namespace: 'shop-prod' });
  const common = {
    image: 'registry.example.com/shop/jobs:1.8.2',
    liveness: HealthCheck.command(['/app/jobs', 'ping']),
    metricsPort: 9090,
  };
  const orders = new BackgroundWorker(chart, 'orders', {
    ...common,
    scaling: ScalingPolicy.events({
      intent: ScalingIntent.BATCH,
      min: 2,
      max: 6,
      scaleToZero: true,
      fallback: { replicas: 3 },
      triggers: [
        ScalingTrigger.rabbitMq({
          queue: 'orders',
          messagesPerReplica: 50,
          authentication: TriggerAuthentication.fromSecret({
            secret: Secret.fromSecretName(chart, 'queue', 'queue-credentials'),
            parameters: { host: 'amqp-url' },
          }),
        }),
        ScalingTrigger.schedule({
          timeZone: 'Europe/Berlin',
          start: '0 6 * * *',
          end: '0 20 * * *',
          replicas: 3,
        }),
        ScalingTrigger.cpuUtilization(70),
      ],
    }),
    verticalScaling: VerticalScaling.inPlaceOrRecreate({ minReplicas: 2 }),
  });
  const minute = Duration.minutes(1);
  const mails = new BackgroundWorker(chart, 'mails', {
    ...common,
    scaling: ScalingPolicy.cpu({
      max: 4,
      scaleUp: {
        stabilizationWindow: Duration.seconds(0),
        steps: [ScalingStep.pods(2, minute)],
        tolerancePercent: 5,
      },
    }),
  });
  mails.requireScaling(
    Traffic.spike({ base: 5, peak: 15 }),
    { timeToCapacity: Duration.minutes(3) },
    { capacityPerPod: 5 },
  );
  new PerformanceMonitoring(chart, 'monitoring', { watch: [orders, mails] });
  // One set of alerts is enough.
  return manifests(chart).filter(({ kind }) => kind !== 'PrometheusRule');
}

/**
 * The shop in prod, with workers of the newest kind, a load test, a quota, an Ingress, a bounded heap and the
 * I/O method that Postgres 18 has.
 */
export function passingStack(): Manifest[] {
  const objects = structuredClone(allFromDist('prod'));
  const namespace = 'shop-prod';
  find(objects, 'Deployment', 'shop-renderer').spec.template.spec.containers[0].env.push({
    name: 'GOMEMLIMIT',
    value: '1800MiB',
  });
  find(objects, 'ConfigMap', 'data-db').data['postgresql.conf'] += "io_method = 'worker'\n";
  const proxy = find(objects, 'Service', 'edge-proxy');
  return [
    ...objects,
    ...workers(),
    {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'shop', namespace },
      spec: { hard: { 'requests.cpu': '32', 'requests.memory': '96Gi', pods: '100' } },
    },
    ...structuredClone(REPORTS),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'load-test', namespace } },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'edge', namespace },
      spec: {
        rules: [
          {
            host: 'a.example.com',
            http: {
              paths: [
                {
                  path: '/',
                  pathType: 'Prefix',
                  backend: { service: { name: proxy.metadata.name, port: { name: 'http' } } },
                },
              ],
            },
          },
        ],
      },
    },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'load-test', namespace },
      spec: {
        schedule: '0 4 * * *',
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds: 600,
        jobTemplate: {
          spec: {
            activeDeadlineSeconds: 900,
            template: {
              metadata: { labels: { app: 'load-test' } },
              spec: {
                automountServiceAccountToken: false,
                serviceAccountName: 'load-test',
                restartPolicy: 'Never',
                securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
                containers: [
                  {
                    name: 'k6',
                    image: 'docker.io/grafana/k6:1.3.0',
                    args: ['run', '/scripts/shop.js'],
                    resources: {
                      requests: { cpu: '500m', memory: '256Mi', 'ephemeral-storage': '64Mi' },
                      limits: { cpu: '1', memory: '256Mi', 'ephemeral-storage': '64Mi' },
                    },
                    securityContext: restricted,
                  },
                ],
              },
            },
          },
        },
      },
    },
  ];
}
