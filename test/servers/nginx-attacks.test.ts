/**
 * Attacks on a cache, each made twice in the same way: on a wrong file, which it harms, and on ours, which it does not. They
 * are in attacks/, and docs/attacks.md tells them; F1 to F16 are the flaws of the guide's configuration as
 * docs/constructs/nginx-caching-proxy.md lists them.
 */
import { ATTACKS, LATER } from './attacks';
import type { Attack } from './attacks/attack';
import { attackedBy } from './attacks/run';

const attacked = attackedBy([...ATTACKS, ...LATER]);
beforeAll(() => attacked.begin());
afterAll(() => attacked.end());

const named = (attacks: readonly Attack[]) =>
  attacks.map((attack) => [attack.family, attack.name, attack] as const);

test.each(named(ATTACKS))('%s, %s: on a wrong file, and on ours', async (_family, _name, attack) => {
  expect(await attacked.finding(attack)).toEqual({ wrong: attack.onWrong, ours: attack.onOurs });
});

test.each(named(LATER))('%s, %s: harms ours too', async (_family, _name, attack) => {
  expect(await attacked.finding(attack)).toEqual({ wrong: attack.onWrong, ours: attack.onWrong });
});
