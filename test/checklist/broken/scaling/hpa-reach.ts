/** Targets, bounds and metrics with which an autoscaler cannot do its work. */
import { find } from '../../../support/synth';
import { type Breakage, hpa, spec } from '../breakage';

export const HPA_REACH_BREAKAGES: readonly Breakage[] = [
  {
    what: 'one replica',
    breakIt: (all) => (spec(all, 'HorizontalPodAutoscaler', 'shop-web').minReplicas = 1),
    rules: ['HPA-003'],
  },
  {
    what: 'nothing to scale',
    breakIt: (all) => (spec(all, 'HorizontalPodAutoscaler', 'shop-web').maxReplicas = 4),
    rules: ['HPA-003', 'SCALE-001'],
  },
  {
    what: 'a target that the limit makes unreachable',
    breakIt: (all) =>
      (spec(
        all,
        'HorizontalPodAutoscaler',
        'shop-web',
      ).metrics[1].containerResource.target.averageUtilization = 400),
    rules: ['HPA-004'],
  },
  {
    what: 'a metric of a container that is not there',
    breakIt: (all) => {
      const [metric] = hpa(all, 'shop-renderer').metrics;
      metric.type = 'ContainerResource';
      metric.containerResource = { ...metric.resource, container: 'rendrer' };
      delete metric.resource;
    },
    rules: ['HPA-004', 'SCALE-001'],
  },
  {
    what: 'a sidecar without a request',
    breakIt: (all) => {
      const pod = spec(all, 'Deployment', 'shop-renderer').template.spec;
      pod.containers.push({
        ...structuredClone(pod.containers[0]),
        name: 'sidecar',
        ports: [],
        resources: { ...pod.containers[0].resources, requests: {}, limits: {} },
      });
    },
    rules: ['HPA-004', 'HPA-012', 'RES-001', 'RES-002', 'RES-003', 'RES-004', 'SCALE-001'],
  },
  {
    what: 'a sidecar that hides a hot container',
    breakIt: (all) => {
      const pod = spec(all, 'Deployment', 'shop-renderer').template.spec;
      pod.containers.push({ ...structuredClone(pod.containers[0]), name: 'sidecar', ports: [] });
    },
    rules: ['HPA-012'],
  },
  {
    what: 'a target that a wide tolerance makes unreachable',
    breakIt: (all) => {
      hpa(all, 'jobs-mails').metrics[0].resource.target.averageUtilization = 350;
      hpa(all, 'jobs-mails').behavior.scaleUp.tolerance = '200m';
    },
    rules: ['HPA-004', 'SCALE-001'],
  },
  {
    what: 'a minimum above the maximum',
    breakIt: (all) => (hpa(all, 'shop-renderer').minReplicas = 9),
    rules: ['HPA-003', 'HPA-007', 'SCALE-001'],
  },
  {
    what: 'an API of the past',
    breakIt: (all) =>
      (find(all, 'HorizontalPodAutoscaler', 'shop-renderer').apiVersion = 'autoscaling/v2beta2'),
    rules: ['HPA-007'],
  },
  {
    what: 'a period of an hour',
    breakIt: (all) => (hpa(all, 'shop-renderer').behavior.scaleUp.policies[0].periodSeconds = 3600),
    rules: ['HPA-007', 'SCALE-001'],
  },
  {
    what: 'a step of nothing',
    breakIt: (all) => (hpa(all, 'shop-renderer').behavior.scaleUp.policies[0].value = 0),
    rules: ['HPA-007', 'SCALE-001'],
  },
  {
    what: 'a window of two hours',
    breakIt: (all) => (hpa(all, 'shop-renderer').behavior.scaleUp.stabilizationWindowSeconds = 7200),
    rules: ['HPA-007', 'SCALE-001'],
  },
  {
    what: 'no policies',
    breakIt: (all) => (hpa(all, 'shop-renderer').behavior.scaleUp.policies = []),
    rules: ['HPA-007', 'SCALE-001'],
  },
  {
    what: 'a resource of a value',
    breakIt: (all) =>
      (hpa(all, 'shop-renderer').metrics[0].resource.target = { type: 'Value', value: '500m' }),
    rules: ['HPA-007', 'SCALE-001'],
  },
  {
    what: 'a DaemonSet that should scale',
    breakIt: (all) => {
      const own = find(all, 'Deployment', 'shop-renderer');
      own.kind = 'DaemonSet';
      // It has neither a strategy nor a deadline.
      delete own.spec.strategy;
      delete own.spec.progressDeadlineSeconds;
      hpa(all, 'shop-renderer').scaleTargetRef.kind = 'DaemonSet';
    },
    rules: ['HPA-007'],
  },
  {
    what: 'an HPA that sleeps',
    breakIt: (all) => (hpa(all, 'shop-renderer').minReplicas = 0),
    rules: ['HPA-003', 'HPA-008'],
  },
  {
    what: 'a tolerance for a cluster that lacks it',
    breakIt: (all) =>
      (find(all, 'HorizontalPodAutoscaler', 'jobs-mails').metadata.annotations[
        'cdk8s-tuned/kubernetes-version'
      ] = '1.34'),
    rules: ['HPA-013'],
  },
  {
    what: 'a web app that sleeps',
    breakIt: (all) => {
      const own = hpa(all, 'shop-web');
      find(all, 'HorizontalPodAutoscaler', 'shop-web').kind = 'ScaledObject';
      find(all, 'ScaledObject', 'shop-web').apiVersion = 'keda.sh/v1alpha1';
      Object.assign(own, {
        minReplicaCount: 0,
        maxReplicaCount: 20,
        metrics: undefined,
        minReplicas: undefined,
        maxReplicas: undefined,
        behavior: undefined,
        triggers: [{ type: 'kafka', metadata: {} }],
      });
    },
    rules: ['HPA-003'],
  },
];
