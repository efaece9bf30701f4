import fc from 'fast-check';
import {
  formatShape,
  lengthOf,
  parseLoadCsv,
  parseSeconds,
  parseShape,
  rateOf,
  SHAPE_NAMES,
  ShapeError,
  shapeOf,
} from '../../../lib/scaling/simulator/load-shape';

const at = (text: string, ...seconds: number[]) => seconds.map(rateOf(parseShape(text)));

test.each([
  ['constant:rate=7', [0, 900], [7, 7]],
  ['ramp:from=10,to=110,start=60,rise=100', [0, 60, 110, 160, 1000], [10, 10, 60, 110, 110]],
  ['ramp:from=10,to=0,rise=0', [59, 60], [10, 0]],
  ['spike:base=10,peak=100,start=60,hold=120', [0, 59, 60, 179, 180, 1000], [10, 10, 100, 100, 10, 10]],
  ['spike:base=0,peak=100,rise=100,hold=100', [60, 110, 160, 259, 260], [0, 50, 100, 100, 0]],
  ['spike:base=1,peak=9,start=0,hold=60,every=5m', [0, 60, 299, 300, 359, 360], [9, 1, 1, 9, 9, 1]],
  ['diurnal:low=10,high=30,period=24h', [0, 21_600, 43_200, 86_400], [10, 20, 30, 10]],
  ['sawtooth:low=0,high=60,period=60', [0, 30, 59, 60, 90], [0, 30, 59, 0, 30]],
  ['points:0=10,60=70,120=70', [0, 30, 60, 90], [10, 40, 70, 70]],
] as const)('%s at %j s', (text, seconds, rates) => {
  expect(at(text, ...seconds)).toEqual(rates.map((rate) => expect.closeTo(rate, 9)));
});

test('points can be asked in any order', () => {
  expect(at('points:0=0,10=10,20=0', 15, 5, 12, 0)).toEqual([5, 5, 8, 0]);
});

test.each([
  ['constant:rate=1', 1800],
  ['ramp:from=0,to=1', 1860],
  ['spike:base=0,peak=1', 1860],
  ['spike:base=0,peak=1,every=20m', 3060],
  ['diurnal:low=0,high=1', 86_400],
  ['sawtooth:low=0,high=1', 3600],
  ['constant:rate=1,length=1h', 3600],
  ['points:0=1,90=1', 90],
])('%s lasts %d s', (text, seconds) => expect(lengthOf(parseShape(text))).toBe(seconds));

test.each([
  ['90', 90],
  ['90s', 90],
  ['1.5m', 90],
  ['2h', 7200],
  ['2d', NaN],
  ['-1', NaN],
  ['', NaN],
])('%j are %d s', (text, seconds) => expect(parseSeconds(text)).toBe(seconds));

test.each([
  [
    'flood:base=1',
    'the shape is "flood:base=1"; allowed: constant, ramp, spike, diurnal, sawtooth or points',
  ],
  ['spike', 'the shape is "spike"'],
  ['spike:base=1', 'spike: peak is NaN; allowed: a number of requests per second from 0 to 1000000000'],
  ['spike:base=1,peak=-2', 'spike: peak is NaN'],
  ['spike:base=1,peak=2,size=3', 'spike: "size=3" is no number of it; allowed: base=, peak=, start='],
  ['spike:base=1,peak=2,length=5', 'spike: length is 5; allowed: a number of seconds from 15 to 604800'],
  ['diurnal:low=1,high=2,period=0', 'diurnal: period is 0; allowed: a number of seconds from 1'],
  ['points:0=1', 'points: points is 1; allowed: from 2 to 10000 points, in order of time'],
  ['points:0=1,0=2', 'points: points[1].seconds is 0; allowed: a number above 0 to 604800'],
  ['points:0=1,60=x', 'points: points[1].requestsPerSecond is NaN'],
  ['points:0=1,10=1', 'points: points is 10; allowed: a last point at 15 s or later'],
])('%j is refused', (text, message) => {
  expect(() => parseShape(text)).toThrow(ShapeError);
  expect(() => parseShape(text)).toThrow(message);
});

describe('CSV', () => {
  test('is seconds and requests per second; names, comments and empty lines are left out', () => {
    const text = '\ufeffseconds,requests_per_second\r\n# measured on Monday\r\n0,10\r\n\r\n60, 250.5\r\n';
    expect(parseLoadCsv(text)).toEqual({
      kind: 'points',
      points: [
        { seconds: 0, requestsPerSecond: 10 },
        { seconds: 60, requestsPerSecond: 250.5 },
      ],
    });
  });

  test.each([
    ['0,1\n60\n', 'line 2 is "60"; allowed: two numbers from 0, such as 60,250.5'],
    ['0,1\n60,2,3\n', 'line 2 is "60,2,3"'],
    ['0,1\n60,-2\n', 'line 2 is "60,-2"'],
    ['seconds,rate\nseconds,rate\n', 'line 2 is "seconds,rate"'],
    ['0;1\n60;2\n', 'line 1 is "0;1"'],
    ['60,1\n0,2\n', 'points[1].seconds is 0; allowed: a number above 60'],
    ['', 'points is 0; allowed: from 2'],
  ])('%j is refused', (text, message) => expect(() => parseLoadCsv(text)).toThrow(message));
});

test('law: the text of a load is read back as the same load', () => {
  const number = fc.double({ min: 0, max: 1e9, noNaN: true, noDefaultInfinity: true }).map(Math.abs);
  const seconds = fc.integer({ min: 1, max: 604_800 });
  const numbers = fc.record({
    ...Object.fromEntries(
      ['rate', 'from', 'to', 'base', 'peak', 'low', 'high'].map((name) => [name, number]),
    ),
    ...Object.fromEntries(['start', 'rise', 'hold', 'every', 'period'].map((name) => [name, seconds])),
    length: fc.integer({ min: 15, max: 604_800 }),
  });
  fc.assert(
    fc.property(fc.constantFrom(...SHAPE_NAMES), numbers, (kind, given) => {
      const shape = shapeOf(kind, given);
      expect(parseShape(formatShape(shape))).toEqual(shape);
    }),
    { seed: 1 },
  );
});
