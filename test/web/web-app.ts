/** Manifests of one web application, by the props of a test. */
import { type KubernetesVersion, ScalableWebApp, type ScalableWebAppProps } from 'cdk8s-tuned';
import { find, IMAGE, manifests, newChart } from '../support/synth';

export function synth(props: Partial<ScalableWebAppProps> = {}, version?: KubernetesVersion) {
  const chart = newChart(version);
  new ScalableWebApp(chart, 'web', { image: IMAGE, ...props });
  return manifests(chart);
}

export const podOf = (props: Partial<ScalableWebAppProps> = {}, version?: KubernetesVersion) =>
  find(synth(props, version), 'Deployment').spec.template.spec;
