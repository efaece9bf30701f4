import { BackgroundWorker, type BackgroundWorkerProps, HealthCheck, WorkloadProfile } from 'cdk8s-tuned';
import { find, manifests, newChart } from '../support/synth';

const IMAGE = 'registry.example.com/worker:1.8.2';

function synth(props: Partial<BackgroundWorkerProps> = {}) {
  const chart = newChart();
  new BackgroundWorker(chart, 'worker', { image: IMAGE, ...props });
  return manifests(chart);
}

test('has everything a web app has, but no Service and no probes over HTTP', () => {
  const objects = synth();
  expect(objects.map((object) => object.kind)).toEqual([
    'ServiceAccount',
    'Deployment',
    'HorizontalPodAutoscaler',
    'PodDisruptionBudget',
    'NetworkPolicy',
  ]);
  const [container] = find(objects, 'Deployment').spec.template.spec.containers;
  expect(Object.keys(container)).not.toEqual(
    expect.arrayContaining(['readinessProbe', 'livenessProbe', 'lifecycle']),
  );
});

test('takes the job profile, or the compute profile', () => {
  const requests = (props?: Partial<BackgroundWorkerProps>) =>
    find(synth(props), 'Deployment').spec.template.spec.containers[0].resources.requests;
  expect(requests()).toMatchObject({ cpu: '50m', memory: '64Mi' });
  expect(requests({ profile: WorkloadProfile.HEAVY_COMPUTE })).toMatchObject({
    cpu: '500m',
    memory: '512Mi',
  });
});

test('lets a job of 60 seconds finish', () => {
  expect(find(synth(), 'Deployment').spec.template.spec.terminationGracePeriodSeconds).toBe(65);
});

test('is restarted when its liveness command keeps failing', () => {
  const objects = synth({ liveness: HealthCheck.command(['/app/worker', 'ping']) });
  expect(find(objects, 'Deployment').spec.template.spec.containers[0].livenessProbe).toEqual({
    exec: { command: ['/app/worker', 'ping'] },
    periodSeconds: 10,
    timeoutSeconds: 5,
    failureThreshold: 6,
  });
});

test('is not ready until its liveness command first succeeds, so that CPU of its start is not taken for load', () => {
  const objects = synth({ liveness: HealthCheck.command(['/app/worker', 'ping']) });
  expect(find(objects, 'Deployment').spec.template.spec.containers[0].startupProbe).toEqual({
    exec: { command: ['/app/worker', 'ping'] },
    periodSeconds: 2,
    timeoutSeconds: 2,
    failureThreshold: 30,
  });
});

test('refuses a check over the network, which a worker cannot answer', () => {
  expect(() => synth({ liveness: HealthCheck.http('/live') })).toThrow(
    /shop\/worker: liveness is "a check over the network"; .*HealthCheck\.command/,
  );
});
