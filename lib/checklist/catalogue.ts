import type { Rule } from './rule';
import { CORRECTNESS_RULES } from './rules/objects/correctness';
import { MONITORING_RULES } from './rules/objects/monitoring';
import { NAMING_RULES } from './rules/objects/names';
import { NETWORK_RULES } from './rules/objects/network';
import { NUMBER_RULES } from './rules/objects/numbers';
import { ADMISSION_RULES } from './rules/pods/admission';
import { DISRUPTION_RULES } from './rules/pods/disruption';
import { PROBE_RULES } from './rules/pods/probes';
import { RELIABILITY_RULES } from './rules/pods/reliability';
import { RESOURCE_RULES } from './rules/pods/resources';
import { SCHEDULING_RULES } from './rules/pods/scheduling';
import { SECURITY_RULES } from './rules/pods/security';
import { VARIABLE_RULES } from './rules/pods/variables';
import { EVENT_SCALING_RULES } from './rules/scaling/event-scaling';
import { HPA_BEHAVIOR_RULES } from './rules/scaling/hpa-behavior';
import { HPA_OWNERSHIP_RULES } from './rules/scaling/hpa-ownership';
import { HPA_REACH_RULES } from './rules/scaling/hpa-reach';
import { LOAD_RULES } from './rules/scaling/load';
import { SCALING_TEST_RULES } from './rules/scaling/scaling-tests';
import { VERTICAL_AUTOSCALING_RULES } from './rules/scaling/vertical-autoscaling';
import { CACHING_RULES } from './rules/servers/caching';
import { DATABASE_RULES } from './rules/servers/database';
import { MEMORY_RULES } from './rules/servers/memory';
import { NGINX_CACHE_RULES } from './rules/servers/nginx-cache';
import { NGINX_SERVER_RULES } from './rules/servers/nginx-server';
import { POSTGRES_RULES } from './rules/servers/postgres';
import { REDIS_RULES } from './rules/servers/redis';

/** All rules, by id. */
export const CATALOGUE: readonly Rule[] = [
  ...RESOURCE_RULES,
  ...MEMORY_RULES,
  ...PROBE_RULES,
  ...HPA_OWNERSHIP_RULES,
  ...HPA_REACH_RULES,
  ...HPA_BEHAVIOR_RULES,
  ...EVENT_SCALING_RULES,
  ...VERTICAL_AUTOSCALING_RULES,
  ...SCALING_TEST_RULES,
  ...DATABASE_RULES,
  ...POSTGRES_RULES,
  ...CACHING_RULES,
  ...REDIS_RULES,
  ...NGINX_CACHE_RULES,
  ...NGINX_SERVER_RULES,
  ...NETWORK_RULES,
  ...MONITORING_RULES,
  ...LOAD_RULES,
  ...RELIABILITY_RULES,
  ...DISRUPTION_RULES,
  ...SCHEDULING_RULES,
  ...SECURITY_RULES,
  ...VARIABLE_RULES,
  ...CORRECTNESS_RULES,
  ...NAMING_RULES,
  ...NUMBER_RULES,
  ...ADMISSION_RULES,
].sort((a, b) => (a.id < b.id ? -1 : 1));

/** A line of the guide's checklist, and the rules that show it. */
export interface GuideLine {
  readonly line: string;
  readonly rules: readonly string[];
}

const idsOf = (family: string, first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => `${family}-${`${first + index}`.padStart(3, '0')}`);

export const GUIDE_LINES: readonly GuideLine[] = [
  { line: 'Resource requests set correctly', rules: ['RES-001', 'RES-005', 'RES-006', 'COR-007'] },
  { line: 'Resource limits prevent OOMkill', rules: ['RES-002', 'OOM-001', 'OOM-002', 'OOM-003', 'OOM-004'] },
  { line: 'Readiness/liveness probes configured', rules: ['PRB-001', 'PRB-002', 'PRB-003', 'PRB-004'] },
  {
    line: 'Horizontal pod autoscaling enabled',
    rules: [
      ...['HPA-001', 'HPA-002', 'HPA-003', 'HPA-004', 'HPA-005', 'HPA-006', 'HPA-007', 'HPA-008'],
      ...['HPA-009', 'HPA-010', 'HPA-011', 'HPA-012', 'HPA-013', 'HPA-014', 'HPA-015'],
    ],
  },
  { line: 'Database connections pooled', rules: ['DB-001', 'DB-002', 'DB-003', 'DB-007'] },
  {
    line: 'Caching implemented',
    rules: [
      ...idsOf('CAC', 1, 19),
      ...['CAC-020', 'CAC-021', 'CAC-023', 'CAC-028', 'CAC-029', 'CAC-030'],
      ...idsOf('CAC', 40, 43),
    ],
  },
  { line: 'Network policies optimized', rules: ['NET-001', 'NET-002', 'NET-003', 'NET-004'] },
  { line: 'Monitoring and alerting in place', rules: ['MON-001', 'MON-002', 'MON-003', 'MON-004'] },
  { line: 'Regular performance testing', rules: ['LOAD-001', 'LOAD-002'] },
  { line: 'Scaling tested', rules: ['SCALE-001'] },
];

/** Page of a rule. */
export function docsOf(id: string): string {
  return `https://github.com/cdk8s-tuned/cdk8s-tuned/blob/main/docs/rules/${id}.md`;
}
