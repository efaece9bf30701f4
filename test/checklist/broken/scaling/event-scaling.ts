/** Triggers of KEDA that never wake a workload, or tell a password. */
import { type Manifest } from '../../../support/synth';
import { type Breakage, spec } from '../breakage';

export const EVENT_SCALING_BREAKAGES: readonly Breakage[] = [
  {
    what: 'CPU that should wake up a workload',
    breakIt: (all) => {
      const own = spec(all, 'ScaledObject', 'jobs-orders');
      own.triggers = own.triggers.filter((trigger: Manifest) => trigger.type === 'cpu');
      delete own.fallback;
    },
    rules: ['HPA-014'],
  },
  {
    what: 'an idle workload of one',
    breakIt: (all) => (spec(all, 'ScaledObject', 'jobs-orders').idleReplicaCount = 1),
    rules: ['HPA-014'],
  },
  {
    what: 'a schedule above the maximum',
    breakIt: (all) => (spec(all, 'ScaledObject', 'jobs-orders').triggers[1].metadata.desiredReplicas = '60'),
    rules: ['HPA-014'],
  },
  {
    what: 'a schedule of six fields',
    breakIt: (all) => (spec(all, 'ScaledObject', 'jobs-orders').triggers[1].metadata.start = '0 0 6 * * *'),
    rules: ['HPA-014'],
  },
  {
    what: 'a fallback above the maximum',
    breakIt: (all) => (spec(all, 'ScaledObject', 'jobs-orders').fallback.replicas = 60),
    rules: ['HPA-014'],
  },
  {
    what: 'a password in a trigger',
    breakIt: (all) =>
      (spec(all, 'ScaledObject', 'jobs-orders').triggers[0].metadata.host =
        'amqp://orders:hunter2@queue.shop.svc:5672/'),
    rules: ['HPA-015'],
  },
];
