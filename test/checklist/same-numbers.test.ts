/** Manifests of which rules, simulator and constructs have to say the same. */
import { Checklist } from 'cdk8s-tuned';
import { type MeasuredResources, measuredResources, podResources } from '../../lib/inventory/pod-resources';
import { majorOf } from '../../lib/postgres/image-capabilities';
import { highestLiveTarget } from '../../lib/scaling/hpa/live-target';
import type { Manifest } from '../support/synth';

const found = (objects: readonly Manifest[], rule: string) =>
  Checklist.check([...objects]).filter((finding) => finding.rule === rule);

const web = (resources: Manifest, target: number): Manifest[] => [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image: 'registry.example.com/web:1.0.0', resources }] },
      },
    },
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 2,
      maxReplicas: 10,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: target } },
        },
      ],
    },
  },
];

test('a target that usage cannot reach is found, whether the request is written or follows from the limit', () => {
  const limits = { cpu: '500m', memory: '512Mi' };
  const [written] = found(web({ limits, requests: limits }, 95), 'HPA-004');
  const [filledIn] = found(web({ limits }, 95), 'HPA-004');
  expect(written.measured).toBe('95 % of the request');
  expect(filledIn).toEqual(written);
  const measured = measuredResources(podResources(web({ limits }, 95)[0].spec.template.spec), 'memory');
  const { request, limit } = measured as MeasuredResources;
  const highest = highestLiveTarget(request, limit) ?? 0;
  expect(found(web({ limits }, highest), 'HPA-004')).toEqual([]);
  expect(found(web({ limits }, highest + 1), 'HPA-004')).toHaveLength(1);
});

const database = (image: string, conf: string): Manifest[] => [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'db' },
    data: { 'postgresql.conf': conf },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db' },
    spec: {
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: {
        metadata: { labels: { app: 'db' } },
        spec: {
          containers: [
            {
              name: 'postgres',
              image,
              resources: { limits: { memory: '2Gi' }, requests: { memory: '2Gi' } },
              volumeMounts: [{ name: 'conf', mountPath: '/etc/postgresql' }],
            },
          ],
          volumes: [{ name: 'conf', configMap: { name: 'db' } }],
        },
      },
    },
  },
];

test('a database is judged by the defaults of its version', () => {
  const conf = "shared_buffers = '256MB'\nwal_buffers = '8MB'\n";
  expect(found(database('docker.io/library/postgres:14.20', conf), 'OOM-001')).toEqual([]);
  const [newer] = found(database('docker.io/library/postgres:15.15', conf), 'OOM-001');
  expect(newer.measured).toContain('hash_mem_multiplier 2');
  expect(
    found(database('docker.io/library/postgres:15.15', `${conf}hash_mem_multiplier = 1\n`), 'OOM-001'),
  ).toEqual([]);
});

test.each([
  ['postgres:14.20', 14],
  ['docker.io/library/postgres:18-alpine', 18],
  ['postgis/postgis:14-3.4', 14],
  ['timescale/timescaledb:2.14.2-pg14', 14],
  ['registry.example.com:5000/bitnami/postgresql:13.5.0-debian-11-r0', 13],
  ['ghcr.io/cloudnative-pg/postgresql:16.4@sha256:0123', 16],
  ['registry.example.com:5000/postgres', undefined],
  ['postgres:latest', undefined],
  ['postgres:9.6', undefined],
])('the major version of %s is %s', (image, major) => {
  expect(majorOf(image)).toBe(major);
});

test('a server is judged alike, whether it is told by a file or by arguments', () => {
  const settings = { shared_buffers: '3GB', max_connections: '2000', fsync: 'off' };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'`);
  const byFile = database('postgres:17.5', lines.join('\n'));
  const byArguments = database('postgres:17.5', '');
  delete byArguments[0].data['postgresql.conf'];
  byArguments[1].spec.template.spec.containers[0].args = Object.entries(settings).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const said = (objects: readonly Manifest[], rule: string) =>
    found(objects, rule).map(
      ({ measured, expected }) => `${measured.replace(/;.* allows/, '; it allows')} ${expected}`,
    );
  for (const rule of ['OOM-001', 'DB-011', 'DB-015']) {
    expect(said(byArguments, rule)).toHaveLength(1);
    expect(said(byArguments, rule)).toEqual(said(byFile, rule));
  }
});
