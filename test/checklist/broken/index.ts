/** Fields of the passing stack set to something wrong, by the rules that should say so: a file for each of their families. */
import type { Breakage } from './breakage';
import { CORRECTNESS_BREAKAGES } from './objects/correctness';
import { MONITORING_BREAKAGES } from './objects/monitoring';
import { NAMING_BREAKAGES } from './objects/names';
import { NETWORK_BREAKAGES } from './objects/network';
import { NUMBER_BREAKAGES } from './objects/numbers';
import { ADMISSION_BREAKAGES } from './pods/admission';
import { DISRUPTION_BREAKAGES } from './pods/disruption';
import { PROBE_BREAKAGES } from './pods/probes';
import { RELIABILITY_BREAKAGES } from './pods/reliability';
import { RESOURCE_BREAKAGES } from './pods/resources';
import { SCHEDULING_BREAKAGES } from './pods/scheduling';
import { SECURITY_BREAKAGES } from './pods/security';
import { VARIABLE_BREAKAGES } from './pods/variables';
import { EVENT_SCALING_BREAKAGES } from './scaling/event-scaling';
import { HPA_BEHAVIOR_BREAKAGES } from './scaling/hpa-behavior';
import { HPA_OWNERSHIP_BREAKAGES } from './scaling/hpa-ownership';
import { HPA_REACH_BREAKAGES } from './scaling/hpa-reach';
import { LOAD_BREAKAGES } from './scaling/load';
import { SCALING_TEST_BREAKAGES } from './scaling/scaling-tests';
import { VERTICAL_AUTOSCALING_BREAKAGES } from './scaling/vertical-autoscaling';
import { CACHING_BREAKAGES } from './servers/caching';
import { DATABASE_BREAKAGES } from './servers/database';
import { MEMORY_BREAKAGES } from './servers/memory';
import { NGINX_CACHE_BREAKAGES } from './servers/nginx-cache';
import { NGINX_SERVER_BREAKAGES } from './servers/nginx-server';
import { POSTGRES_BREAKAGES } from './servers/postgres';
import { REDIS_BREAKAGES } from './servers/redis';

/** In the order of the catalogue. */
export const BREAKAGES: readonly Breakage[] = [
  ...RESOURCE_BREAKAGES,
  ...MEMORY_BREAKAGES,
  ...PROBE_BREAKAGES,
  ...HPA_OWNERSHIP_BREAKAGES,
  ...HPA_REACH_BREAKAGES,
  ...HPA_BEHAVIOR_BREAKAGES,
  ...EVENT_SCALING_BREAKAGES,
  ...VERTICAL_AUTOSCALING_BREAKAGES,
  ...SCALING_TEST_BREAKAGES,
  ...DATABASE_BREAKAGES,
  ...POSTGRES_BREAKAGES,
  ...CACHING_BREAKAGES,
  ...REDIS_BREAKAGES,
  ...NGINX_CACHE_BREAKAGES,
  ...NGINX_SERVER_BREAKAGES,
  ...NETWORK_BREAKAGES,
  ...MONITORING_BREAKAGES,
  ...LOAD_BREAKAGES,
  ...RELIABILITY_BREAKAGES,
  ...DISRUPTION_BREAKAGES,
  ...SCHEDULING_BREAKAGES,
  ...SECURITY_BREAKAGES,
  ...VARIABLE_BREAKAGES,
  ...CORRECTNESS_BREAKAGES,
  ...NAMING_BREAKAGES,
  ...NUMBER_BREAKAGES,
  ...ADMISSION_BREAKAGES,
];
