/** Jobs: hooks, and what is given after they were made. */
import type { Chart } from 'cdk8s';
import { EnvValue } from 'cdk8s-plus-27';
import * as tuned from 'cdk8s-tuned';
import { database } from '../job/jobs';
import { IMAGE } from '../support/synth';
import { type Attack, damages, numbers, texts, times } from './attack';
import { CONSTRUCTS } from './constructs';

const locked = (chart: Chart, options: tuned.MigrationLockOptions) =>
  new tuned.MigrationJob(chart, 'migrate', {
    image: IMAGE,
    lock: tuned.MigrationLock.advisory(database(chart), options),
  });

const FACTORIES: Record<string, readonly Attack[]> = {
  'RolloutHook.argoCd': [
    ...numbers((chart, wave) => CONSTRUCTS.MigrationJob(chart, { hook: tuned.RolloutHook.argoCd({ wave }) })),
    ...texts((chart, text) =>
      CONSTRUCTS.MigrationJob(chart, {
        hook: tuned.RolloutHook.argoCd({ phase: text as tuned.ArgoCdPhase }),
      }),
    ),
  ],
  'RolloutHook.helm': numbers((chart, weight) =>
    CONSTRUCTS.MigrationJob(chart, { hook: tuned.RolloutHook.helm({ weight }) }),
  ),
  'MigrationLock.advisory': [
    ...(['key', 'database', 'image'] as const).flatMap((prop) =>
      texts((chart, text) => locked(chart, { [prop]: text })),
    ),
    ...times((chart, waitingTime) => locked(chart, { waitingTime })),
  ],
  addEnv: (['name', 'value'] as const).flatMap((part) =>
    texts((chart, text) =>
      new tuned.MigrationJob(chart, 'migrate', { image: IMAGE }).addEnv(
        part === 'name' ? text : 'NAME',
        EnvValue.fromValue(part === 'value' ? text : 'value'),
      ),
    ),
  ),
  allowTo: [
    ...texts((chart, text) =>
      new tuned.ScheduledJob(chart, 'report', { image: IMAGE, schedule: '@daily' }).allowTo(
        tuned.NetworkPeer.namespace(text),
        [443],
      ),
    ),
    ...numbers((chart, port) =>
      new tuned.MigrationJob(chart, 'migrate', { image: IMAGE }).allowTo(
        tuned.NetworkPeer.cidr('10.0.0.0/8'),
        [port],
      ),
    ),
  ],
};

test.each(Object.entries(FACTORIES))('%s', (_, attacks) => {
  expect(attacks.length).toBeGreaterThan(5);
  expect(damages(attacks)).toEqual([]);
});
