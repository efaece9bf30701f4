/** Jobs as whoever reads the manifests sees them: the API servers, and the checklist. */
import { Chart, Size } from 'cdk8s';
import { ConcurrencyPolicy } from 'cdk8s-plus-27';
import {
  ConnectionPool,
  KubernetesVersion,
  NetworkPeer,
  PodVolume,
  RolloutHook,
  Runtime,
  TunedApp,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { evaluate } from '../../lib/checklist/evaluate';
import { Inventory } from '../../lib/inventory/inventory';
import { kubernetesValidator, MINORS } from '../cluster/schemas';
import { IMAGE, type Manifest, manifests } from '../support/synth';
import { database, migration, oneOff, scheduled } from './jobs';

function shop(minor: number, make: (chart: Chart) => void): Manifest[] {
  const kubernetesVersion = KubernetesVersion.fromString(`1.${minor}`);
  const chart = new Chart(new TunedApp({ outdir: '/nowhere', kubernetesVersion }), 'shop', {
    namespace: 'shop',
  });
  make(chart);
  return manifests(chart);
}

const withDefaults = (chart: Chart) => {
  const db = database(chart);
  db.addPooler();
  migration(chart).connectTo(db);
  oneOff(chart).connectTo(db);
  scheduled(chart).connectTo(db);
};

const withEverything = (chart: Chart) => {
  const db = database(chart);
  const sidecars = KubernetesVersion.of(chart).minor >= 29;
  const common = {
    runtime: Runtime.node(),
    volumes: [{ path: '/data', volume: PodVolume.emptyDir({ size: Size.mebibytes(16), inMemory: true }) }],
    sidecars: sidecars
      ? [{ name: 'proxy', image: IMAGE, profile: WorkloadProfile.BACKGROUND_JOB }]
      : undefined,
    initContainers: [{ name: 'wait', image: IMAGE, profile: WorkloadProfile.BACKGROUND_JOB }],
  };
  const job = migration(chart, { ...common, hook: RolloutHook.argoCd() });
  job.connectTo(db);
  job.allowTo(NetworkPeer.cidr('10.9.0.0/16'), [443]);
  oneOff(chart, { ...common, run: '2026-11-28', parallelism: 2, completions: 20 }).connectTo(db);
  scheduled(chart, {
    ...common,
    timeZone: 'Europe/Berlin',
    parallelism: 3,
    concurrencyPolicy: ConcurrencyPolicy.ALLOW,
    suspend: false,
  }).connectTo(db);
};

test.each(MINORS)('are valid for Kubernetes 1.%i', (minor) => {
  const objects = [...shop(minor, withDefaults), ...shop(minor, withEverything)];
  expect(objects.filter(({ kind }) => ['Job', 'CronJob'].includes(kind))).toHaveLength(6);
  expect(objects.flatMap(kubernetesValidator(minor))).toEqual([]);
});

const findings = (objects: Manifest[]) =>
  evaluate(Inventory.of(objects)).findings.map(({ rule, kind, path, measured }) => ({
    rule,
    kind,
    path,
    measured,
  }));

test.each([
  ['with defaults', withDefaults],
  ['with everything', withEverything],
])('the checklist has nothing to say of them %s', (_, make) => {
  expect(findings(shop(30, make))).toEqual([]);
});

test('a CronJob is no load test', () => {
  const report = evaluate(Inventory.of(shop(30, withDefaults))).rules;
  expect(report.find(({ rule }) => rule === 'LOAD-001')?.examined).toBe(0);
});

describe('DB-002 counts', () => {
  /** The pools as they are in the manifests, raised by hand until they do not fit. */
  const raised = (kind: string, size: number) => {
    const objects = shop(30, (chart) => {
      const db = database(chart);
      const pool = ConnectionPool.fixed({ size: 1 });
      migration(chart).connectTo(db.connection({ pool }));
      scheduled(chart, { parallelism: 2, concurrencyPolicy: ConcurrencyPolicy.ALLOW }).connectTo(
        db.connection({ pool }),
      );
    });
    const job = objects.find((one) => one.kind === kind);
    const { containers } = (job.spec.jobTemplate?.spec ?? job.spec).template.spec;
    containers[0].env.find(({ name }: { name: string }) => name === 'DB_POOL_SIZE').value = `${size}`;
    return findings(objects).filter(({ rule }) => rule === 'DB-002');
  };

  test.each(['Job', 'CronJob'])('the pool of a %s', (kind) => {
    expect(raised(kind, 1)).toEqual([]);
    expect(raised(kind, 1000)).toHaveLength(1);
  });

  test('every pod that a CronJob can have at one time', () => {
    const [{ measured }] = raised('CronJob', 1000);
    expect(measured).toContain('4001');
  });
});
