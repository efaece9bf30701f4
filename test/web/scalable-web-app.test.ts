import { JsonPatch } from 'cdk8s';
import { KubernetesVersion, NetworkPeer, ScalableWebApp, ScalingPolicy, VerticalScaling } from 'cdk8s-tuned';
import { find, IMAGE, manifests, newChart } from '../support/synth';
import { podOf, synth } from './web-app';

describe('one line', () => {
  test('makes a Deployment, its autoscaler, Service, disruption budget, network policy and account', () => {
    expect(synth().map((object) => `${object.apiVersion} ${object.kind} ${object.metadata.name}`)).toEqual([
      'v1 ServiceAccount shop-web',
      'apps/v1 Deployment shop-web',
      'autoscaling/v2 HorizontalPodAutoscaler shop-web',
      'policy/v1 PodDisruptionBudget shop-web',
      'networking.k8s.io/v1 NetworkPolicy shop-web',
      'v1 Service shop-web',
    ]);
  });

  test('writes no replicas, which the autoscaler owns', () => {
    expect(find(synth(), 'Deployment').spec).not.toHaveProperty('replicas');
  });

  test('never drops below capacity in a rollout', () => {
    expect(find(synth(), 'Deployment').spec.strategy.rollingUpdate).toEqual({
      maxSurge: '25%',
      maxUnavailable: 0,
    });
  });

  test('always allows one eviction, also of a pod that is not ready', () => {
    expect(find(synth(), 'PodDisruptionBudget').spec).toMatchObject({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    });
  });

  test('asks three different questions at three different paces', () => {
    const [{ readinessProbe, livenessProbe, startupProbe }] = podOf().containers;
    expect(readinessProbe).toEqual({
      httpGet: { path: '/health/ready', port: 'http' },
      periodSeconds: 5,
      timeoutSeconds: 2,
      failureThreshold: 3,
    });
    expect(livenessProbe).toEqual({
      httpGet: { path: '/health/live', port: 'http' },
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
    });
    expect(startupProbe.periodSeconds * startupProbe.failureThreshold).toBe(60);
  });

  test('keeps serving for 10 seconds and drains for 30 before it is killed', () => {
    const pod = podOf();
    expect(pod.containers[0].lifecycle.preStop).toEqual({ exec: { command: ['sleep', '10'] } });
    expect(pod.terminationGracePeriodSeconds).toBe(45);
  });

  test('uses the sleep action where the cluster has it', () => {
    expect(podOf({}, KubernetesVersion.V1_29).containers[0].lifecycle.preStop).toHaveProperty('exec');
    expect(podOf({}, KubernetesVersion.V1_30).containers[0].lifecycle.preStop).toEqual({
      sleep: { seconds: 10 },
    });
  });

  test('has its own account, without a token', () => {
    expect(find(synth(), 'ServiceAccount').automountServiceAccountToken).toBe(false);
    expect(podOf()).toMatchObject({ serviceAccountName: 'shop-web', automountServiceAccountToken: false });
  });

  test('lets nobody in and only DNS out', () => {
    const { policyTypes, ingress, egress } = find(synth(), 'NetworkPolicy').spec;
    expect(policyTypes).toEqual(['Egress', 'Ingress']);
    expect(ingress).toBeUndefined();
    expect(egress).toEqual([
      {
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      },
    ]);
  });
});

describe('vertical scaling keeps away from what the horizontal one moves', () => {
  test('next to CPU it controls memory only', () => {
    const objects = synth({ scaling: ScalingPolicy.cpu(), verticalScaling: VerticalScaling.recreate() });
    const { updatePolicy, resourcePolicy } = find(objects, 'VerticalPodAutoscaler').spec;
    expect(updatePolicy.updateMode).toBe('Recreate');
    expect(resourcePolicy.containerPolicies[0]).toEqual({
      containerName: '*',
      controlledResources: ['memory'],
      minAllowed: { memory: '64Mi' },
      maxAllowed: { memory: '4Gi' },
    });
  });

  test('next to CPU and memory it is refused', () => {
    expect(() =>
      synth({ scaling: ScalingPolicy.cpuAndMemory(), verticalScaling: VerticalScaling.recreate() }),
    ).toThrow(
      /shop\/web: verticalScaling\.mode is "Recreate"; the HorizontalPodAutoscaler already follows both/,
    );
  });
});

describe('what stays the user’s', () => {
  test('a patch on a child has the last word, also with fields newer than 1.27', () => {
    const chart = newChart();
    const web = new ScalableWebApp(chart, 'web', { image: IMAGE });
    web.deployment.addJsonPatch(JsonPatch.add('/spec/template/spec/hostUsers', false));
    expect(find(manifests(chart), 'Deployment').spec.template.spec.hostUsers).toBe(false);
  });

  test('a name can be pinned', () => {
    const chart = newChart();
    const web = new ScalableWebApp(chart, 'web', { image: IMAGE, name: 'storefront' });
    expect(web.name).toBe('storefront');
    expect(new Set(manifests(chart).map((object) => object.metadata.name))).toEqual(new Set(['storefront']));
  });

  test('egress to what is no construct is declared', () => {
    const chart = newChart();
    new ScalableWebApp(chart, 'web', { image: IMAGE }).allowTo(NetworkPeer.cidr('203.0.113.0/24'), [443]);
    expect(find(manifests(chart), 'NetworkPolicy').spec.egress[1]).toEqual({
      to: [{ ipBlock: { cidr: '203.0.113.0/24' } }],
      ports: [{ port: 443, protocol: 'TCP' }],
    });
  });

  test('two syntheses write the same', () => {
    const chart = newChart();
    new ScalableWebApp(chart, 'web', { image: IMAGE, verticalScaling: VerticalScaling.recommend() });
    expect(manifests(chart)).toEqual(manifests(chart));
  });
});
