/** The attacks that take time or many visitors, beside those of nginx-attacks.test.ts. */
import { ATTACKS, ATTACKS_IN_TIME, LATER } from './attacks';
import { attackedBy } from './attacks/run';

const attacked = attackedBy(ATTACKS_IN_TIME);
beforeAll(() => attacked.begin());
afterAll(() => attacked.end());

test.each(ATTACKS_IN_TIME.map((attack) => [attack.family, attack.name, attack] as const))(
  '%s, %s: on a wrong file, and on ours',
  async (_family, _name, attack) => {
    expect(await attacked.finding(attack)).toEqual({ wrong: attack.onWrong, ours: attack.onOurs });
  },
);

test('no two attacks have the same name', () => {
  const names = [...ATTACKS, ...ATTACKS_IN_TIME, ...LATER].map(({ family, name }) => `${family}: ${name}`);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
