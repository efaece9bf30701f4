/** Jobs in a mesh: a proxy that ends with them, and its way to the control plane. */
import { KubernetesVersion, Mesh, MigrationJob, type MigrationJobProps } from 'cdk8s-tuned';
import { find, IMAGE, manifests, newChart } from '../support/synth';

function synth(props: Partial<MigrationJobProps>, version = KubernetesVersion.V1_31) {
  const chart = newChart(version);
  new MigrationJob(chart, 'migrate', { image: IMAGE, ...props });
  return manifests(chart);
}

test('the pod asks for a native proxy, and reaches the control plane', () => {
  const objects = synth({ mesh: Mesh.istio() });
  const { metadata } = find(objects, 'Job').spec.template;
  expect(metadata.labels['sidecar.istio.io/inject']).toBe('true');
  expect(metadata.annotations).toMatchObject({ 'sidecar.istio.io/nativeSidecar': 'true' });
  expect(find(objects, 'NetworkPolicy').spec.egress).toContainEqual({
    ports: [{ port: 15012, protocol: 'TCP' }],
    to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'istio-system' } } }],
  });
});

test('a proxy that would never end is refused', () => {
  const message = 'a Job ends when its last container does, so this one never would';
  expect(() => synth({ mesh: Mesh.istio() }, KubernetesVersion.V1_28)).toThrow(message);
  expect(() => synth({ mesh: Mesh.linkerd({ nativeSidecar: false }) })).toThrow(message);
});

test('what is the proxy’s is refused, as in a workload', () => {
  expect(() => synth({ mesh: Mesh.istio(), runAsUser: 1337 })).toThrow(
    'it is the user of the proxy of Istio',
  );
});
