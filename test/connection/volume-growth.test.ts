import { Size } from 'cdk8s';
import {
  CachePersistence,
  CacheRedis,
  PostgresTopology,
  TunedPostgres,
  type TunedPostgresProps,
} from 'cdk8s-tuned';
import { evaluate } from '../../lib/checklist/evaluate';
import { Inventory } from '../../lib/inventory/inventory';
import { find, type Manifest, manifests, newChart } from '../support/synth';

const GI = (amount: number) => Size.gibibytes(amount);

function database(gib: number, initial?: number): Manifest[] {
  const chart = newChart();
  const initialStorage = initial === undefined ? undefined : GI(initial);
  new TunedPostgres(chart, 'db', { storage: GI(gib), initialStorage });
  return manifests(chart);
}
const templateOf = (objects: readonly Manifest[]) => find(objects, 'StatefulSet').spec.volumeClaimTemplates;

test('a volume grows by its claim, and the StatefulSet stays as the API server has it', () => {
  const [before, after] = [database(20), database(30, 20)];
  expect(templateOf(after)).toEqual(templateOf(before));
  const claim = find(after, 'PersistentVolumeClaim', 'data-shop-db-0');
  const [template] = templateOf(before);
  expect(claim.spec).toEqual({ ...template.spec, resources: { requests: { storage: '30Gi' } } });
  expect(claim.metadata.annotations).toEqual({
    'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
    'helm.sh/resource-policy': 'keep',
    'kustomize.toolkit.fluxcd.io/prune': 'disabled',
  });
  expect(before.some(({ kind }) => kind === 'PersistentVolumeClaim')).toBe(false);
});

test('in a new cluster the claim is there before the StatefulSet would make one of its own', () => {
  const kinds = database(30, 20).map(({ kind }) => kind);
  expect(kinds.indexOf('PersistentVolumeClaim')).toBeLessThan(kinds.indexOf('StatefulSet'));
});

const podOf = (objects: readonly Manifest[]) => find(objects, 'StatefulSet').spec.template;

test('the pod runs on while its volume grows, by a little and by much', () => {
  expect(podOf(database(30, 20))).toEqual(podOf(database(20)));
  expect(podOf(database(2000, 5))).toEqual(podOf(database(5)));
});

test('a setting that is given, and a size of the pod, restart it as before', () => {
  const template = (props: Partial<TunedPostgresProps>) => {
    const chart = newChart();
    new TunedPostgres(chart, 'db', { storage: GI(20), ...props });
    return podOf(manifests(chart));
  };
  const checksum = (props: Partial<TunedPostgresProps>) =>
    template(props).metadata.annotations['checksum/config'];
  expect(checksum({ parameters: { random_page_cost: '2' } })).not.toBe(checksum({}));
  expect(checksum({ maxConnections: 50 })).not.toBe(checksum({ maxConnections: 60 }));
});

test('the settings are those of the size that it has', () => {
  const wal = (objects: readonly Manifest[]): string =>
    /max_wal_size = .*/.exec(find(objects, 'ConfigMap').data['postgresql.conf'])?.[0] ?? '';
  expect(wal(database(30, 20))).toBe(wal(database(30)));
});

test('a cache grows too', () => {
  const chart = newChart();
  new CacheRedis(chart, 'c', {
    maxMemory: GI(1),
    persistence: CachePersistence.SNAPSHOTS,
    storage: GI(8),
    initialStorage: GI(4),
  });
  const objects = manifests(chart);
  expect(templateOf(objects)[0].spec.resources.requests.storage).toBe('4Gi');
  expect(find(objects, 'PersistentVolumeClaim', 'data-shop-c-0').spec.resources.requests.storage).toBe('8Gi');

  const small = newChart();
  new CacheRedis(small, 'c', {
    maxMemory: GI(1),
    persistence: CachePersistence.SNAPSHOTS,
    storage: GI(4),
  });
  expect(podOf(objects)).toEqual(podOf(manifests(small)));
});

test('the checklist has no more to say', () => {
  const rules = (objects: readonly Manifest[]) =>
    evaluate(Inventory.of(objects)).findings.map(({ rule }) => rule);
  expect(rules(database(30, 20))).toEqual(rules(database(30)));
});

test('nothing shrinks, an operator grows by itself, and without a volume there is none to grow', () => {
  expect(() => database(20, 30)).toThrow(
    /initialStorage is "30 gibibytes|initialStorage is .*; allowed: less than the size of 20Gi/,
  );
  expect(() => database(20, 20)).toThrow(/nothing shrinks/);
  const topology = PostgresTopology.cloudNativePg({ instances: 3 });
  expect(
    () => new TunedPostgres(newChart(), 'db', { storage: GI(30), initialStorage: GI(20), topology }),
  ).toThrow(/CloudNativePG grows the volumes itself/);
  expect(() => new CacheRedis(newChart(), 'c', { initialStorage: GI(1) })).toThrow(
    /there is no volume without persistence/,
  );
});
