import { Duration, Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import {
  ApplicationSettings,
  Exposure,
  HealthCheck,
  PodDensity,
  ScalingPolicy,
  VerticalScaling,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { envOf, find } from '../support/synth';
import { podOf, synth } from './web-app';

describe("the guide's numbers", () => {
  test.each([
    ['WEB_API', WorkloadProfile.WEB_API, '100m', '500m', '128Mi', '512Mi'],
    ['HEAVY_COMPUTE', WorkloadProfile.HEAVY_COMPUTE, '500m', '2', '512Mi', '2Gi'],
    ['BACKGROUND_JOB', WorkloadProfile.BACKGROUND_JOB, '50m', '200m', '64Mi', '256Mi'],
    ['DATABASE', WorkloadProfile.DATABASE, '500m', '4', '1Gi', '4Gi'],
    ['CACHE', WorkloadProfile.CACHE, '100m', '1', '256Mi', '2Gi'],
  ])('sizing table: %s', (_, profile, cpuRequest, cpuLimit, memoryRequest, memoryLimit) => {
    expect(podOf({ profile }).containers[0].resources).toMatchObject({
      requests: { cpu: cpuRequest, memory: memoryRequest },
      limits: { cpu: cpuLimit, memory: memoryLimit },
    });
  });

  test('every profile bounds ephemeral storage', () => {
    expect(podOf().containers[0].resources).toMatchObject({
      requests: { 'ephemeral-storage': '128Mi' },
      limits: { 'ephemeral-storage': '1Gi' },
    });
  });

  test.each([
    [
      'low density: one replica of 2–4 CPU and 4–8Gi on compute nodes',
      PodDensity.LOW,
      { replicas: 1, workload: 'compute', cpu: ['2', '4'], memory: ['4Gi', '8Gi'] },
    ],
    [
      'high density: ten replicas of 100–200m CPU and 256–512Mi on general nodes',
      PodDensity.HIGH,
      { replicas: 10, workload: 'general', cpu: ['100m', '200m'], memory: ['256Mi', '512Mi'] },
    ],
  ])('%s', (_, density, { replicas, workload, cpu, memory }) => {
    const objects = synth({ density });
    const pod = find(objects, 'Deployment').spec.template.spec;
    expect(pod.nodeSelector).toEqual({ workload });
    expect(pod.containers[0].resources).toMatchObject({
      requests: { cpu: cpu[0], memory: memory[0] },
      limits: { cpu: cpu[1], memory: memory[1] },
    });
    expect(find(objects, 'HorizontalPodAutoscaler').spec.minReplicas).toBe(replicas);
  });

  test.each([
    ['internal: ClusterIP 8080', { servicePort: 8080, exposure: Exposure.clusterIp() }, 'ClusterIP', 8080],
    ['development: NodePort 80', { exposure: Exposure.nodePort() }, 'NodePort', 80],
    ['production: LoadBalancer 80', { exposure: Exposure.loadBalancer() }, 'LoadBalancer', 80],
  ])('%s to the pods’ 8080', (_, props, type, port) => {
    const objects = synth(props);
    expect(find(objects, 'Service').spec).toMatchObject({ type, ports: [{ port, targetPort: 'http' }] });
    expect(find(objects, 'Deployment').spec.template.spec.containers[0].ports).toEqual([
      { name: 'http', containerPort: 8080, protocol: 'TCP' },
    ]);
  });

  test('HTTP client and cache settings, where they are asked for', () => {
    expect(envOf(find(synth(), 'Deployment'))).toEqual({});
    expect(envOf(find(synth({ settings: ApplicationSettings.guide() }), 'Deployment'))).toEqual({
      HTTP_MAX_CONNECTIONS: '100',
      HTTP_TIMEOUT: '30',
      CACHE_TTL: '3600',
      CACHE_SIZE: '1000',
    });
  });

  test('… and other numbers', () => {
    const settings = ApplicationSettings.guide({
      httpMaxConnections: 7,
      httpTimeout: Duration.seconds(8),
      cacheTtl: Duration.minutes(9),
      cacheEntries: 10,
    });
    expect(envOf(find(synth({ settings }), 'Deployment'))).toEqual({
      HTTP_MAX_CONNECTIONS: '7',
      HTTP_TIMEOUT: '8',
      CACHE_TTL: '540',
      CACHE_SIZE: '10',
    });
  });

  test('autoscaling from 2 to 20 at 70 % CPU and 80 % memory, with its behaviour', () => {
    const profile = WorkloadProfile.custom({
      cpuRequest: Cpu.millis(500),
      cpuLimit: Cpu.millis(1000),
      memoryRequest: Size.mebibytes(512),
      memoryLimit: Size.gibibytes(1),
    });
    const objects = synth({
      profile,
      scaling: ScalingPolicy.cpuAndMemory({ min: 2, max: 20, cpuPercent: 70, memoryPercent: 80 }),
    });
    expect(find(objects, 'Deployment').spec.template.spec.containers[0].resources).toMatchObject({
      requests: { cpu: '500m', memory: '512Mi' },
      limits: { cpu: '1', memory: '1Gi' },
    });
    expect(find(objects, 'HorizontalPodAutoscaler').spec).toEqual({
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop-web' },
      minReplicas: 2,
      maxReplicas: 20,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 80 } },
        },
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
        },
      ],
      behavior: {
        scaleDown: {
          stabilizationWindowSeconds: 300,
          policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }],
        },
        scaleUp: {
          stabilizationWindowSeconds: 0,
          policies: [{ type: 'Percent', value: 100, periodSeconds: 30 }],
        },
      },
    });
  });

  test('vertical scaling between 50m/64Mi and 2/4Gi', () => {
    const [policy] = find(synth({ verticalScaling: VerticalScaling.recommend() }), 'VerticalPodAutoscaler')
      .spec.resourcePolicy.containerPolicies;
    expect(policy).toMatchObject({
      containerName: '*',
      minAllowed: { cpu: '50m', memory: '64Mi' },
      maxAllowed: { cpu: '2', memory: '4Gi' },
    });
  });

  test('probes of best practice 2', () => {
    const [container] = podOf({
      readiness: HealthCheck.http('/health/ready', {
        initialDelay: Duration.seconds(10),
        period: Duration.seconds(5),
      }),
      liveness: HealthCheck.http('/health/live', {
        initialDelay: Duration.seconds(30),
        period: Duration.seconds(10),
      }),
    }).containers;
    expect(container.readinessProbe).toMatchObject({ initialDelaySeconds: 10, periodSeconds: 5 });
    expect(container.livenessProbe).toMatchObject({ initialDelaySeconds: 30, periodSeconds: 10 });
  });

  test('node affinity for compute-optimized instances', () => {
    expect(podOf({ instanceTypes: ['c5.xlarge', 'c5.2xlarge'] }).affinity.nodeAffinity).toEqual({
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 100,
          preference: {
            matchExpressions: [
              {
                key: 'node.kubernetes.io/instance-type',
                operator: 'In',
                values: ['c5.xlarge', 'c5.2xlarge'],
              },
            ],
          },
        },
      ],
    });
  });
});
