/** A stack to which every rule applies, and which breaks none. */
import { Chart, Size } from 'cdk8s';
import { PerformanceMonitoring, ScalableWebApp, TunedApp, TunedPostgres } from 'cdk8s-tuned';
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
  new PerformanceMonitoring(chart, 'performance', { watch: [web, db, db.addPooler()] });
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'reports', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  };
  return [namespace, ...manifests(chart)];
}

const REPORTS = reports();

/** The shop in prod, with a load test, an Ingress and a bounded heap. */
export function passingStack(): Manifest[] {
  const objects = structuredClone(allFromDist('prod'));
  const namespace = 'shop-prod';
  find(objects, 'Deployment', 'shop-renderer').spec.template.spec.containers[0].env.push({
    name: 'GOMEMLIMIT',
    value: '1800MiB',
  });
  const proxy = find(objects, 'Service', 'edge-proxy');
  return [
    ...objects,
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
