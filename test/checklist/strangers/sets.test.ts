/**
 * Sets of the shapes that people have, each finding judged: a Flux tree, a base with an overlay, a rendered chart, an operator
 * with what it looks after. What is here was read in the manifests and is true.
 */
import { join } from 'path';
import { evaluate } from '../../../lib/checklist/evaluate';
import { readManifests } from '../../../lib/cli/manifest-files';
import { FindingSeverity } from '../../../lib/finding/finding';
import { Inventory } from '../../../lib/inventory/inventory';

function findings(set: string) {
  const { documents, unread, isPartial } = readManifests([join(__dirname, 'sets', set)], () => '');
  expect(unread).toEqual([]);
  const { findings: all } = evaluate(Inventory.ofSourced(documents, { isPartial }), { profile: 'default' });
  const show = all.map(
    ({ severity, rule, kind, name, file, line }) =>
      `${severity} ${rule} ${kind}/${name} ${file?.split('/').pop()}:${line}`,
  );
  const isInfo = (one: string) => one.startsWith(FindingSeverity.INFO);
  return {
    serious: show.filter((one) => !isInfo(one)),
    // Advice, by rule.
    advice: [...new Set(show.filter(isInfo).map((one) => one.split(' ')[1]))].sort(),
  };
}

test('a Flux tree: nothing is there that the manifests alone could show to be wrong', () => {
  expect(findings('flux')).toEqual({ serious: [], advice: [] });
});

test('a base and its overlay', () => {
  expect(findings('kustomize')).toEqual({
    serious: [
      // Two replicas at the least, and a budget of two.
      'error REL-001 Deployment/web web.yaml:12',
      'warning REL-002 Deployment/web web.yaml:14',
      'warning SEC-001 Deployment/web web.yaml:16',
      // Every apply resets what the autoscaler has set.
      'warning HPA-002 HorizontalPodAutoscaler/web hpa.yaml:6',
      'warning HPA-003 HorizontalPodAutoscaler/web hpa.yaml:11',
    ],
    advice: [
      'NET-001',
      'PRB-002',
      'REL-004',
      'REL-006',
      'REL-008',
      'RES-003',
      'RES-004',
      'SCALE-001',
      'SEC-002',
    ],
  });
});

test('a rendered chart', () => {
  expect(findings('rendered')).toEqual({
    serious: [
      'warning CAC-029 StatefulSet/shop-redis all.yaml:8',
      'warning CAC-029 StatefulSet/shop-redis all.yaml:8',
      'warning OOM-002 StatefulSet/shop-redis all.yaml:23',
      'warning PRB-001 StatefulSet/shop-redis all.yaml:18',
      'warning RES-001 StatefulSet/shop-redis all.yaml:22',
      'warning SEC-001 StatefulSet/shop-redis all.yaml:18',
      'warning SEC-001 Deployment/shop-web all.yaml:47',
      // The port is called http.
      'error COR-006 Ingress/shop all.yaml:76',
      'warning REL-001 Deployment/shop-worker all.yaml:89',
      'warning REL-002 Deployment/shop-worker all.yaml:90',
      'warning SEC-001 Deployment/shop-worker all.yaml:93',
      'warning SEC-001 Job/shop-migrate all.yaml:123',
    ],
    advice: ['HPA-001', 'NET-001', 'PRB-002', 'RES-003', 'RES-004', 'SEC-002'],
  });
});

test('an operator with what it looks after', () => {
  expect(findings('operator')).toEqual({ serious: [], advice: ['NET-001', 'PRB-002', 'REL-004', 'RES-004'] });
});
