/** What a repository says of its checks: a file, flags, a baseline. */
import { readFileSync } from 'fs';
import { join } from 'path';
import { expectUsageError, runProgram, scratchFiles } from './program';

const scratch = scratchFiles();
const BAD = `apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: shop, image: "shop:1", env: [{name: PORT, value: 8080}]}]}
`;
const bad = scratch.write('bad.yaml', BAD);

interface Json {
  readonly findings: ReadonlyArray<{
    readonly rule: string;
    readonly severity: string;
    readonly suppressed?: string;
    readonly file: string;
    readonly line: number;
  }>;
  readonly rules: ReadonlyArray<{ readonly rule: string }>;
}

function checked(...args: string[]): Json {
  return JSON.parse(runProgram(['check', bad, '--format', 'json', ...args]).stdout) as Json;
}
const open = ({ findings }: Json) => findings.filter(({ suppressed }) => suppressed === undefined);
const severityOf = (report: Json, rule: string) => report.findings.find((one) => one.rule === rule)?.severity;

describe('cdk8s-tuned.yaml', () => {
  test('says how bad rules are, by id, family and pattern; flags count before it', () => {
    const file = scratch.write('rules.yaml', 'rules:\n  RES: info\n  RES-001: error\n  "SEC-*": off\n');
    const report = checked('--config', file, '--rule', 'COR-017=warning');
    expect(severityOf(report, 'RES-002')).toBe('info');
    expect(severityOf(report, 'RES-001')).toBe('error');
    expect(severityOf(report, 'COR-017')).toBe('warning');
    expect(report.rules.filter(({ rule }) => rule.startsWith('SEC-'))).toEqual([]);
  });

  test('suppresses many objects at once, with a reason', () => {
    const file = scratch.write(
      'suppress.yaml',
      `suppress:\n  - rule: [RES, SEC-001]\n    object: "Deployment/sh*"\n    file: bad.yaml\n    reason: a demonstration that nobody runs\n  - rule: REL\n    object: "StatefulSet/*"\n    reason: another kind of objects\n`,
    );
    const { findings } = checked('--config', file);
    const excused = findings.filter(({ suppressed }) => suppressed === 'a demonstration that nobody runs');
    expect(new Set(excused.map(({ rule }) => rule))).toEqual(
      new Set(['RES-001', 'RES-002', 'RES-003', 'RES-004', 'SEC-001']),
    );
    expect(findings.filter(({ suppressed }) => suppressed === 'another kind of objects')).toEqual([]);
  });

  test('names files that are not read, the profile, and what fails', () => {
    const file = scratch.write(
      'ignore.yaml',
      'ignore: [other.yaml]\nprofile: guide\nfailOn: never\nkubernetes: "1.31"\n',
    );
    scratch.write('other.yaml', BAD.replaceAll('shop', 'other'));
    const { status, stdout } = runProgram(['check', scratch.path, '--config', file, '--format', 'json']);
    const report = JSON.parse(stdout) as Json;
    expect(status).toBe(0);
    expect(severityOf(report, 'RES-001')).toBe('error');
    const files = report.findings.map((one) => one.file);
    expect(files).toContain(bad);
    expect(files.filter((one) => one.endsWith('other.yaml'))).toEqual([]);
  });

  test('everything that is wrong with it is told at once', () => {
    const file = scratch.write(
      'wrong.yaml',
      'profil: guide\nprofile: best\nrules: {HPA-999: off, RES-001: bad}\nkubernetes: 1.31\nsuppress: [{rule: RES-001}]\n',
    );
    const { status, stderr } = runProgram(['check', bad, '--config', file]);
    expect(status).toBe(2);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringContaining('a key is "profil"; allowed: profile, failOn'),
      expect.stringContaining('rules is "HPA-999"; no rule has this id'),
      expect.stringContaining('rules.RES-001 is "bad"; allowed: error, warning, info, off'),
      expect.stringContaining('suppress[0].reason is undefined; allowed: at least 10 characters'),
      expect.stringContaining('profile is "best"; allowed: default, guide, strict'),
      expect.stringContaining('kubernetes is 1.31; allowed: a text; put it in quotes'),
    ]);
  });
});

test('strict makes warnings errors', () => {
  expect(severityOf(checked(), 'RES-001')).toBe('warning');
  expect(severityOf(checked('--profile', 'strict'), 'RES-001')).toBe('error');
  expect(severityOf(checked('--profile', 'strict'), 'RES-003')).toBe('info');
});

describe('a baseline', () => {
  test('lets what is known be, and fails on what is new', () => {
    const file = join(scratch.path, 'baseline.json');
    const written = runProgram(['check', bad, '--write-baseline', file]);
    expect(written).toMatchObject({ status: 0, stderr: '' });
    expect(written.stdout).toContain(`--baseline ${file}`);
    const known = checked('--baseline', file);
    expect(open(known)).toEqual([]);
    expect(known.findings.length).toBeGreaterThan(5);
    // Lines above it do not make it new; another variable does.
    const moved = scratch.write('moved.yaml', `# a comment\n${BAD}`);
    expect(runProgram(['check', moved, '--baseline', file, '--fail-on', 'info']).status).toBe(0);
    const worse = scratch.write(
      'worse.yaml',
      BAD.replace('value: 8080}', 'value: 8080}, {name: DEBUG, value: true}'),
    );
    const { status, stdout } = runProgram(['check', worse, '--baseline', file, '--format', 'json']);
    expect(status).toBe(1);
    expect(open(JSON.parse(stdout) as Json)).toMatchObject([{ rule: 'COR-017', severity: 'error', line: 8 }]);
  });

  test('is written whole, also where the configuration names it already', () => {
    const file = join(scratch.path, 'again.json');
    const config = scratch.write('again.yaml', `baseline: ${file}\n`);
    runProgram(['check', bad, '--write-baseline', file]);
    const first = readFileSync(file, 'utf8');
    runProgram(['check', bad, '--config', config, '--write-baseline', file]);
    expect(readFileSync(file, 'utf8')).toBe(first);
  });

  test('is the same file each time', () => {
    const [one, two] = ['one.json', 'two.json'].map((name) => join(scratch.path, name));
    runProgram(['check', bad, '--write-baseline', one]);
    runProgram(['check', bad, '--write-baseline', two]);
    expect(readFileSync(one, 'utf8')).toBe(readFileSync(two, 'utf8'));
  });

  test('that is none is told', () => {
    expectUsageError(['check', bad, '--baseline', bad], 'is no baseline; --write-baseline writes one');
  });
});

test.each([
  [['--rule', 'HPA-001'], '--rule is "HPA-001"; allowed: an id, a family or a pattern'],
  [['--rule', 'NOPE=off'], '--rule is "NOPE=off"'],
  [['--kubernetes', 'latest'], '--kubernetes is "latest"; allowed: a version such as "1.31"'],
  [['--profile', 'best'], '--profile is "best"; allowed: default, guide, strict'],
  [['--config', 'nowhere.yaml'], 'nowhere.yaml cannot be read'],
])('%j is refused', (args, message) => expectUsageError(['check', bad, ...args], message));

test('the cluster that is meant decides what is served', () => {
  const file = scratch.write(
    'new.yaml',
    'apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: x}\nspec: {}\n',
  );
  const rules = (version: string) =>
    (
      JSON.parse(runProgram(['check', file, '--format', 'json', '--kubernetes', version]).stdout) as Json
    ).findings.map(({ rule }) => rule);
  expect(rules('1.29')).toContain('COR-014');
  expect(rules('1.30')).not.toContain('COR-014');
});

describe('what is secret', () => {
  const secrets = scratch.write(
    'secrets.yaml',
    `apiVersion: v1
kind: Secret
metadata: {name: cache}
stringData: {password: hunter22, pin: 481516, data: plain}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cache}
spec:
  selector: {matchLabels: {app: cache}}
  template:
    metadata: {labels: {app: cache}}
    spec:
      containers:
        - name: cache
          image: redis:7.4
          args: ["redis-server", "--requirepass", "$(PASSWORD)", "--maxmemory", "$(PASSWORD)"]
          env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: cache, key: password}}}, {name: URL, value: "redis://:hunter22@cache"}, {name: AGAIN, value: "$(PASSWORD)"}]
          resources: {limits: {memory: 1Gi}}
`,
  );
  test.each(['text', 'json', 'sarif', 'github', 'gitlab', 'junit', 'markdown'])(
    'is in no output: %s',
    (format) => {
      const { stdout, stderr } = runProgram(['check', secrets, '--format', format]);
      expect(stdout).toContain('SEC-003');
      expect(stdout).toContain('COR-017');
      expect(stdout + stderr).not.toMatch(/hunter22|481516/);
    },
  );
});

describe('formats for forges', () => {
  test('github: commands with file and line', () => {
    const { stdout } = runProgram(['check', bad, '--format', 'github']);
    expect(stdout).toMatch(
      /^::error file=.*bad\.yaml,line=8,title=COR-017 Deployment shop::spec\.template\.spec\.containers\[0\]\.env\[0\]\.value: 8080, without quotes; expected: text; put it in quotes: "8080"$/m,
    );
  });

  test('gitlab: an issue for each finding', () => {
    const issues = JSON.parse(runProgram(['check', bad, '--format', 'gitlab']).stdout) as Array<
      Record<string, unknown>
    >;
    expect(issues.length).toBe(open(checked()).length);
    expect(issues[0]).toMatchObject({
      type: 'issue',
      location: { path: bad, lines: { begin: expect.any(Number) } },
    });
    expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(issues.length);
  });
});
