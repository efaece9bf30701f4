import { Duration, Size } from 'cdk8s';
import { Checks, InvalidPropsError } from '../../lib/finding/checks';
import { BYTES, SECONDS } from '../../lib/units/amounts';

const located = { node: { path: 'prod/shop/web' } };

test('everything that is wrong is said at once, by construct, prop, value and what is allowed', () => {
  const checks = Checks.of(located);
  checks.port('port', 0);
  checks.at('scaling').integer('max', 1.5, 1, 10);
  checks.at('scaling').at('scaleUp').number('percent', NaN, 0, 1);
  checks.text('image', 'a\nb', () => 'an image');
  checks.text('note', 'a\tb');
  checks.oneOf('mode', 'sometimes', ['on', 'off']);
  const thrown = () => checks.throwIfAny();
  expect(thrown).toThrow(InvalidPropsError);
  expect(thrown).toThrow(
    [
      'prod/shop/web: port is 0; allowed: a whole number from 1 to 65535',
      'prod/shop/web: scaling.max is 1.5; allowed: a whole number from 1 to 10',
      'prod/shop/web: scaling.scaleUp.percent is NaN; allowed: a number from 0 to 1',
      'prod/shop/web: image is "a\\nb"; allowed: an image',
      'prod/shop/web: note is "a\\tb"; it holds a control character (a newline, tab, NUL, …); allowed: printable text on one line',
      'prod/shop/web: mode is "sometimes"; allowed: on, off',
    ].join('\n'),
  );
});

describe('an amount', () => {
  test('is its number, for the check that follows', () => {
    const checks = Checks.of(located);
    expect(checks.amount('storage', Size.gibibytes(1), BYTES)).toBe(2 ** 30);
    expect(checks.amount('timeout', Duration.millis(1500), SECONDS)).toBe(1.5);
    expect(checks.amount('storage', undefined, BYTES)).toBeUndefined();
    expect(checks.passed).toBe(true);
  });

  test('that a caller without types gives as a text or a number is refused with how it is made', () => {
    const checks = Checks.of(located);
    const given: Record<string, never> = JSON.parse('{ "storage": "20Gi", "timeout": 30 }');
    expect(checks.amount('storage', given.storage, BYTES)).toBeUndefined();
    checks.amount('timeout', given.timeout, SECONDS);
    checks.requiredAmount('size', undefined, BYTES);
    expect(() => checks.throwIfAny()).toThrow(
      [
        'prod/shop/web: storage is "20Gi"; allowed: a Size such as Size.gibibytes(20)',
        'prod/shop/web: timeout is 30; allowed: a Duration such as Duration.seconds(30)',
        'prod/shop/web: size is undefined; allowed: a Size such as Size.gibibytes(20)',
      ].join('\n'),
    );
  });
});

test('what is left out passes', () => {
  const checks = Checks.of(located);
  checks.port('port', undefined);
  checks.text('image', undefined);
  checks.oneOf('mode', undefined, ['on']);
  expect(checks.passed).toBe(true);
  expect(() => checks.throwIfAny()).not.toThrow();
});

test('a key of the user, which is part of the name, cannot break the line', () => {
  const checks = Checks.of(located);
  checks.at('parameters').fail('a\nprod/other: port', 1, 'allowed: nothing');
  expect(() => checks.throwIfAny()).toThrow(
    'prod/shop/web: "parameters.a\\nprod/other: port" is 1; allowed: nothing',
  );
});

test('a value of the wrong type, as a caller without types gives it, is refused', () => {
  const checks = Checks.of(located);
  checks.text('image', 42 as unknown as string);
  checks.integer('port', '80' as unknown as number, 1, 100);
  expect(() => checks.throwIfAny()).toThrow('image is 42; allowed: text');
  expect(() => checks.throwIfAny()).toThrow('port is "80"; allowed: a whole number');
});

test('what a class of ours makes is refused when it is something else, with how to make it', () => {
  const checks = Checks.of(located);
  checks.fail('image', 'x', 'allowed: y');
  expect(() =>
    checks.made({ mesh: 'istio', profile: {}, peer: null, runtime: undefined }, ['volume']),
  ).toThrow(
    [
      'prod/shop/web: image is "x"; allowed: y',
      'prod/shop/web: mesh is "istio"; allowed: an object such as Mesh.istio()',
      "prod/shop/web: peer is null; allowed: an object such as NetworkPeer.cidr('10.20.0.0/16')",
      'prod/shop/web: profile is an Object; allowed: an object such as WorkloadProfile.WEB_API',
      'prod/shop/web: volume is undefined; allowed: an object such as PodVolume.configMap({ … })',
    ].join('\n'),
  );
  const good = Checks.of(located);
  good.fail('image', 'x', 'allowed: y');
  expect(() => good.made({ mesh: new Date(), other: 'text' })).not.toThrow();
});
