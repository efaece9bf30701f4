import { surgePods } from '../../lib/pod/rollout-sizing';

test('surge is rounded up, as the Deployment controller does', () => {
  expect([surgePods(20, 25), surgePods(1, 25), surgePods(3, 25), surgePods(10, 100)]).toEqual([5, 1, 1, 10]);
});
