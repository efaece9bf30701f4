/** The rules of the shop, tested by promtool: series of metrics go in, and alerts and recorded values come out. */
import { writeFileSync } from 'fs';
import { join } from 'path';
import { stringify } from 'yaml';
import { fromDist } from '../support/dist';
import { find } from '../support/synth';
import { runCommand, scratchDirectory } from './harness';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

const specOf = (environment: string) => find(fromDist(environment, 'monitoring'), 'PrometheusRule').spec;

/** The rules of an environment as a file that Prometheus loads. */
export function rulesFile(environment: string): string {
  const file = join(scratch.path, `${environment}.yml`);
  writeFileSync(file, stringify(specOf(environment)));
  return file;
}

/** A metric with its labels, and its values minute by minute. */
export interface Series {
  readonly series: string;
  readonly values: string;
}
export const usage = (metric: string, labels: string, values: string): Series => ({
  series: `${metric}{${labels}}`,
  values,
});

export const WEB = 'namespace="shop-prod",pod="shop-web-6c8f9d7b5d-x2x4z",container="web"';

/** 0.5 CPU: 100 % is 30 CPU seconds per minute. */
export const cpu = (where: string, percent: number) =>
  usage('container_cpu_usage_seconds_total', where, `0+${(30 * percent) / 100}x120`);

let tests = 0;

/** What promtool has against a test of the rules in prod: nothing when it passes. */
export async function complaints(
  series: readonly Series[],
  expected: Readonly<Record<string, unknown>>,
): Promise<string> {
  tests += 1;
  const file = join(scratch.path, `test-${tests}.yml`);
  writeFileSync(
    file,
    stringify({
      rule_files: [rulesFile('prod')],
      evaluation_interval: '1m',
      tests: [{ interval: '1m', input_series: series, ...expected }],
    }),
  );
  const { code, stdout, stderr } = await runCommand('promtool', ['test', 'rules', file]);
  return code === 0 ? '' : stdout + stderr;
}

/** An alert that fires. */
export interface Firing {
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
}

/** What promtool has against: at a time, of an alert exactly these fire. */
export function alertComplaints(
  series: readonly Series[],
  at: string,
  alert: string,
  firing: readonly Firing[],
): Promise<string> {
  const { annotations } = specOf('prod')
    .groups.flatMap((group: { rules: unknown[] }) => group.rules)
    .find((rule: { alert?: string }) => rule.alert === alert);
  const expected = firing.map(({ labels, summary }) => ({
    exp_labels: labels,
    exp_annotations: { summary, description: annotations.description },
  }));
  return complaints(series, {
    alert_rule_test: [{ eval_time: at, alertname: alert, exp_alerts: expected }],
  });
}
