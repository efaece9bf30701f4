import { surgePods } from '../../lib/inventory/replicas';

test('surge is rounded up, as the Deployment controller does', () => {
  expect([surgePods(20, 25), surgePods(1, 25), surgePods(3, 25), surgePods(10, 100)]).toEqual([5, 1, 1, 10]);
});

test('law: a rollout that takes no pod away has one to begin with, at any size and for any surge', () => {
  const sizes = Array.from({ length: 1000 }, (_, index) => index + 1);
  const shares = Array.from({ length: 100 }, (_, index) => index + 1);
  const stuck = sizes.flatMap((replicas) =>
    shares
      .filter((percent) => surgePods(replicas, percent) < 1)
      .map((percent) => `${percent} % of ${replicas}`),
  );
  expect(stuck).toEqual([]);
});
