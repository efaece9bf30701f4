/** Rules as Prometheus itself judges them: `promtool test rules` on series that a test writes down. */
import { writeFileSync } from 'fs';
import { join } from 'path';
import { stringify } from 'yaml';
import type { Manifest } from '../support/synth';
import { runCommand, type Scratch } from './harness';

/** A metric with its labels, and its values minute by minute. */
export interface Series {
  readonly series: string;
  readonly values: string;
}

export interface AlertCase {
  readonly series: readonly Series[];
  readonly at: string;
  readonly alert: string;
  /** Labels and summary of the alert that fires; undefined: it is silent. */
  readonly fires?: { readonly labels: Record<string, string>; readonly summary: string };
}

export const usage = (metric: string, where: string, values: string): Series => ({
  series: `${metric}{${where}}`,
  values,
});

/** Writes the rules of a PrometheusRule as a file that Prometheus loads. */
export function rulesFile(scratch: Scratch, name: string, rule: Manifest): string {
  const file = join(scratch.path, `${name}.yml`);
  writeFileSync(file, stringify(rule.spec));
  return file;
}

/** What promtool finds wrong when rules are to make something of series; nothing when they do. */
export async function ruleProblem(
  scratch: Scratch,
  rule: Manifest,
  name: string,
  series: readonly Series[],
  expected: Readonly<Record<string, unknown>>,
): Promise<string> {
  const stem = name.replace(/\W+/g, '-');
  const file = join(scratch.path, `${stem}.test.yml`);
  writeFileSync(
    file,
    stringify({
      rule_files: [rulesFile(scratch, stem, rule)],
      evaluation_interval: '1m',
      tests: [{ interval: '1m', input_series: series, ...expected }],
    }),
  );
  const { code, stdout, stderr } = await runCommand('promtool', ['test', 'rules', file]);
  return code === 0 ? '' : stdout + stderr;
}

/** What promtool finds wrong with a case; nothing when the alert is as it says. */
export async function alertProblem(
  scratch: Scratch,
  rule: Manifest,
  name: string,
  { series, at, alert, fires }: AlertCase,
): Promise<string> {
  const own = rule.spec.groups
    .flatMap((group: Manifest) => group.rules)
    .find((one: Manifest) => one.alert === alert);
  if (own === undefined) return `there is no alert ${alert}`;
  const expected = fires && {
    exp_labels: fires.labels,
    exp_annotations: { summary: fires.summary, description: own.annotations.description },
  };
  return ruleProblem(scratch, rule, name, series, {
    alert_rule_test: [{ eval_time: at, alertname: alert, exp_alerts: expected ? [expected] : [] }],
  });
}
