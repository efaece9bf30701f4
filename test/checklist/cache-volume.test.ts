import { Size } from 'cdk8s';
import {
  Checklist,
  HttpUpstream,
  NginxCachingProxy,
  type NginxCachingProxyProps,
  ProxyCacheStorage,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { find, manifests, newChart } from '../support/synth';

function objectsOf(props: Partial<NginxCachingProxyProps> = {}) {
  const chart = newChart();
  new NginxCachingProxy(chart, 'edge', {
    hosts: ['shop.example.com'],
    upstream: HttpUpstream.service({ name: 'web' }),
    ...props,
  });
  return manifests(chart);
}
const about = (objects: ReturnType<typeof objectsOf>) =>
  Checklist.check(objects).filter(({ rule }) => ['CAC-005', 'CAC-043'].includes(rule));

test.each<[string, Partial<NginxCachingProxyProps>]>([
  ['the default', {}],
  ['a small cache', { cacheSize: Size.mebibytes(16) }],
  ['a large cache, whose volume need not be half as large again', { cacheSize: Size.gibibytes(20) }],
  [
    'several workers without a CPU limit',
    {
      profile: WorkloadProfile.fromQuantities({
        cpuRequest: '1500m',
        memoryRequest: '1Gi',
        memoryLimit: '2Gi',
      }),
    },
  ],
  [
    'a promise, where the volume has a hard size',
    { cacheStorage: ProxyCacheStorage.ephemeralVolume(), fillRate: Size.mebibytes(1) },
  ],
])('of %s nothing is said: it holds however fast it is filled', (_, props) => {
  const said = about(objectsOf(props)).map(({ rule }) => rule);
  // Of a volume of a StorageClass the rule on the emptyDir speaks; that is another question.
  expect(said.filter((rule) => rule === 'CAC-043')).toEqual([]);
});

test('a rate that is a promise is told, with what would hold', () => {
  const [finding, ...others] = about(
    objectsOf({ cacheSize: Size.gibibytes(20), fillRate: Size.mebibytes(100) }),
  );
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    rule: 'CAC-043',
    severity: 'warning',
    measured: '21480Mi for max_size=20g: room for 100Mi a second',
    expected: '24320Mi: its CPUs fill up to 384Mi a second',
  });
});

test('a cache that is as large as its volume is the error, not the warning', () => {
  const objects = objectsOf();
  const { volumes } = find(objects, 'Deployment').spec.template.spec;
  volumes.find(({ name }: { name: string }) => name === 'cache').emptyDir.sizeLimit = '1Gi';
  expect(about(objects).map(({ rule }) => rule)).toEqual(['CAC-005']);
});
