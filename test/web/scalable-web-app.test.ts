import { Duration, JsonPatch, Size } from 'cdk8s';
import { Cpu, EnvValue } from 'cdk8s-plus-27';
import {
  ConnectionPool,
  Exposure,
  HealthCheck,
  KubernetesVersion,
  NetworkPeer,
  PodDensity,
  ScalableWebApp,
  type ScalableWebAppProps,
  ScalingPolicy,
  VerticalScaling,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { envOf, find, manifests, newChart } from '../support/synth';

const IMAGE = 'registry.example.com/shop:1.8.2';

function synth(props: Partial<ScalableWebAppProps> = {}, version?: KubernetesVersion) {
  const chart = newChart(version);
  new ScalableWebApp(chart, 'web', { image: IMAGE, ...props });
  return manifests(chart);
}

const podOf = (props: Partial<ScalableWebAppProps> = {}, version?: KubernetesVersion) =>
  find(synth(props, version), 'Deployment').spec.template.spec;

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
    const { ingress, egress } = find(synth(), 'NetworkPolicy').spec;
    expect(ingress).toEqual([]);
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

  test('low density: one replica of 2–4 CPU and 4–8Gi on compute nodes', () => {
    const objects = synth({ density: PodDensity.LOW });
    const pod = find(objects, 'Deployment').spec.template.spec;
    expect(pod.nodeSelector).toEqual({ workload: 'compute' });
    expect(pod.containers[0].resources).toMatchObject({
      requests: { cpu: '2', memory: '4Gi' },
      limits: { cpu: '4', memory: '8Gi' },
    });
    expect(find(objects, 'HorizontalPodAutoscaler').spec.minReplicas).toBe(1);
  });

  test('high density: ten replicas of 100–200m CPU and 256–512Mi on general nodes', () => {
    const objects = synth({ density: PodDensity.HIGH });
    const pod = find(objects, 'Deployment').spec.template.spec;
    expect(pod.nodeSelector).toEqual({ workload: 'general' });
    expect(pod.containers[0].resources).toMatchObject({
      requests: { cpu: '100m', memory: '256Mi' },
      limits: { cpu: '200m', memory: '512Mi' },
    });
    expect(find(objects, 'HorizontalPodAutoscaler').spec.minReplicas).toBe(10);
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

  test('HTTP client and cache settings are the defaults', () => {
    expect(envOf(find(synth(), 'Deployment'))).toEqual({
      HTTP_MAX_CONNECTIONS: '100',
      HTTP_TIMEOUT: '30',
      CACHE_TTL: '3600',
      CACHE_SIZE: '1000',
    });
  });

  test('… and props', () => {
    const objects = synth({
      httpMaxConnections: 7,
      httpTimeout: Duration.seconds(8),
      cacheTtl: Duration.minutes(9),
      cacheSize: 10,
    });
    expect(envOf(find(objects, 'Deployment'))).toEqual({
      HTTP_MAX_CONNECTIONS: '7',
      HTTP_TIMEOUT: '8',
      CACHE_TTL: '540',
      CACHE_SIZE: '10',
    });
  });

  test('autoscaling from 2 to 20 at 70 % CPU and 80 % memory, with its behaviour', () => {
    const profile = WorkloadProfile.of({
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

describe('exposure', () => {
  test('an Ingress has its host and lets its controller in', () => {
    const objects = synth({
      exposure: Exposure.ingress({
        hosts: ['shop.example.com'],
        className: 'nginx',
        tlsSecretName: 'shop-tls',
      }),
    });
    expect(find(objects, 'Ingress').spec).toMatchObject({
      ingressClassName: 'nginx',
      tls: [{ hosts: ['shop.example.com'], secretName: 'shop-tls' }],
      rules: [{ host: 'shop.example.com' }],
    });
    expect(find(objects, 'NetworkPolicy').spec.ingress).toEqual([
      {
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } }],
        ports: [{ port: 8080, protocol: 'TCP' }],
      },
    ]);
  });

  test('an HTTPRoute hangs on its Gateway and lets its data plane in', () => {
    const objects = synth({
      exposure: Exposure.httpRoute({
        gateway: 'public',
        gatewayNamespace: 'gateways',
        hosts: ['shop.example.com'],
      }),
    });
    expect(find(objects, 'HTTPRoute').spec).toMatchObject({
      parentRefs: [{ name: 'public', namespace: 'gateways' }],
      hostnames: ['shop.example.com'],
      rules: [{ backendRefs: [{ name: 'shop-web', port: 80 }] }],
    });
    expect(find(objects, 'NetworkPolicy').spec.ingress[0].from).toEqual([
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gateways' } } },
    ]);
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

describe('what is refused, with path, prop, value and what is allowed', () => {
  test.each<[string, Partial<ScalableWebAppProps>, RegExp]>([
    [
      'a quantity that is not one',
      {
        profile: WorkloadProfile.fromQuantities({
          cpuRequest: '1OOm',
          memoryRequest: '1Gi',
          memoryLimit: '1Gi',
        }),
      },
      /shop\/web: profile\.cpuRequest is "1OOm"; allowed: a CPU quantity/,
    ],
    [
      'a memory of 512m',
      {
        profile: WorkloadProfile.fromQuantities({
          cpuRequest: '1',
          memoryRequest: '512m',
          memoryLimit: '1Gi',
        }),
      },
      /profile\.memoryRequest is "512m"; allowed: a memory quantity/,
    ],
    [
      'a request above its limit',
      {
        profile: WorkloadProfile.fromQuantities({
          cpuRequest: '1',
          memoryRequest: '2Gi',
          memoryLimit: '1Gi',
        }),
      },
      /profile\.memoryRequest is "2Gi"; it is above memoryLimit \(1Gi\)/,
    ],
    [
      'min above max',
      { scaling: ScalingPolicy.cpu({ min: 5, max: 3 }) },
      /scaling\.min is 5; it is above max \(3\); lower min or raise max/,
    ],
    [
      'an autoscaler that cannot move',
      { scaling: ScalingPolicy.cpu({ min: 3, max: 3 }) },
      /scaling\.max is 3; it equals min/,
    ],
    [
      'a target that is never reached',
      {
        profile: WorkloadProfile.WEB_API.withMemory(Size.gibibytes(1)),
        scaling: ScalingPolicy.cpuAndMemory({ memoryPercent: 95 }),
      },
      /scaling\.memoryPercent is 95; the memory limit caps usage .* use at most 90/,
    ],
    [
      'a port out of range',
      { port: 70000 },
      /shop\/web: port is 70000; allowed: a whole number from 1024 to 65535/,
    ],
    ['a privileged port', { port: 80 }, /port is 80; allowed: a whole number from 1024/],
    ['NaN', { servicePort: NaN }, /servicePort is NaN; allowed/],
    ['a name Kubernetes refuses', { name: 'Shop_Web' }, /name is "Shop_Web"; allowed: a DNS label/],
    ['a newline', { instanceTypes: ['c5\nx'] }, /instanceTypes\[0\] is "c5\\nx"; allowed/],
    ['an image without a tag', { image: 'shop' }, /image is "shop"; allowed: an image reference with a tag/],
    [
      'probes that ask the same',
      { liveness: HealthCheck.http('/health/ready') },
      /liveness is "the same question as readiness"/,
    ],
    [
      'a time-out above the period',
      { readiness: HealthCheck.http('/r', { timeout: Duration.seconds(9) }) },
      /readiness\.timeout is "9 s"; allowed: from 1 second to the period of 5 s/,
    ],
    [
      'a startup check that gives up before the start is over',
      {
        startupTime: Duration.seconds(120),
        startup: HealthCheck.http('/up', { period: Duration.seconds(5), failureThreshold: 10 }),
      },
      /startup is "a check that gives up after 50 s"; startupTime is 120 s/,
    ],
    [
      'density beside profile',
      { density: PodDensity.LOW, profile: WorkloadProfile.WEB_API },
      /profile is a WorkloadProfile; density sets it/,
    ],
    [
      'a host that is none',
      { exposure: Exposure.ingress({ hosts: ['shop.example.com; }'] }) },
      /exposure\.hosts\[0\] is "shop.example.com; }"; allowed/,
    ],
    [
      'scratch above the limit',
      { scratchSize: Size.gibibytes(5) },
      /scratchSize is "5Gi"|scratchSize is .*; allowed: from 1Mi to .* \(1Gi\)/,
    ],
  ])('%s', (_, props, message) => {
    expect(() => synth(props)).toThrow(message);
  });

  test('everything at once', () => {
    expect(() => synth({ port: 0, name: 'X', scaling: ScalingPolicy.cpu({ min: 0 }) })).toThrow(
      /name is "X".*\n.*port is 0.*\n.*scaling\.min is 0/,
    );
  });

  test('a variable with two owners', () => {
    expect(() => synth({ env: { CACHE_TTL: EnvValue.fromValue('1') } })).toThrow(
      /CACHE_TTL is "set by env"; a prop of its own sets it too/,
    );
  });

  test('an unlimited pool', () => {
    const web = new ScalableWebApp(newChart(), 'web', { image: IMAGE });
    const other = new ScalableWebApp(newChart(), 'other', { image: IMAGE });
    const target = Object.assign(other, {
      acceptConnection: () => ({ identity: other.networkIdentity, ports: [1], env: {} }),
    });
    expect(() => web.connectTo(target, { pool: ConnectionPool.of({ size: 5, maxOverflow: -1 }) })).toThrow(
      /shop\/web: connectTo\.pool\.maxOverflow is -1; allowed: at least 0; an unlimited pool/,
    );
  });
});
