/** What the guard says of a change, and what the API server says: the same, for random changes of props. */
import fc from 'fast-check';
import { reportChanges } from '../../lib/change/change-report';
import { Inventory } from '../../lib/inventory/inventory';
import { changePairs } from '../change/pairs';
import { until } from '../servers/harness';
import type { Manifest } from '../support/synth';
import { ControlPlane } from './control-plane';

/** Pairs of one run; RUNS and SEED choose others. */
const RUNS = Number(process.env.RUNS ?? 40);
const SEED = Number(process.env.SEED ?? 20261128);

let plane: ControlPlane;
beforeAll(async () => {
  // Those that make and bind the claims of a StatefulSet; what pods do is no matter here.
  plane = await ControlPlane.start({
    controllers: [
      'statefulset-controller',
      'persistentvolume-binder-controller',
      'serviceaccount-controller',
    ],
  });
  await plane.apply(['fast', 'slow'].map(storageClass));
});
afterAll(() => plane?.stop());

const storageClass = (name: string): Manifest => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name },
  provisioner: 'csi.example.com',
  allowVolumeExpansion: true,
});

/** As `kubectl --output=name` calls an object. */
function resourceOf({ apiVersion, kind, metadata }: Manifest): string {
  const group: string = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
  return `${kind.toLowerCase()}${group}/${metadata.name}`;
}

const inNamespace = (objects: readonly Manifest[], namespace: string): Manifest[] =>
  objects.map((object) => ({ ...object, metadata: { ...object.metadata, namespace } }));

async function untilClaimed(namespace: string, objects: readonly Manifest[]): Promise<void> {
  const claims = objects.filter(
    ({ kind, spec }) => kind === 'StatefulSet' && spec.volumeClaimTemplates?.length > 0,
  ).length;
  await until('the claims', async () => {
    await plane.bindClaims();
    const all = await plane.list('pvc', namespace);
    return all.length >= claims && all.every(({ status }) => status.phase === 'Bound');
  });
}

const pairs = fc.sample(changePairs(), { numRuns: RUNS, seed: SEED });

test.each(pairs.map((pair, index) => [index, pair.description || 'nothing', pair] as const))(
  '%i: %s',
  async (index, _, pair) => {
    const namespace = `pair-${index}`;
    await plane.kubectl('create', 'namespace', namespace);
    const [before, after] = [pair.before, pair.after].map((objects) => inNamespace(objects, namespace));
    await plane.apply(before);
    await untilClaimed(namespace, before);

    const { stdout, stderr } = await plane.tryApply(after, '--dry-run=server', '--output=name');
    const taken = new Set(stdout.trim().split('\n'));
    const refused = after.map(resourceOf).filter((name) => !taken.has(name));

    const [from, to] = [before, after].map((objects) => Inventory.of(objects));
    const { findings } = reportChanges(from, to, { from: 'before', to: 'after' });
    const said = findings.filter(({ verdict }) => verdict === 'refused');
    const named = after.filter(({ kind, metadata }) =>
      said.some((one) => one.kind === kind && one.name === metadata.name),
    );
    expect({ refused: named.map(resourceOf), because: '' }).toEqual({
      refused,
      because: refused.length === named.length ? '' : stderr,
    });
  },
);
