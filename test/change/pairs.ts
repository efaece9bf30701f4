/**
 * Random pairs of manifests before and after a change of props, made by the public constructs: what the guard says of a pair can
 * be held against what an API server says of it.
 */
import { Chart, Size, Testing } from 'cdk8s';
import * as tuned from 'cdk8s-tuned';
import fc from 'fast-check';
import { IMAGE } from '../support/synth';

/** Objects before and after a change, and which props of what changed. */
export interface ChangePair {
  readonly before: object[];
  readonly after: object[];
  readonly description: string;
}

/** Props of one stack, as plain values, so that a pair that fails can be read and shrunk. */
interface StackProps {
  readonly webName: string;
  readonly webImage: string;
  readonly webMin: number;
  readonly webMax: number;
  readonly webPort: number;
  readonly webCpu: string;
  readonly webLabel: string | undefined;
  readonly databaseName: string;
  readonly databaseGib: number;
  readonly databaseInitialGib: number | undefined;
  readonly databaseClass: string | undefined;
  readonly databaseVersion: tuned.PostgresVersion;
  readonly cacheMib: number;
  readonly cacheDiskGib: number | undefined;
  readonly jobImage: string;
  readonly jobRun: string | undefined;
  readonly schedule: string;
}

const choice = <T>(...values: readonly T[]) => fc.constantFrom(...values);

/** Values of each prop; the first is the usual one, to which a pair shrinks. */
const VALUES: { readonly [K in keyof StackProps]: fc.Arbitrary<StackProps[K]> } = {
  webName: choice('web', 'site'),
  webImage: choice(IMAGE, 'registry.example.com/shop:1.8.3'),
  webMin: choice(3, 2, 4),
  webMax: choice(10, 6, 20),
  webPort: choice(8080, 9090),
  webCpu: choice('250m', '500m', '1'),
  webLabel: choice<string | undefined>(undefined, 'legacy'),
  databaseName: choice('db', 'orders'),
  databaseGib: choice(100, 50, 200),
  databaseInitialGib: choice<number | undefined>(undefined, 20),
  databaseClass: choice<string | undefined>(undefined, 'fast', 'slow'),
  databaseVersion: choice(tuned.PostgresVersion.V17, tuned.PostgresVersion.V16),
  cacheMib: choice(256, 512),
  cacheDiskGib: choice<number | undefined>(undefined, 5, 10),
  jobImage: choice('registry.example.com/tool:1', 'registry.example.com/tool:2'),
  jobRun: choice<string | undefined>(undefined, 'first', 'second'),
  schedule: choice('0 3 * * *', '0 4 * * *'),
};

/** Objects of a stack; nothing is asked of a cluster but the kinds of Kubernetes itself. */
function objectsOf(props: StackProps): object[] {
  const app = new tuned.TunedApp({ outdir: '/nowhere', kubernetesVersion: tuned.KubernetesVersion.V1_31 });
  const chart = new Chart(app, 'shop', { namespace: 'default' });
  const web = new tuned.ScalableWebApp(chart, 'web', {
    name: props.webName,
    image: props.webImage,
    port: props.webPort,
    profile: tuned.WorkloadProfile.fromQuantities({
      cpuRequest: props.webCpu,
      memoryRequest: '256Mi',
      memoryLimit: '256Mi',
    }),
    scaling: tuned.ScalingPolicy.cpu({ min: props.webMin, max: props.webMax }),
    selectorLabels: props.webLabel === undefined ? undefined : { app: props.webLabel },
  });
  const db = new tuned.TunedPostgres(chart, 'db', {
    name: props.databaseName,
    storage: Size.gibibytes(props.databaseGib),
    initialStorage:
      props.databaseInitialGib === undefined ? undefined : Size.gibibytes(props.databaseInitialGib),
    storageClassName: props.databaseClass,
    version: props.databaseVersion,
  });
  const cache = new tuned.CacheRedis(chart, 'cache', {
    maxMemory: Size.mebibytes(props.cacheMib),
    ...(props.cacheDiskGib !== undefined && {
      persistence: tuned.CachePersistence.APPEND_ONLY,
      storage: Size.gibibytes(props.cacheDiskGib),
    }),
  });
  const job = new tuned.OneOffJob(chart, 'backfill', { image: props.jobImage, run: props.jobRun });
  new tuned.ScheduledJob(chart, 'report', { image: props.jobImage, schedule: props.schedule });
  web.connectTo(db);
  web.connectTo(cache);
  job.connectTo(db);
  return Testing.synth(chart) as object[];
}

/** Pairs in which one to four props change. */
export function changePairs(): fc.Arbitrary<ChangePair> {
  const names = Object.keys(VALUES) as Array<keyof StackProps>;
  const props = fc.record(VALUES) as fc.Arbitrary<StackProps>;
  return fc
    .tuple(props, props, fc.subarray(names, { minLength: 1, maxLength: 4 }))
    .map(([before, other, changed]) => {
      const after = { ...before, ...Object.fromEntries(changed.map((name) => [name, other[name]])) };
      const told = changed.filter((name) => before[name] !== after[name]);
      return {
        before: objectsOf(before),
        after: objectsOf(after),
        description: told
          .map((name) => `${name}: ${shown(before[name])} -> ${shown(after[name])}`)
          .join(', '),
      };
    });
}

const shown = (value: number | string | undefined) => (value === undefined ? 'none' : `${value}`);
