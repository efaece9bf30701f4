/** The pods of one web application on a cluster that has native sidecars and sleeps of its own. */
import { KubernetesVersion, type ScalableWebAppProps } from 'cdk8s-tuned';
import { find, type Manifest } from '../support/synth';
import { synth as synthOn } from '../web/web-app';

type Props = Partial<ScalableWebAppProps>;

export const synth = (props: Props, version = KubernetesVersion.V1_31): Manifest[] => synthOn(props, version);

export const templateOf = (props: Props, version?: KubernetesVersion): Manifest =>
  find(synth(props, version), 'Deployment').spec.template;
