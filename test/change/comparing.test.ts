import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { parseAllDocuments } from 'yaml';
import { compareSets } from '../../lib/change/comparing/object-changes';
import { withDefaults } from '../../lib/change/comparing/server-defaults';
import { Inventory } from '../../lib/inventory/inventory';
import type { Json } from '../../lib/inventory/json';
import { ROOT } from '../project/snippets';
import { changedPaths, compared, deployment, object, statefulSet, template } from './sets';

const shop = readdirSync(join(ROOT, 'dist'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .flatMap((file) => parseAllDocuments(readFileSync(join(ROOT, 'dist', file), 'utf8')))
  .map((document) => document.toJS() as Json);

describe('what is no difference', () => {
  test('the shop and itself, and the shop with what the API server fills in', () => {
    const stored = shop.map((one) => withDefaults(String(one.kind), one));
    for (const [before, after] of [
      [shop, shop],
      [shop, stored],
      [stored, shop],
    ]) {
      const { changes, unchanged } = compareSets(Inventory.of(before), Inventory.of(after));
      expect({ changes, unchanged }).toEqual({ changes: [], unchanged: shop.length });
    }
    expect(stored).not.toEqual(shop);
  });

  test.each([
    [
      'the version of a group',
      object('autoscaling/v2beta2', 'HorizontalPodAutoscaler', { spec: { maxReplicas: 3 } }),
      object('autoscaling/v2', 'HorizontalPodAutoscaler', { spec: { maxReplicas: 3 } }),
    ],
    [
      'extensions/v1beta1',
      object('extensions/v1beta1', 'Deployment', {}),
      object('apps/v1', 'Deployment', {}),
    ],
    [
      'the older name of an account',
      deployment({ template: { spec: { serviceAccount: 'web', serviceAccountName: 'web' } } }),
      deployment({ template: { spec: { serviceAccountName: 'web' } } }),
    ],
    [
      'how a quantity is written',
      deployment({ template: template({ resources: { limits: { cpu: 0.5, memory: '1024Mi' } } }) }),
      deployment({
        template: template({
          resources: { limits: { cpu: '500m', memory: '1Gi' }, requests: { cpu: '500m', memory: '1Gi' } },
        }),
      }),
    ],
    [
      'an empty map of labels, and an empty list',
      deployment({ template: template({ env: [] }) }),
      deployment(),
    ],
    [
      'the order of volumes',
      deployment({
        template: template(
          {},
          {
            volumes: [
              { name: 'a', emptyDir: {} },
              { name: 'b', emptyDir: {} },
            ],
          },
        ),
      }),
      deployment({
        template: template(
          {},
          {
            volumes: [
              { name: 'b', emptyDir: {} },
              { name: 'a', emptyDir: {} },
            ],
          },
        ),
      }),
    ],
    [
      'a Secret as text and as data',
      object('v1', 'Secret', { stringData: { a: 'secret' } }),
      object('v1', 'Secret', { data: { a: Buffer.from('secret').toString('base64') }, type: 'Opaque' }),
    ],
  ])('%s', (_, before, after) => {
    expect(compared([before], [after]).changes).toEqual([]);
    expect(compared([after], [before]).changes).toEqual([]);
  });

  test('replicas that one side leaves to an autoscaler', () => {
    const scaler = object('autoscaling/v2', 'HorizontalPodAutoscaler', {
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'one' }, maxReplicas: 9 },
    });
    expect(compared([deployment({ replicas: 7 }), scaler], [deployment(), scaler]).changes).toEqual([]);
    expect(changedPaths(deployment({ replicas: 7 }), deployment())).toEqual(['spec.replicas']);
  });
});

describe('what differs', () => {
  test('items of a list by their keys, wherever they stand', () => {
    const before = deployment({
      template: template({
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
        ports: [{ containerPort: 80 }],
      }),
    });
    const after = deployment({
      template: template({ env: [{ name: 'B', value: '3' }], ports: [{ containerPort: 80, name: 'http' }] }),
    });
    expect(changedPaths(before, after)).toEqual([
      'spec.template.spec.containers[name="main"].env[name="A"]',
      'spec.template.spec.containers[name="main"].env[name="B"].value',
      'spec.template.spec.containers[name="main"].ports[containerPort=80,protocol="TCP"].name',
    ]);
  });

  test('the order of variables, since one may refer to those before it', () => {
    const [one, other] = [
      { name: 'A', value: '1' },
      { name: 'B', value: '$(A)' },
    ];
    const [change] = compared(
      [deployment({ template: template({ env: [one, other] }) })],
      [deployment({ template: template({ env: [other, one] }) })],
    ).changes;
    expect(change.fields).toEqual([
      {
        path: 'spec.template.spec.containers[name="main"].env',
        pattern: 'spec.template.spec.containers[].env',
        before: ['name="A"', 'name="B"'],
        after: ['name="B"', 'name="A"'],
      },
    ]);
  });

  test('two items with one key are compared by their places', () => {
    const env = (value: string) =>
      deployment({
        template: template({
          env: [
            { name: 'A', value: '1' },
            { name: 'A', value },
          ],
        }),
      });
    expect(changedPaths(env('2'), env('3'))).toEqual([
      'spec.template.spec.containers[name="main"].env[1].value',
    ]);
  });

  test('a map that says something though it is empty', () => {
    const volumes = (source: object) =>
      deployment({ template: template({}, { volumes: [{ name: 'a', ...source }] }) });
    expect(changedPaths(volumes({ emptyDir: {} }), volumes({}))).toEqual([
      'spec.template.spec.volumes[name="a"].emptyDir',
    ]);
  });

  test('keys that are no names are quoted', () => {
    expect(
      changedPaths(
        object('v1', 'ConfigMap', { data: { 'a.conf': '1' } }),
        object('v1', 'ConfigMap', { data: { 'a.conf': '2' } }),
      ),
    ).toEqual(['data["a.conf"]']);
  });

  test('another namespace is another object, unless namespaces are ignored', () => {
    const [before, after] = [statefulSet({}, 'one', 'a'), statefulSet({}, 'one', 'b')].map((one) =>
      Inventory.of([one]),
    );
    expect(compareSets(before, after).changes.map(({ change }) => change)).toEqual(['removed', 'added']);
    expect(compareSets(before, after, { ignoreNamespaces: true }).changes).toEqual([]);
  });

  test('what cannot be compared is told', () => {
    const twice = [deployment(), deployment({ replicas: 2 })];
    const generated = { apiVersion: 'batch/v1', kind: 'Job', metadata: { generateName: 'run-' } };
    const { notes, changes } = compared(twice, [...twice, generated]);
    expect(changes).toEqual([]);
    expect(notes).toEqual([
      'Deployment one is there twice: the last one counts',
      'Job run-… is made anew by each create (generateName): it was not compared',
    ]);
  });
});

describe('what may be a password is not told', () => {
  const told = (before: object, after: object) =>
    JSON.stringify(compared([before], [after]).changes.map(({ fields }) => fields));

  test.each([
    [
      'data of a Secret',
      object('v1', 'Secret', { data: { a: 'b25l', b: 'b25l' } }),
      object('v1', 'Secret', { stringData: { a: 'hunter2' }, data: { c: 'aHVudGVyMg==' } }),
    ],
    [
      'a variable by its name',
      deployment({ template: template({ env: [{ name: 'DB_PASSWORD', value: 'hunter2' }] }) }),
      deployment({ template: template({ env: [{ name: 'DB_PASSWORD', value: 'hunter2hunter2' }] }) }),
    ],
    [
      'a variable that is added',
      deployment(),
      deployment({ template: template({ env: [{ name: 'API_TOKEN', value: 'hunter2' }] }) }),
    ],
    [
      'a URL',
      deployment({ template: template({ env: [{ name: 'URL', value: 'http://a:hunter2@b' }] }) }),
      deployment({ template: template({ env: [{ name: 'URL', value: 'http://a:hunter2@c' }] }) }),
    ],
    [
      'a line of a file',
      object('v1', 'ConfigMap', { data: { f: 'a\nrequirepass hunter2\n' } }),
      object('v1', 'ConfigMap', { data: { f: 'b\nrequirepass hunter23\n' } }),
    ],
  ])('%s', (_, before, after) => {
    const text = told(before, after);
    expect(text).toContain('(not shown)');
    expect(text).not.toMatch(/hunter2|b25l|aHVudGVyMg/);
  });
});

describe('live objects', () => {
  const live = (manifest: object, extra: object = {}) => {
    const { metadata, spec, ...rest } = manifest as { metadata: object; spec: object };
    return {
      ...rest,
      metadata: {
        ...metadata,
        uid: 'u',
        resourceVersion: '7',
        generation: 2,
        creationTimestamp: '2026-01-01T00:00:00Z',
        managedFields: [{}],
        ...extra,
      },
      spec: { ...spec, clusterIP: '10.0.0.7', replicas: 1 },
      status: { replicas: 1 },
    };
  };

  test('what servers and controllers set is no difference', () => {
    expect(compared([live(deployment())], [deployment()]).changes).toEqual([]);
    expect(compared([deployment()], [live(deployment())]).changes).toEqual([]);
  });

  test('what the last apply wrote and nobody writes now goes', () => {
    const applied = deployment({ paused: true });
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(applied) };
    expect(changedPaths(live(applied, { annotations }), deployment())).toEqual(['spec.paused']);
  });

  test('an annotation that is no JSON is no apply', () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{' };
    expect(changedPaths(live(deployment({ paused: true }), { annotations }), deployment())).toEqual([]);
  });

  test('what an owner or the cluster has made is not compared, and kinds that were not asked for are told', () => {
    const owned = live(object('apps/v1', 'ReplicaSet', { spec: {} }), {
      ownerReferences: [{ kind: 'Deployment', name: 'one' }],
    });
    const { changes, notes } = compared(
      [live(deployment()), owned],
      [deployment(), object('v1', 'Service', { spec: {} })],
    );
    expect(changes).toEqual([]);
    expect(notes).toEqual(['the live objects hold no Service: these kinds were not compared']);
  });
});
