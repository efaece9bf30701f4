/** The committed manifests of the shop, as a cluster takes them. */
import { readFileSync } from 'fs';
import { join } from 'path';
import { parseAllDocuments } from 'yaml';
import { until } from '../servers/harness';
import { DIST, ENVIRONMENTS } from '../support/dist';
import type { Manifest } from '../support/synth';
import { ControlPlane } from './control-plane';

let plane: ControlPlane;
beforeAll(async () => {
  plane = await ControlPlane.start();
});
afterAll(() => plane?.stop());

const directoryOf = (environment: string) => join(DIST, environment);

function namespaceOf(environment: string): string {
  const text = readFileSync(join(directoryOf(environment), 'namespace.k8s.yaml'), 'utf8');
  return parseAllDocuments(text)
    .map((document): Manifest => document.toJS())
    .find(({ kind }) => kind === 'Namespace').metadata.name;
}

const applyDirectory = (environment: string, ...options: readonly string[]) =>
  plane.kubectl('apply', '--validate=strict', `--filename=${directoryOf(environment)}`, ...options);

describe.each(ENVIRONMENTS)('%s', (environment) => {
  const namespace = namespaceOf(environment);

  test('is admitted as it is written, under strict validation', async () => {
    await plane.kubectl('apply', `--filename=${join(directoryOf(environment), 'namespace.k8s.yaml')}`);
    const planned = await applyDirectory(environment, '--dry-run=server');
    const applied = await applyDirectory(environment);
    expect(planned.replaceAll(' (server dry run)', '')).toBe(applied);
  });

  test('runs: every pod that its workloads want is admitted, scheduled and ready', async () => {
    // Autoscalers raise the replicas to their minimum meanwhile.
    const [wanted, running] = await plane.untilStable(namespace);
    expect(wanted).toBeGreaterThanOrEqual(5);
    expect(running).toBe(wanted);
    const complaints = (await plane.list('events', namespace)).filter(({ reason }) =>
      /^Failed(Create|Admit)/.test(reason),
    );
    expect(complaints.map(({ message }) => message)).toEqual([]);
  });

  test('a second apply changes nothing', async () => {
    const before = await plane.generations(namespace);
    await applyDirectory(environment);
    expect(await plane.generations(namespace)).toEqual(before);
    const { code, stdout } = await plane.run('kubectl', ['diff', `--filename=${directoryOf(environment)}`]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  });

  test('every budget lets a node drain', async () => {
    const stuck = async () =>
      (await plane.list('pdb', namespace))
        .filter(({ status }) => !(status.disruptionsAllowed > 0))
        .map(({ metadata }) => metadata.name);
    // The controller counts pods a moment after they are ready.
    await until('the budgets', async () => (await stuck()).length === 0, undefined, 180).catch(
      () => undefined,
    );
    expect(await stuck()).toEqual([]);
  });
});

test('three nodes are drained one after the other, and every pod is back', async () => {
  for (const node of ['node-1', 'node-2', 'node-3']) {
    await plane.kubectl('drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=120s');
    await plane.kubectl('uncordon', node);
    for (const environment of ENVIRONMENTS) {
      const [wanted, running] = await plane.untilStable(namespaceOf(environment));
      expect(running).toBe(wanted);
    }
  }
});
