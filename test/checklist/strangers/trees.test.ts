/** What files that stand beside each other, or apart, say of each other. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { dirname, join } from 'path';
import { evaluate } from '../../../lib/checklist/evaluate';
import { readManifests } from '../../../lib/cli/manifest-files';
import { Inventory } from '../../../lib/inventory/inventory';

const directories: string[] = [];
afterAll(() => directories.forEach((path) => rmSync(path, { recursive: true, force: true })));

/** What is said of files, but for advice on pods. */
function said(files: Readonly<Record<string, string>>): string[] {
  const path = mkdtempSync(join(tmpdir(), 'cdk8s-tuned-trees-'));
  directories.push(path);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  const { documents, isPartial } = readManifests([path], () => '');
  return evaluate(Inventory.ofSourced(documents, { isPartial }), { profile: 'default' })
    .findings.filter(({ rule }) => /^(COR|HPA-002)/.test(rule))
    .map(({ rule, severity, kind, name }) => `${severity} ${rule} ${kind}/${name}`);
}

const APP = (container = '') =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "web:1.0"${container}}]}}}\n`;
const HPA = (name = 'web') =>
  `apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: ${name}}\nspec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, minReplicas: 2, maxReplicas: 4}\n`;
const MAP = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {a: b}\n`;
const FROM = ', envFrom: [{configMapRef: {name: settings}}]';

test('the same object in two directories is an alternative', () => {
  expect(said({ 'aws/web.yaml': APP(), 'gke/web.yaml': APP() })).toEqual([]);
  expect(said({ 'aws/web.yaml': APP() + '---\n' + HPA(), 'gke/web.yaml': APP() + '---\n' + HPA() })).toEqual(
    [],
  );
});

test('beside each other it is there twice', () => {
  expect(said({ 'one.yaml': APP(), 'two.yaml': APP() })).toEqual(['warning COR-001 Deployment/web']);
});

test('two autoscalers beside each other own one workload', () => {
  expect(said({ 'web.yaml': APP(), 'a.yaml': HPA('a'), 'b.yaml': HPA('b') })).toEqual([
    'error HPA-002 HorizontalPodAutoscaler/a',
    'error HPA-002 HorizontalPodAutoscaler/b',
  ]);
});

test('a target that is nowhere is an error beside workloads, and a warning apart from them', () => {
  const other = APP().replaceAll('web', 'other');
  expect(said({ 'a/other.yaml': other, 'a/hpa.yaml': HPA() })).toEqual([
    'error HPA-002 HorizontalPodAutoscaler/web',
  ]);
  expect(said({ 'a/other.yaml': other, 'samples/hpa.yaml': HPA() })).toEqual([
    'warning HPA-002 HorizontalPodAutoscaler/web',
  ]);
});

test('a ConfigMap is missing where others are beside it, unless a kustomization makes it', () => {
  expect(said({ 'web.yaml': APP(FROM), 'other.yaml': MAP('other') })).toEqual([
    'error COR-004 Deployment/web',
  ]);
  expect(said({ 'app/web.yaml': APP(FROM), 'elsewhere/other.yaml': MAP('other') })).toEqual([]);
  expect(
    said({
      'web.yaml': APP(FROM),
      'other.yaml': MAP('other'),
      'kustomization.yaml':
        'resources: [web.yaml, other.yaml]\nconfigMapGenerator: [{name: settings, literals: [a=b]}]\n',
    }),
  ).toEqual([]);
});

test('a kustomization may add selectors', () => {
  const bare = APP().replace('selector: {matchLabels: {app: web}}, ', '');
  expect(said({ 'web.yaml': bare })).toContain('error COR-002 Deployment/web');
  expect(
    said({ 'web.yaml': bare, 'kustomization.yaml': 'resources: [web.yaml]\ncommonLabels: {app: web}\n' }),
  ).toEqual([]);
});

test('in a directory of alternatives a conflict across files is a warning', () => {
  const both = {
    'a/web.yaml': APP(),
    'a/cpu.yaml': HPA().replace('name: web', 'name: cpu'),
    'a/gpu.yaml': HPA().replace('name: web', 'name: gpu'),
  };
  const conflicts = (files: Readonly<Record<string, string>>) =>
    said(files).filter((one) => one.includes('HPA-002'));
  expect(conflicts(both)).toEqual([
    'error HPA-002 HorizontalPodAutoscaler/cpu',
    'error HPA-002 HorizontalPodAutoscaler/gpu',
  ]);
  const alternatives = { ...both, 'a/map-1.yaml': MAP('settings'), 'a/map-2.yaml': MAP('settings') };
  expect(conflicts(alternatives)).toEqual([
    'warning HPA-002 HorizontalPodAutoscaler/cpu',
    'warning HPA-002 HorizontalPodAutoscaler/gpu',
  ]);
});

test('what a Prometheus makes is there, also beside a file that cannot be read', () => {
  const files = {
    'service.yaml':
      'apiVersion: v1\nkind: Service\nmetadata: {name: prometheus-k8s}\nspec: {selector: {app.kubernetes.io/instance: k8s}, ports: [{port: 9090}]}\n',
    'prometheus.yaml':
      'apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: k8s}\nspec: {replicas: 2}\n',
    'broken.yaml': 'a: [\n',
    'web.yaml': APP(),
  };
  expect(said(files).filter((one) => one.includes('COR-003'))).toEqual([]);
});
