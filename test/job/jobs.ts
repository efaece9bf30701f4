/** Jobs beside a shop, for the tests of this folder. */
import type { Chart } from 'cdk8s';
import { Size } from 'cdk8s';
import {
  KubernetesVersion,
  MigrationJob,
  type MigrationJobProps,
  OneOffJob,
  type OneOffJobProps,
  ScheduledJob,
  type ScheduledJobProps,
  TunedPostgres,
} from 'cdk8s-tuned';
import { IMAGE, type Manifest, manifests, newChart } from '../support/synth';

export const migration = (chart: Chart, props: Partial<MigrationJobProps> = {}) =>
  new MigrationJob(chart, 'migrate', { image: IMAGE, args: ['migrate'], ...props });

export const oneOff = (chart: Chart, props: Partial<OneOffJobProps> = {}) =>
  new OneOffJob(chart, 'backfill', { image: IMAGE, args: ['backfill'], ...props });

export const scheduled = (chart: Chart, props: Partial<ScheduledJobProps> = {}) =>
  new ScheduledJob(chart, 'report', { image: IMAGE, args: ['report'], schedule: '30 3 * * *', ...props });

export const database = (chart: Chart) => new TunedPostgres(chart, 'db', { storage: Size.gibibytes(20) });

/** The objects of a chart in which something is made. */
export function synth(make: (chart: Chart) => unknown, version = KubernetesVersion.V1_30): Manifest[] {
  const chart = newChart(version);
  make(chart);
  return manifests(chart);
}

/** The Job or CronJob among objects, and the pods that it makes. */
export function jobOf(objects: readonly Manifest[]): {
  job: Manifest;
  pod: Manifest;
  env: Record<string, Manifest>;
} {
  const job = objects.find(({ kind }) => ['Job', 'CronJob'].includes(kind));
  const pod = (job.spec.jobTemplate?.spec ?? job.spec).template.spec;
  const env: Manifest[] = pod.containers[0].env ?? [];
  return { job, pod, env: Object.fromEntries(env.map((one) => [one.name, one.value ?? one.valueFrom])) };
}
