import { Chart, Testing } from 'cdk8s';
import { KubernetesVersion, TunedApp } from 'cdk8s-tuned';

/** A synthesized object, loosely typed: a test says which fields it expects. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests reach deep into JSON
export type Manifest = any;

/** An image that nobody pulls. */
export const IMAGE = 'registry.example.com/shop:1.8.2';

/** A fresh chart `shop` in the namespace `shop`, for one construct and its tests. */
export function newChart(version = KubernetesVersion.V1_27, id = 'shop'): Chart {
  const app = new TunedApp({ outdir: '/nowhere', kubernetesVersion: version });
  return new Chart(app, id, { namespace: 'shop' });
}

/** Objects of a chart after synthesis, without the side effects of writing files. */
export function manifests(chart: Chart): Manifest[] {
  return Testing.synth(chart);
}

/** The one object of a kind, by name where there are several. */
export function find(objects: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = objects.filter(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  );
  if (found.length !== 1) {
    const all = objects.map((object) => `${object.kind} ${object.metadata.name}`).join(', ');
    throw new Error(`expected one ${kind} ${name ?? ''}, found ${found.length} among: ${all}`);
  }
  return found[0];
}

/** The first object of a kind that belongs to a component, such as `postgres`. */
export function findComponent(objects: readonly Manifest[], kind: string, component: string): Manifest {
  return objects.find(
    (object) => object.kind === kind && object.metadata.labels['app.kubernetes.io/component'] === component,
  );
}

/** Variables of a container as a record; references stay objects. */
export function envOf(workload: Manifest, container = 0): Record<string, Manifest> {
  const env: Manifest[] = workload.spec.template.spec.containers[container].env ?? [];
  return Object.fromEntries(env.map((variable) => [variable.name, variable.value ?? variable.valueFrom]));
}
