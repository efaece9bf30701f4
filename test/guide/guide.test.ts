import { FindingSeverity } from 'cdk8s-tuned';
import { compareGuide } from '../../apps/guide/differences';

const { asWritten, reconciled, differences } = compareGuide();

test.each([
  [
    'pool 20 + 10 for up to 20 replicas against max_connections 200',
    'DB-002',
    'scalable-app 25 pods × 30 = 750',
  ],
  ['minReplicas 2 beside minAvailable 2', 'REL-001', 'allows 0 evictions at 2 replicas (minAvailable 2)'],
  [
    'HPA on CPU and memory beside a VPA that changes both',
    'HPA-006',
    'changes cpu, which scalable-app-hpa measures and memory',
  ],
  ['maxmemory 2Gi in a limit of 2Gi', 'OOM-002', '2Gi; maxmemory is 2Gi'],
  [
    'a bypass for Authorization, but no "do not store"',
    'CAC-004',
    '$http_authorization in proxy_cache_bypass only',
  ],
  ['no proxy_cache_lock', 'CAC-003', 'no proxy_cache_lock on'],
  ['settings for 16Gi in a database profile of 4Gi', 'OOM-001', '4Gi; app-db/postgresql.conf allows'],
  ['updateMode Auto', 'VPA-001', 'Auto'],
])('as written, the guide has %s: %s', (_, rule, measured) => {
  const findings = asWritten.filter((finding) => finding.rule === rule);
  expect(findings.map((finding) => finding.measured).join('\n')).toContain(measured);
});

test('as written, the guide fails', () => {
  expect(asWritten.filter(({ severity }) => severity === FindingSeverity.ERROR).length).toBeGreaterThan(40);
});

test('reconciled, nothing is open', () => {
  expect(reconciled.filter(({ suppressed }) => suppressed === undefined)).toEqual([]);
});

test('every difference says what was, what is and why', () => {
  expect(differences).toHaveLength(8);
  for (const { asWritten: before, reconciled: now, why } of differences) {
    expect(before).not.toBe('not found');
    expect(now).not.toBe('');
    expect(why).not.toBe('');
  }
});
