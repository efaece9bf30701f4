import { Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import {
  Checklist,
  ControlledValues,
  KubernetesVersion,
  ScalableWebApp,
  ScalingMetric,
  ScalingPolicy,
  VerticalScaling,
} from 'cdk8s-tuned';
import { customResourceValidator } from '../../cluster/schemas';
import { find, IMAGE, type Manifest, manifests, newChart } from '../../support/synth';

function synth(
  verticalScaling: VerticalScaling,
  version = KubernetesVersion.V1_27,
  scaling?: ScalingPolicy,
): Manifest[] {
  const chart = newChart(version);
  new ScalableWebApp(chart, 'web', { image: IMAGE, verticalScaling, scaling });
  return manifests(chart);
}

const vpa = (...args: Parameters<typeof synth>): Manifest => find(synth(...args), 'VerticalPodAutoscaler');

test.each([
  ['recommend', VerticalScaling.recommend(), 'Off'],
  ['initial', VerticalScaling.initial(), 'Initial'],
  ['recreate', VerticalScaling.recreate(), 'Recreate'],
  ['inPlaceOrRecreate', VerticalScaling.inPlaceOrRecreate(), 'InPlaceOrRecreate'],
  ['auto', VerticalScaling.auto(), 'Recreate'],
])('%s', (_, scaling, mode) => {
  expect(vpa(scaling, KubernetesVersion.V1_33).spec.updatePolicy).toEqual({ updateMode: mode });
});

test('the guide’s Auto is rewritten, and the checklist says so', () => {
  const objects = synth(VerticalScaling.auto());
  expect(find(objects, 'VerticalPodAutoscaler').metadata.annotations).toEqual({
    'cdk8s-tuned/rewritten': 'updateMode Auto is now Recreate',
  });
  expect(Checklist.check(objects).filter(({ rule }) => rule === 'VPA-003')).toMatchObject([
    { severity: 'info', name: 'shop-web', measured: 'updateMode Auto is now Recreate' },
  ]);
});

test('resizing running pods names the version that it is meant for', () => {
  expect(vpa(VerticalScaling.inPlaceOrRecreate(), KubernetesVersion.V1_34).metadata.annotations).toEqual({
    'cdk8s-tuned/kubernetes-version': '1.34',
  });
});

test('resizing running pods is refused where cluster or release lacks it', () => {
  expect(() => synth(VerticalScaling.inPlaceOrRecreate({ vpaVersion: '1.4.2' }))).toThrow(
    [
      'shop/web: verticalScaling.mode is "InPlaceOrRecreate"; Kubernetes 1.27 cannot resize running pods; use VerticalScaling.recreate(), or set the target version to 1.33 or later',
      'shop/web: verticalScaling.vpaVersion is "1.4.2"; it does not resize running pods; allowed: 1.5 or later, or VerticalScaling.recreate()',
    ].join('\n'),
  );
});

test('containers are sized in their own way, each apart from what is measured of it', () => {
  const { containerPolicies } = vpa(
    VerticalScaling.recreate({
      maxMemory: Size.gibibytes(2),
      minReplicas: 3,
      containers: {
        web: { minCpu: Cpu.millis(200), controlledValues: ControlledValues.REQUESTS_ONLY },
        'istio-proxy': { enabled: false },
      },
    }),
    KubernetesVersion.V1_27,
    ScalingPolicy.custom({ metrics: [ScalingMetric.containerMemory('web', 80)] }),
  ).spec.resourcePolicy;
  expect(containerPolicies).toEqual([
    { containerName: 'istio-proxy', mode: 'Off' },
    {
      containerName: 'web',
      controlledResources: ['cpu'],
      controlledValues: 'RequestsOnly',
      minAllowed: { cpu: '200m' },
      maxAllowed: { cpu: '2' },
    },
    {
      containerName: '*',
      controlledResources: ['cpu'],
      minAllowed: { cpu: '50m' },
      maxAllowed: { cpu: '2' },
    },
  ]);
});

test('replicas below which nothing is evicted are set', () => {
  expect(vpa(VerticalScaling.recreate({ minReplicas: 1 })).spec.updatePolicy).toEqual({
    updateMode: 'Recreate',
    minReplicas: 1,
  });
});

test('what is emitted is valid by its definition', () => {
  const object = vpa(
    VerticalScaling.inPlaceOrRecreate({
      minReplicas: 2,
      controlledValues: ControlledValues.REQUESTS_AND_LIMITS,
      containers: {
        web: { enabled: true, controlledValues: ControlledValues.REQUESTS_ONLY },
        b: { enabled: false },
      },
    }),
    KubernetesVersion.V1_36,
  );
  expect(customResourceValidator()(object)).toEqual([]);
});

test.each([
  [{ minMemory: Size.gibibytes(8) }, 'verticalScaling.minMemory is "8Gi"; it is above maxMemory (4Gi)'],
  [
    { containers: { web: { maxCpu: Cpu.millis(10) } } },
    'verticalScaling.containers.web.minCpu is "50m"; it is above maxCpu (10m)',
  ],
  [{ containers: { 'a b': {} } }, 'verticalScaling.containers.name is "a b"; allowed: a DNS label'],
  [{ minReplicas: 0 }, 'verticalScaling.minReplicas is 0; allowed: a whole number from 1'],
  [{ vpaVersion: 'latest' }, 'verticalScaling.vpaVersion is "latest"; allowed: a release'],
])('refuses %j', (props, message) => {
  expect(() => synth(VerticalScaling.recreate(props))).toThrow(message);
});
