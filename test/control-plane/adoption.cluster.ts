/** What runs already gets what is missing, or moves to a construct, and nothing of it is made anew. */
import { ApiObject, Include } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AdoptedWorkload, ScalableWebApp, ScalingPolicy, VerticalScaling } from 'cdk8s-tuned';
import { join } from 'path';
import { type Manifest, manifests } from '../support/synth';
import { chartIn } from './chart-in';
import { ControlPlane } from './control-plane';

let plane: ControlPlane;
beforeAll(async () => {
  plane = await ControlPlane.start();
});
afterAll(() => plane?.stop());

const FILES = join(__dirname, '../adopt/manifests');
const PLAIN = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'plain' },
  spec: {
    selector: { matchLabels: { app: 'plain' } },
    template: {
      metadata: { labels: { app: 'plain' } },
      spec: {
        containers: [
          {
            name: 'plain',
            image: 'registry.example.com/plain:1.0.0',
            ports: [{ name: 'http', containerPort: 8080 }],
            resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
          },
        ],
      },
    },
  },
};

const WORKLOADS = 'deployments,statefulsets,replicasets';

/** The namespace admits them: pods of others need not be as strict as ours. */
async function createNamespace(name: string): Promise<void> {
  await plane.createNamespace(name, 'baseline');
}

/** Everything that runs or holds data in a namespace, by its identity. */
async function identities(namespace: string): Promise<string[]> {
  const all = await plane.list('deployments,statefulsets,replicasets,pods,pvc', namespace);
  return all.map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.uid}`).sort();
}

describe('adoption', () => {
  const namespace = 'adopted';

  /** A plain Deployment, one of cdk8s-plus, and the shape of a Helm release of Bitnami's Postgres. */
  function legacy(isAdopted: boolean): Manifest[] {
    const chart = chartIn(namespace);
    const plain = new ApiObject(chart, 'plain', PLAIN);
    const database = new Include(chart, 'database', { url: join(FILES, 'database.yaml') });
    const plus = new kplus.Deployment(chart, 'plus', {
      replicas: 2,
      containers: [{ image: 'registry.example.com/orders:1.4.0', portNumber: 8080 }],
    });
    for (const object of database.apiObjects) object.metadata.add('namespace', namespace);
    if (isAdopted) {
      AdoptedWorkload.of(plain, { scaling: ScalingPolicy.cpu({ min: 2, max: 6 }), networkPolicy: true });
      AdoptedWorkload.of(plus, { verticalScaling: VerticalScaling.recommend() });
      AdoptedWorkload.of(database, { networkPolicy: true });
    }
    return manifests(chart);
  }

  test('a plain Deployment, one of cdk8s-plus and a StatefulSet of Helm keep every pod and claim', async () => {
    await createNamespace(namespace);
    await plane.apply(legacy(false));
    await plane.untilRunning(namespace, 4);
    const [before, generations] = [
      await identities(namespace),
      await plane.generations(namespace, WORKLOADS),
    ];
    await plane.apply(legacy(true));
    // The autoscaler asks for a second pod of what had one.
    await plane.untilRunning(namespace, 5);
    const after = await identities(namespace);
    expect(before.filter((one) => !after.includes(one))).toEqual([]);
    expect(after).toHaveLength(before.length + 1);
    const others = (all: readonly string[]) => all.filter((one) => !one.includes(' plain'));
    expect(others(await plane.generations(namespace, WORKLOADS))).toEqual(others(generations));
    expect(await plane.list('hpa,pdb,networkpolicies,vpa', namespace)).not.toEqual([]);
  });
});

describe('moving', () => {
  const namespace = 'moved';

  test('a plain Deployment becomes a ScalableWebApp under its name and selector', async () => {
    await createNamespace(namespace);
    await plane.apply([{ ...PLAIN, metadata: { ...PLAIN.metadata, namespace } }]);
    await plane.untilRunning(namespace, 1);
    const { uid } = (await plane.get('deployment', 'plain', namespace)).metadata;
    const chart = chartIn(namespace);
    new ScalableWebApp(chart, 'web', {
      image: 'registry.example.com/plain:1.0.0',
      name: 'plain',
      selectorLabels: { app: 'plain' },
    });
    const objects = manifests(chart);
    await plane.apply(objects);
    await plane.kubectl('rollout', 'status', 'deployment/plain', `--namespace=${namespace}`, '--timeout=60s');
    expect((await plane.get('deployment', 'plain', namespace)).metadata.uid).toBe(uid);
    const generations = await plane.generations(namespace);
    await plane.apply(objects);
    expect(await plane.generations(namespace)).toEqual(generations);
    expect(await plane.difference(objects)).toBe('');
  });
});
