import { drawSimulations } from '../../lib/report/simulation-svg';
import { sparkline, type WorkloadReport } from '../../lib/report/simulation-text';
import { coordinate, printSvg, svg } from '../../lib/report/svg';
import { readHpa } from '../../lib/scaling/hpa/hpa-spec';
import { parseShape } from '../../lib/scaling/simulator/load-shape';
import { policiesToCompare } from '../../lib/scaling/simulator/policies';
import { reachesMax, secondsToDrain } from '../../lib/scaling/simulator/reach';
import { simulateWithSeries } from '../../lib/scaling/simulator/simulate';
import { modelOf } from '../../lib/scaling/simulator/workload-model';

const SHAPE = parseShape('spike:base=10,peak=90');
const POD = { containers: [{ name: 'app', resources: { requests: { cpu: '100m' } } }] };

function report(workload: string, text = SHAPE): WorkloadReport {
  const own = modelOf(readHpa({ spec: { minReplicas: 2, maxReplicas: 20 } }), POD, { capacityPerPod: 10 });
  const runs = policiesToCompare(own.spec).map(({ id, title, spec }) => {
    const model = { ...own, spec };
    const { verdict, series } = simulateWithSeries(model, text);
    const outcome = { ...verdict, reachesMax: reachesMax(model), secondsToDrain: secondsToDrain(spec) };
    return { policy: id, title, outcome, series };
  });
  return { workload, minReplicas: 2, maxReplicas: 20, capacityPerPod: 10, runs, broken: [], notes: [] };
}

/** Names of elements that are open at the end, or closed out of turn: none in a well-formed text. */
function unbalanced(text: string): string[] {
  const open: string[] = [];
  for (const [, slash, name, empty] of text.matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (empty === '/') continue;
    if (slash === '') open.push(name);
    else if (open.pop() !== name) return [`</${name}>`];
  }
  return open;
}

test('a picture has a panel for each policy, with load, capacity and replicas, and a legend', () => {
  const picture = drawSimulations(SHAPE, [report('web')]);
  for (const title of ['this manifest', 'the guide', 'Kubernetes default', 'cdk8s-plus default'])
    expect(picture).toContain(`>${title}</text>`);
  const drawn = (name: string) => picture.match(new RegExp(`class="${name}"`, 'g'))?.length;
  expect({ load: drawn('load'), capacity: drawn('capacity'), replicas: drawn('replicas') }).toEqual({
    load: 5,
    capacity: 5,
    replicas: 5,
  });
  expect(picture).toContain('requests/s');
  expect(picture).toContain('>pods</text>');
  expect(picture).toContain('10 min');
});

test('it is well-formed and the same every time, whatever the workload is called', () => {
  const hostile = '"><script>alert(1)</script>&\u0000';
  const picture = drawSimulations(SHAPE, [report(hostile), report('web')]);
  expect(unbalanced(picture)).toEqual([]);
  expect(picture).not.toContain('<script');
  expect(picture).not.toContain('\u0000');
  expect(drawSimulations(SHAPE, [report(hostile), report('web')])).toBe(picture);
});

test('a long run is drawn with no more points than can be seen', () => {
  const week = parseShape('diurnal:low=5,high=90,length=168h');
  expect(drawSimulations(week, [report('web', week)]).length).toBeLessThan(200_000);
});

test('coordinates have two digits, no exponent and no negative zero', () => {
  expect([1 / 3, 1e-9, -1e-9, 12, 100.5].map(coordinate)).toEqual(['0.33', '0', '0', '12', '100.5']);
});

test('text and attributes are escaped', () => {
  expect(printSvg(svg('text', { class: 'a"b', x: undefined }, '<&>'))).toBe(
    '<text class="a&quot;b">&lt;&amp;&gt;</text>\n',
  );
});

describe('sparklines', () => {
  test('show the highest of each stretch', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 7)).toBe('▁▂▃▄▅▆▇█');
    const long = sparkline(
      Array.from({ length: 1440 }, (_, index) => (index === 720 ? 9 : 0)),
      9,
    );
    expect(long).toBe(`${'▁'.repeat(36)}█${'▁'.repeat(35)}`);
  });

  test('of nothing are low', () => expect(sparkline([0, 0], 0)).toBe('▁▁'));
});
