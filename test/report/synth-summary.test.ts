import { summarize } from '../../lib/report/synth-summary';

const deployment = (name: string, cpu: string, memory: string, replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    template: { spec: { containers: [{ name, resources: { requests: { cpu, memory } } }] } },
  },
});
const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } };
const scaler = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web' },
  spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, minReplicas: 2, maxReplicas: 10 },
};

test('a row for each stack, and one for all of an environment', () => {
  const file = (environment: string, stack: string, documents: object[]) => ({
    environment,
    stack,
    path: `dist/${environment}/${stack}.k8s.yaml`,
    documents,
  });
  expect(
    summarize([
      file('dev', 'config', [configMap, configMap]),
      file('dev', 'shop', [deployment('web', '250m', '512Mi', 1), scaler]),
      file('prod', 'shop', [deployment('web', '2', '3Gi', 2)]),
    ]),
  ).toEqual([
    {
      environment: 'dev',
      stack: 'config',
      objects: '2 ConfigMap',
      requestAtMin: '',
      requestAtMax: '',
      path: 'dist/dev/config.k8s.yaml',
    },
    {
      environment: 'dev',
      stack: 'shop',
      objects: '1 Deployment, 1 HorizontalPodAutoscaler',
      requestAtMin: '500m / 1.0Gi',
      requestAtMax: '2500m / 5.0Gi',
      path: 'dist/dev/shop.k8s.yaml',
    },
    {
      environment: 'dev',
      stack: 'all',
      objects: '4 in all',
      requestAtMin: '500m / 1.0Gi',
      requestAtMax: '2500m / 5.0Gi',
      path: '',
    },
    {
      environment: 'prod',
      stack: 'shop',
      objects: '1 Deployment',
      requestAtMin: '4 / 6.0Gi',
      requestAtMax: '4 / 6.0Gi',
      path: 'dist/prod/shop.k8s.yaml',
    },
    {
      environment: 'prod',
      stack: 'all',
      objects: '1 in all',
      requestAtMin: '4 / 6.0Gi',
      requestAtMax: '4 / 6.0Gi',
      path: '',
    },
  ]);
});
