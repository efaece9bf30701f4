/** Numbers that the API server refuses, or takes although nobody can mean them. */
import { type Breakage, spec, web } from '../breakage';

export const NUMBER_BREAKAGES: readonly Breakage[] = [
  {
    what: 'a port that is none',
    breakIt: (all) => web(all).ports.push({ name: 'debug', containerPort: 99_999 }),
    rules: ['COR-012'],
  },
  {
    what: 'a pod that is killed without a word',
    breakIt: (all) =>
      (spec(all, 'Deployment', 'shop-worker').template.spec.terminationGracePeriodSeconds = 0),
    rules: ['COR-012'],
  },
  {
    what: 'a rollout that fails before its pods can be ready',
    breakIt: (all) => (spec(all, 'Deployment', 'shop-web').minReadySeconds = 900),
    rules: ['COR-012'],
  },
  {
    what: 'a Deployment that never restarts',
    breakIt: (all) => (spec(all, 'Deployment', 'shop-web').template.spec.restartPolicy = 'Never'),
    rules: ['COR-012'],
  },
  {
    what: 'a liveness probe that has to succeed twice',
    breakIt: (all) => (web(all).livenessProbe.successThreshold = 2),
    rules: ['COR-012'],
  },
  {
    what: 'a skew of nothing',
    breakIt: (all) =>
      (spec(all, 'Deployment', 'shop-web').template.spec.topologySpreadConstraints[0].maxSkew = 0),
    rules: ['COR-012'],
  },
  {
    what: 'one topology spread twice',
    breakIt: (all) => {
      const { topologySpreadConstraints: constraints } = spec(all, 'Deployment', 'shop-web').template.spec;
      constraints.push(structuredClone(constraints[0]));
    },
    rules: ['COR-012'],
  },
  {
    what: 'two ports without names',
    breakIt: (all) => spec(all, 'Service', 'shop-web').ports.push({ port: 81, targetPort: 'http' }),
    rules: ['COR-012'],
  },
  {
    what: 'a surge that is no share',
    breakIt: (all) => (spec(all, 'Deployment', 'shop-web').strategy.rollingUpdate.maxSurge = 'some'),
    rules: ['COR-012'],
  },
];
