/** Fields of the passing stack set to something wrong, by the rules that should say so: a file for each of their families. */
import { ADMISSION_BREAKAGES } from './admission';
import { CACHING_BREAKAGES } from './caching';
import { CORRECTNESS_BREAKAGES } from './correctness';
import { DATABASE_BREAKAGES } from './database';
import { DISRUPTION_BREAKAGES } from './disruption';
import { EVENT_SCALING_BREAKAGES } from './event-scaling';
import { HPA_BEHAVIOR_BREAKAGES } from './hpa-behavior';
import { HPA_OWNERSHIP_BREAKAGES } from './hpa-ownership';
import { HPA_REACH_BREAKAGES } from './hpa-reach';
import { LOAD_BREAKAGES } from './load';
import { MEMORY_BREAKAGES } from './memory';
import { MONITORING_BREAKAGES } from './monitoring';
import { NAMING_BREAKAGES } from './names';
import { NETWORK_BREAKAGES } from './network';
import { NGINX_CACHE_BREAKAGES } from './nginx-cache';
import { NGINX_SERVER_BREAKAGES } from './nginx-server';
import { NUMBER_BREAKAGES } from './numbers';
import { POSTGRES_BREAKAGES } from './postgres';
import { PROBE_BREAKAGES } from './probes';
import { REDIS_BREAKAGES } from './redis';
import { RELIABILITY_BREAKAGES } from './reliability';
import { RESOURCE_BREAKAGES } from './resources';
import { SCALING_TEST_BREAKAGES } from './scaling-tests';
import { SCHEDULING_BREAKAGES } from './scheduling';
import { SECURITY_BREAKAGES } from './security';
import { VERTICAL_AUTOSCALING_BREAKAGES } from './vertical-autoscaling';
import type { Breakage } from './breakage';

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
  ...CORRECTNESS_BREAKAGES,
  ...NAMING_BREAKAGES,
  ...NUMBER_BREAKAGES,
  ...ADMISSION_BREAKAGES,
];
