import { expectUsageError, runProgram, scratchFiles } from './program';

const scratch = scratchFiles();
const run = (args: readonly string[], input = '') => runProgram(['simulate', ...args], { input });

const MANIFESTS = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec: {containers: [{name: web, image: web, resources: {requests: {cpu: 100m}}}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 10
`;
const web = scratch.write('web.yaml', MANIFESTS);
const SPIKE = ['--shape', 'spike:base=10,peak=60', '--capacity', '10'];

test('a table of verdicts, and load and replicas as blocks', () => {
  const { status, stdout, stderr } = run([web, ...SPIKE]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toBe(
    [
      'traffic spike:base=10,peak=60,start=60,rise=0,hold=600,every=0,length=1860, 31 min',
      '',
      'web: 2 to 10 replicas, 10 requests/s per pod',
      '',
      'policy         unmet requests  time to capacity  overshoot  flaps  pod hours  peak  reaches max  max to min',
      'this manifest            2100              60 s          0      0       2.52     8          yes       315 s',
      '',
      'load      ▂▂████████████████████████▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂  to 60 requests/s',
      'replicas  ▃▃▃▅██████████████████████████████████▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃  to 8 replicas',
      '',
    ].join('\n'),
  );
});

test('the same from standard input, and a measured load from a file', () => {
  const load = scratch.write('load.csv', 'seconds,requests\n0,10\n59,10\n60,60\n659,60\n660,10\n1860,10\n');
  const { status, stdout } = run(['-', '--traffic', load, '--capacity', '10'], MANIFESTS);
  expect(status).toBe(0);
  expect(stdout).toContain('traffic points:0=10,59=10,60=60,659=60,660=10,1860=10, 31 min');
});

test('--compare adds what others would do', () => {
  const { stdout } = run([web, ...SPIKE, '--compare']);
  expect(stdout.match(/^(this manifest|the guide|Kubernetes default|cdk8s-plus default) +\d/gm)).toHaveLength(
    4,
  );
});

test('--json tells everything', () => {
  const { status, stdout } = run([web, ...SPIKE, '--json', '--max', 'unmetLoad=0']);
  const { traffic, workloads } = JSON.parse(stdout);
  expect(status).toBe(1);
  expect(traffic).toMatch(/^spike:base=10,peak=60/);
  expect(workloads).toEqual([
    {
      workload: 'web',
      minReplicas: 2,
      maxReplicas: 10,
      capacityPerPod: 10,
      runs: [
        {
          policy: 'own',
          title: 'this manifest',
          outcome: expect.objectContaining({ unmetLoad: 2100, reachesMax: true }),
          series: expect.arrayContaining([expect.objectContaining({ seconds: 15, replicas: 2 })]),
        },
      ],
      broken: [{ name: 'unmetLoad', measured: '2100 requests', most: 0 }],
      notes: [],
    },
  ]);
});

describe('exit codes', () => {
  test('0 when thresholds hold, 1 when one does not, and which', () => {
    expect(run([web, ...SPIKE, '--max', 'unmetLoad=3000,flaps=0']).status).toBe(0);
    const { status, stdout } = run([
      web,
      ...SPIKE,
      '--max',
      'unmetLoad=3000',
      '--max',
      'secondsToCapacity=15',
    ]);
    expect(status).toBe(1);
    expect(stdout).toContain('broken: secondsToCapacity is 60 s; allowed: at most 15 s\n');
  });

  test.each([
    [[], 'which manifests?'],
    [[web], 'which load? allowed: one of --shape and --traffic'],
    [[web, ...SPIKE, '--traffic', 'x.csv'], 'which load? allowed: one of --shape and --traffic'],
    [[web, '--traffic', 'nowhere.csv'], 'nowhere.csv is not there'],
    [[web, '--traffic', web], `${web}: line 1 is`],
    [[web, '--shape', 'flood'], 'the shape is "flood"'],
    [['nowhere.yaml', ...SPIKE], 'nowhere.yaml is not there'],
    [[web, ...SPIKE, '--max', 'unmet=0'], 'the threshold is "unmet<=0"; allowed: unmetLoad'],
    [[web, ...SPIKE, '--pods', 'size=3'], 'the assumption is "size=3"; allowed: capacityPerPod from'],
    [[web, ...SPIKE, '--workload', 'db'], 'no workload "db" in'],
    [[web, ...SPIKE, '--svg', '/nowhere/at/all.svg'], '/nowhere/at/all.svg cannot be written'],
    [[web, ...SPIKE, '--fast'], "Unknown option '--fast'"],
  ])('2 for %j, with what to do', (args, message) => {
    expectUsageError(['simulate', ...args], message);
  });

  test('2 when there is nothing to simulate, or it cannot be', () => {
    const [deployment, autoscaler] = MANIFESTS.split('---\n');
    expect(run(['-', ...SPIKE], deployment).stderr).toBe('cdk8s-tuned: no HorizontalPodAutoscaler in -\n');
    expect(run(['-', ...SPIKE], autoscaler).stderr).toBe(
      'cdk8s-tuned: web: the workload that it scales is not there, or has no pod template\n',
    );
    expect(run(['-', ...SPIKE], MANIFESTS.replace('maxReplicas: 10', 'maxReplicas: 1')).stderr).toBe(
      'cdk8s-tuned: web: spec.minReplicas is 2; allowed: at most spec.maxReplicas (1)\n',
    );
  });

  test('--help tells how', () => {
    expect(run(['--help'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Usage: cdk8s-tuned simulate'),
    });
  });
});
