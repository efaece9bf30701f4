import type { Rule } from './rule';
import { AUTOSCALING_RULES } from './rules/autoscaling';
import { CACHING_RULES } from './rules/caching';
import { CORRECTNESS_RULES } from './rules/correctness';
import { DATABASE_RULES } from './rules/database';
import { LOAD_RULES } from './rules/load';
import { MEMORY_RULES } from './rules/memory';
import { MONITORING_RULES } from './rules/monitoring';
import { NETWORK_RULES } from './rules/network';
import { NGINX_CACHE_RULES } from './rules/nginx-cache';
import { NGINX_SERVER_RULES } from './rules/nginx-server';
import { PROBE_RULES } from './rules/probes';
import { RELIABILITY_RULES } from './rules/reliability';
import { RESOURCE_RULES } from './rules/resources';
import { SECURITY_RULES } from './rules/security';

/** All rules, by id. */
export const CATALOGUE: readonly Rule[] = [
  ...RESOURCE_RULES,
  ...MEMORY_RULES,
  ...PROBE_RULES,
  ...AUTOSCALING_RULES,
  ...DATABASE_RULES,
  ...CACHING_RULES,
  ...NGINX_CACHE_RULES,
  ...NGINX_SERVER_RULES,
  ...NETWORK_RULES,
  ...MONITORING_RULES,
  ...LOAD_RULES,
  ...RELIABILITY_RULES,
  ...SECURITY_RULES,
  ...CORRECTNESS_RULES,
].sort((a, b) => (a.id < b.id ? -1 : 1));

/** A line of the guide's checklist, and the rules that show it. */
export interface GuideLine {
  readonly line: string;
  readonly rules: readonly string[];
}

export const GUIDE_LINES: readonly GuideLine[] = [
  { line: 'Resource requests set correctly', rules: ['RES-001', 'RES-005', 'RES-006', 'COR-007'] },
  { line: 'Resource limits prevent OOMkill', rules: ['RES-002', 'OOM-001', 'OOM-002', 'OOM-003', 'OOM-004'] },
  { line: 'Readiness/liveness probes configured', rules: ['PRB-001', 'PRB-002', 'PRB-003', 'PRB-004'] },
  {
    line: 'Horizontal pod autoscaling enabled',
    rules: ['HPA-001', 'HPA-002', 'HPA-003', 'HPA-004', 'HPA-005', 'HPA-006'],
  },
  { line: 'Database connections pooled', rules: ['DB-001', 'DB-002'] },
  {
    line: 'Caching implemented',
    rules: Array.from({ length: 22 }, (_, index) => `CAC-${`${index + 1}`.padStart(3, '0')}`),
  },
  { line: 'Network policies optimized', rules: ['NET-001', 'NET-002', 'NET-003', 'NET-004'] },
  { line: 'Monitoring and alerting in place', rules: ['MON-001', 'MON-002', 'MON-003', 'MON-004'] },
  { line: 'Regular performance testing', rules: ['LOAD-001', 'LOAD-002'] },
  // No rule can tell from manifests alone whether scaling was ever tested.
  { line: 'Scaling tested', rules: [] },
];

/** Page of a rule. */
export function docsOf(id: string): string {
  return `https://github.com/cdk8s-tuned/cdk8s-tuned/blob/main/docs/rules/${id}.md`;
}
