import { applyPatch } from 'diff';
import { readdirSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { EXAMPLES } from '../../lib/checklist/examples-table';
import { check } from '../../lib/cli/check';
import { ROOT } from '../project/snippets';
import { runProgram, scratchFiles } from './program';

const scratch = scratchFiles();
const run = (...args: string[]) => runProgram(['check', ...args]);

interface JsonReport {
  readonly findings: ReadonlyArray<{
    readonly rule: string;
    readonly severity: string;
    readonly name: string;
    readonly path: string;
  }>;
  readonly fixable: readonly number[];
}
const reportOf = (file: string) => JSON.parse(run(file, '--format', 'json').stdout) as JsonReport;

const SHOP = `# The shop.
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop} # one line
spec:
  replicas: 3
  stratgy: # misspelt
    type: RollingUpdate
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: web:1.2 # pinned
          imagePullPolicy: always
          env:
            - name: PORT
              value: 8080 # a number
          ports:
            - containerPort: "8080"
          livenessProbe:
            httpGet: {path: /, port: 8080}
            timeoutSeconds: 20 # longer than the period
          readinessProbe:
            httpGet: {path: /ready, port: 8080}
---
apiVersion: policy/v1beta1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {app: web}
  # the end
---
apiVersion: autoscaling.k8s.io/v1
kind: VerticalPodAutoscaler
metadata: {name: web, namespace: shop}
spec:
  targetRef: {apiVersion: apps/v1beta1, kind: Deployment, name: web}
  updatePolicy: {updateMode: Off}
`;

/** What is to become of it. */
const MENDED = SHOP.replace('stratgy', 'strategy')
  .replace('imagePullPolicy: always', 'imagePullPolicy: Always')
  .replace('value: 8080', 'value: "8080"')
  .replace('containerPort: "8080"', 'containerPort: 8080')
  .replace(
    'timeoutSeconds: 20 # longer than the period\n',
    'timeoutSeconds: 20 # longer than the period\n            periodSeconds: 20\n',
  )
  .replace('policy/v1beta1', 'policy/v1')
  .replace(
    'matchLabels: {app: web}\n  # the end',
    'matchLabels: {app: web}\n  unhealthyPodEvictionPolicy: AlwaysAllow\n  # the end',
  )
  .replace('apps/v1beta1', 'apps/v1')
  .replace('updateMode: Off', 'updateMode: "Off"');

test('what is certain is mended, and nothing else', () => {
  const file = scratch.write('shop.yaml', SHOP);
  const { stdout } = run(file, '--fix');
  expect(readFileSync(file, 'utf8')).toBe(MENDED);
  expect(stdout).toContain('-  stratgy: # misspelt\n+  strategy: # misspelt\n');
  expect(stdout).toContain('0 errors');
  expect(reportOf(file).fixable).toEqual([]);
  expect(run(file, '--fix').stdout).not.toContain('@@');
});

test('--diff shows it as git takes it, and writes nothing', () => {
  const file = scratch.write('shown.yaml', SHOP);
  const { stdout, status } = run(file, '--diff');
  expect(status).toBe(1);
  expect(readFileSync(file, 'utf8')).toBe(SHOP);
  expect(applyPatch(SHOP, stdout)).toBe(MENDED);
  writeFileSync(file, MENDED);
  expect(run(file, '--diff')).toMatchObject({ status: 0, stdout: '' });
});

test('what is suppressed, known or not asked stays as it is', () => {
  const budget = (annotations: string) => `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop${annotations}}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}
`;
  const excused = scratch.write(
    'excused.yaml',
    budget(', annotations: {cdk8s-tuned/ignore: "REL-006=pods start in a minute"}'),
  );
  expect(run(excused, '--diff').stdout).toBe('');
  const open = scratch.write('open.yaml', budget(''));
  expect(run(open, '--diff').stdout).toContain('unhealthyPodEvictionPolicy: AlwaysAllow');
  expect(run(open, '--diff', '--rule', 'REL-006=off').stdout).toBe('');
});

test('what a program wrote is not changed, and not promised', () => {
  const { stdout } = runProgram(['check', '-', '--fix'], { input: SHOP });
  expect(stdout).not.toMatch(/@@|--fix/);
});

describe('one field of each rule', () => {
  const deployment = (spec: string, pod = '', container = '') => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {replicas: 4, selector: {matchLabels: {app: web}}, ${spec}template: {metadata: {labels: {app: web}}, spec: {${pod}containers: [{name: web, image: "web:1"${container}}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
`;
  const probes = 'livenessProbe: {tcpSocket: {port: 80}}, readinessProbe: {tcpSocket: {port: 80}';
  const spread = 'topologyKey: kubernetes.io/hostname, maxSkew: 1, whenUnsatisfiable: ScheduleAnyway';
  const loadTest = (spec: string) => `apiVersion: batch/v1
kind: CronJob
metadata: {name: load, namespace: shop}
spec: {schedule: "@daily"${spec}, jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: k6, image: "grafana/k6:1.0"}]}}}}}
`;

  test.each<[string, string, string]>([
    [
      'REL-004',
      deployment('strategy: {rollingUpdate: {maxUnavailable: 1}}, '),
      deployment('strategy: {rollingUpdate: {maxUnavailable: 0}}, '),
    ],
    [
      'REL-013',
      deployment('strategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 0}}, '),
      deployment('strategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 25%}}, '),
    ],
    [
      'COR-012',
      deployment('minReadySeconds: 60, progressDeadlineSeconds: 30, '),
      deployment('minReadySeconds: 60, progressDeadlineSeconds: 660, '),
    ],
    [
      'REL-010',
      deployment('', `topologySpreadConstraints: [{${spread}, labelSelector: {matchLabels: {app: web}}}], `),
      deployment(
        '',
        `topologySpreadConstraints: [{${spread}, labelSelector: {matchLabels: {app: web}}, matchLabelKeys: ["pod-template-hash"]}], `,
      ),
    ],
    [
      'PRB-003',
      deployment('', '', `, ${probes}}`),
      deployment('', '', `, ${probes}}`).replace(
        'livenessProbe: {tcpSocket: {port: 80}}',
        'livenessProbe: {tcpSocket: {port: 80}, failureThreshold: 6}',
      ),
    ],
    ['LOAD-001', loadTest(', concurrencyPolicy: Allow'), loadTest(', concurrencyPolicy: Forbid')],
    [
      'HPA-007',
      'apiVersion: autoscaling/v2beta2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n',
      'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n',
    ],
  ])('%s', (rule, text, mended) => {
    const file = scratch.write(`${rule}.yaml`, text);
    run(file, '--fix', '--rule', '*=off', '--rule', `${rule}=error`);
    expect(readFileSync(file, 'utf8')).toBe(mended);
  });
});

test('a budget that selects nothing in the old version would select all in the new one', () => {
  const file = scratch.write(
    'budget.yaml',
    'apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: all}\nspec: {minAvailable: 1, selector: {}}\n',
  );
  expect(run(file, '--diff').stdout).not.toContain('policy/v1\n');
});

test('an Ingress of another shape is not renamed', () => {
  const file = scratch.write(
    'ingress.yaml',
    'apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: web}\nspec: {backend: {serviceName: web, servicePort: 80}}\n',
  );
  expect(run(file, '--diff').stdout).toBe('');
});

describe('every fix of what rules find', () => {
  const noInput = () => '';
  const look = (file: string) => JSON.parse(check([file, '--format', 'json'], noInput).text) as JsonReport;
  const CASES = join(ROOT, 'test/checklist/strangers/cases');
  const texts: ReadonlyArray<readonly [string, string]> = [
    ...readdirSync(CASES)
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => [name, readFileSync(join(CASES, name), 'utf8')] as const),
    ...Object.entries(EXAMPLES).flatMap(([rule, { failing }]) =>
      failing === undefined || !/^apiVersion:/m.test(failing) ? [] : [[`${rule}.yaml`, failing] as const],
    ),
  ];

  test('takes its finding away, and brings no error', () => {
    const before = new Map<string, JsonReport>();
    let mended = 0;
    for (const [name, text] of texts) {
      const file = scratch.write(name, text);
      before.set(file, look(file));
    }
    for (const [file, { findings, fixable }] of before) {
      if (fixable.length === 0) continue;
      const text = readFileSync(file, 'utf8');
      const [[target, changed] = [undefined, text]] = check([file, '--fix'], noInput).files ?? [];
      if (changed === text) continue;
      expect(target).toBe(file);
      writeFileSync(file, changed);
      const after = look(file);
      mended += 1;
      const key = ({ rule, name, path }: JsonReport['findings'][number]) => `${rule} ${name} ${path}`;
      const left = new Set(after.findings.map(key));
      const ended = fixable.filter((index) => !left.has(key(findings[index])));
      expect([file, ended.length]).toEqual([file, fixable.length]);
      const known = new Set(findings.map(key));
      expect(after.findings.filter((one) => one.severity === 'error' && !known.has(key(one)))).toEqual([]);
      expect(after.fixable).toEqual([]);
    }
    expect(mended).toBeGreaterThan(10);
  });
});
