import { readFileSync } from 'fs';
import { join } from 'path';
import { fieldProblems, NEWEST_MINOR, servedMinors } from '../../../lib/inventory/api/api-definitions';
import { ROOT } from '../../project/snippets';

const pod = (spec: object, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: { containers: [{ name: 'web', image: 'web:1.0.0', ...spec }], ...more },
});

test('what is right has no problem', () => {
  expect(fieldProblems(pod({ resources: { requests: { cpu: '100m', memory: 1 } } }), 27)).toEqual([]);
});

test('a field that the API lacks is named, with what it may have been meant to be', () => {
  expect(fieldProblems(pod({ resources: { request: {} }, readinesProbe: { xyz: 1 } }), 30)).toEqual([
    { path: 'spec.containers[0].resources.request', value: {}, fault: 'unknown', nearest: 'requests' },
    {
      path: 'spec.containers[0].readinesProbe',
      value: { xyz: 1 },
      fault: 'unknown',
      nearest: 'readinessProbe',
    },
  ]);
});

test('a field of another version says which versions have it', () => {
  const sidecar = pod({}, { initContainers: [{ name: 'log', image: 'log:1', restartPolicy: 'Always' }] });
  expect(fieldProblems(sidecar, 28)).toEqual([]);
  expect(fieldProblems(sidecar, 27)).toEqual([
    {
      path: 'spec.initContainers[0].restartPolicy',
      value: 'Always',
      fault: 'unknown',
      since: 28,
      until: undefined,
    },
  ]);
});

test.each<[string, object, object]>([
  [
    'text where a number belongs',
    { ports: [{ containerPort: '80' }] },
    { fault: 'type', expected: 'a whole number' },
  ],
  ['a number where text belongs', { env: [{ name: 'A', value: 1 }] }, { fault: 'type', expected: 'text' }],
  ['text where true or false belongs', { tty: 'yes' }, { fault: 'type', expected: 'true or false' }],
  [
    'no quantity',
    { resources: { limits: { memory: '1GB' } } },
    { fault: 'type', expected: 'a quantity, such as 500m or 1Gi' },
  ],
  ['a map where a list belongs', { env: { A: '1' } }, { fault: 'type', expected: 'a list' }],
  ['a list where a map belongs', { resources: [] }, { fault: 'type', expected: 'a map of fields' }],
  ['a value that is none', { imagePullPolicy: 'Sometimes' }, { fault: 'value' }],
  [
    'a field that has to be there',
    { volumeMounts: [{ name: 'data' }] },
    { fault: 'missing', path: 'spec.containers[0].volumeMounts[0].mountPath' },
  ],
])('%s is found', (_, spec, problem) => {
  expect(fieldProblems(pod(spec), NEWEST_MINOR)).toEqual([expect.objectContaining(problem)]);
});

test('null is what is not there, and an empty value what is not set', () => {
  expect(fieldProblems(pod({ resources: null, imagePullPolicy: '' }), 36)).toEqual([]);
  expect(fieldProblems(pod({ name: null }), 36)).toMatchObject([
    { path: 'spec.containers[0].name', fault: 'missing' },
  ]);
});

test('keys of maps may be anything, and are quoted in a path', () => {
  const labelled = { ...pod({}), metadata: { name: 'web', labels: { 'app.kubernetes.io/name': 7 } } };
  expect(fieldProblems(labelled, 36)).toEqual([
    { path: 'metadata.labels["app.kubernetes.io/name"]', value: 7, fault: 'type', expected: 'text' },
  ]);
});

test('a kind is known by its group and version, and is served by some minors', () => {
  expect(servedMinors('apps/v1', 'Deployment')).toEqual({ since: 27, until: undefined });
  expect(servedMinors('flowcontrol.apiserver.k8s.io/v1beta2', 'FlowSchema')).toEqual({
    since: 27,
    until: 28,
  });
  expect(servedMinors('extensions/v1beta1', 'Deployment')).toBeUndefined();
  expect(fieldProblems({ apiVersion: 'serving.knative.dev/v1', kind: 'Service' }, 36)).toBeUndefined();
});

test('custom resources are known too', () => {
  const monitor = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: 'web' },
    spec: { selector: {}, endpoints: [{ port: 'http', intervall: '30s', scheme: 'gopher' }] },
  };
  expect(fieldProblems(monitor, 27)).toEqual([
    expect.objectContaining({ path: 'spec.endpoints[0].intervall', fault: 'unknown', nearest: 'interval' }),
    expect.objectContaining({ path: 'spec.endpoints[0].scheme', fault: 'value' }),
  ]);
});

test('the names of a prototype are no fields', () => {
  expect(fieldProblems(pod({ constructor: 1, toString: 2 }), 36)).toMatchObject([
    { path: 'spec.containers[0].constructor', fault: 'unknown' },
    { path: 'spec.containers[0].toString', fault: 'unknown' },
  ]);
});

test('the table is small enough to ship', () => {
  expect(readFileSync(join(ROOT, 'lib/inventory/api/api-table.ts')).length).toBeLessThan(100_000);
});
