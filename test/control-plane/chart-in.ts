import { Chart } from 'cdk8s';
import { KubernetesVersion, TunedApp } from 'cdk8s-tuned';

/** A chart of an app of its own, in a namespace of its name, for a Kubernetes that knows every field that we emit. */
export function chartIn(namespace: string): Chart {
  const app = new TunedApp({ outdir: '/nowhere', kubernetesVersion: KubernetesVersion.V1_31 });
  return new Chart(app, namespace, { namespace });
}
