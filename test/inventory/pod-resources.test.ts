import { measuredResources, podResources } from '../../lib/inventory/pod-resources';

describe('what a metric measures', () => {
  const container = (name: string, requests?: object, limits?: object) => ({
    name,
    resources: { requests, limits },
  });
  test.each([
    [
      'the sum of the containers',
      {
        containers: [
          container('a', { cpu: '100m' }, { cpu: '1' }),
          container('b', { cpu: '50m' }, { cpu: 2 }),
        ],
      },
      { request: 150, limit: 3000 },
    ],
    [
      'no limit when one has none',
      { containers: [container('a', { cpu: '100m' }, { cpu: '1' }), container('b', { cpu: '50m' })] },
      { request: 150, limit: undefined },
    ],
    [
      'a limit stands for a request',
      { containers: [container('a', undefined, { cpu: '1' })] },
      { request: 1000, limit: 1000 },
    ],
    [
      'sidecars take part, other init containers do not',
      {
        containers: [container('a', { cpu: '100m' })],
        initContainers: [
          { ...container('s', { cpu: '10m' }), restartPolicy: 'Always' },
          container('i', { cpu: '9' }),
        ],
      },
      { request: 110, limit: undefined },
    ],
    [
      'a request of the pod counts first',
      { resources: { requests: { cpu: '1' }, limits: { cpu: '2' } }, containers: [container('a')] },
      { request: 1000, limit: 2000 },
    ],
    [
      'one without a request',
      { containers: [container('a', {})] },
      { error: 'missing request for cpu in container a of Pod', lacking: ['a'] },
    ],
  ])('%s', (_, pod, expected) => expect(measuredResources(podResources(pod), 'cpu')).toEqual(expected));

  test('of one container', () => {
    const pod = {
      resources: { requests: { cpu: '9' } },
      containers: [container('a', { cpu: '100m' }), container('b')],
    };
    expect(measuredResources(podResources(pod), 'cpu', 'a')).toEqual({ request: 100, limit: undefined });
    expect(measuredResources(podResources(pod), 'cpu', 'c')).toEqual({
      error: 'container c not found in Pod',
      lacking: [],
    });
  });
});
