import { nearestName } from '../../lib/units/nearest';

const FIELDS = ['image', 'imagePullPolicy', 'ports', 'resources'];

test.each([
  ['imagePullPolice', 'imagePullPolicy'],
  ['IMAGE', 'image'],
  ['port', 'ports'],
  ['resorces', 'resources'],
  ['envFrom', undefined],
  ['', undefined],
])('%j may have been meant to be %j', (name, meant) => {
  expect(nearestName(name, FIELDS)).toBe(meant);
});

test('the first of several as near', () => {
  expect(nearestName('cat', ['bat', 'rat'])).toBe('bat');
  expect(nearestName('cat', ['bat', 'cat'])).toBe('cat');
});
