/** A volume grows by the documented step, while the pod runs. */
import { Size } from 'cdk8s';
import { CachePersistence, CacheRedis, TunedPostgres } from 'cdk8s-tuned';
import { type Manifest, manifests } from '../support/synth';
import { chartIn } from './chart-in';
import { ControlPlane } from './control-plane';

let plane: ControlPlane;
beforeAll(async () => {
  plane = await ControlPlane.start();
  await plane.createNamespace('shop');
});
afterAll(() => plane?.stop());

function stores(namespace: string, storage: Size, initialStorage?: Size): Manifest[] {
  const chart = chartIn(namespace);
  const size = { storage, initialStorage };
  new TunedPostgres(chart, 'db', size);
  const persistence = CachePersistence.SNAPSHOTS;
  new CacheRedis(chart, 'cache', { maxMemory: Size.gibibytes(1), persistence, ...size });
  return manifests(chart);
}

const uidsOf = async () =>
  Object.fromEntries((await plane.list('pods', 'shop')).map(({ metadata }) => [metadata.name, metadata.uid]));
const generationsOf = async () =>
  (await plane.list('statefulsets', 'shop')).map(({ metadata }) => metadata.generation);
const claimedSizes = async () =>
  (await plane.list('pvc', 'shop')).map(({ spec }) => spec.resources.requests.storage);

test('a larger `storage` alone is refused by the API server', async () => {
  await plane.apply(stores('shop', Size.gibibytes(20)));
  await plane.untilRunning('shop', 2);
  const { code, stderr } = await plane.tryApply(stores('shop', Size.gibibytes(30)));
  expect(code).toBe(1);
  expect(stderr).toContain('updates to statefulset spec for fields other than');
});

test('with `initialStorage` beside it the claims grow, and no pod is touched', async () => {
  await plane.apply(stores('shop', Size.gibibytes(20)));
  const pods = await uidsOf();
  await plane.apply(stores('shop', Size.gibibytes(30), Size.gibibytes(20)));
  expect(await claimedSizes()).toEqual(['30Gi', '30Gi']);
  await plane.kubectl('rollout', 'status', 'statefulset', '--namespace=shop', '--timeout=60s');
  expect(await uidsOf()).toEqual(pods);
  expect(await generationsOf()).toEqual([1, 1]);
});

test('a new cluster takes all of it at once, with the size of today', async () => {
  await plane.createNamespace('again');
  const objects = stores('again', Size.gibibytes(30), Size.gibibytes(20));
  await plane.apply(objects);
  await plane.untilRunning('again', 2);
  expect((await plane.list('pvc', 'again')).map(({ spec }) => spec.resources.requests.storage)).toEqual([
    '30Gi',
    '30Gi',
  ]);
  expect(await plane.difference(objects)).toBe('');
});
