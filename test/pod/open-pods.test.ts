import { Duration, JsonPatch, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  BackgroundWorker,
  Checklist,
  HealthCheck,
  KubernetesVersion,
  NetworkPeer,
  PodVolume,
  ScalableWebApp,
  type ScalableWebAppProps,
  ScalingPolicy,
  TunedPostgres,
  VerticalScaling,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { evaluate } from '../../lib/checklist/evaluate';
import { FindingSeverity } from '../../lib/finding/finding';
import { Inventory } from '../../lib/inventory/inventory';
import { find, IMAGE, type Manifest, manifests, newChart } from '../support/synth';
import { synth, templateOf } from './web-app';

const SMALL = WorkloadProfile.fromQuantities({
  cpuRequest: '10m',
  cpuLimit: '100m',
  memoryRequest: '32Mi',
  memoryLimit: '64Mi',
});
const SHIPPER = { name: 'logs', image: 'registry.example.com/shipper:1.0.0', profile: SMALL };

const refusal = (props: Partial<ScalableWebAppProps>, version?: KubernetesVersion) => () =>
  synth(props, version);

/** Secrets and ConfigMaps by name, in a chart of their own. */
const secret = (name: string) => kplus.Secret.fromSecretName(newChart(), 'secret', name);
const configMap = (name: string) => kplus.ConfigMap.fromConfigMapName(newChart(), 'config', name);

describe('a private registry, tolerations and nodes', () => {
  test('are props', () => {
    const { spec } = templateOf({
      imagePullSecrets: [secret('regcred')],
      imagePullPolicy: kplus.ImagePullPolicy.ALWAYS,
      tolerations: [
        { key: 'spot' },
        { key: 'pool', value: 'web', effect: kplus.TaintEffect.NO_SCHEDULE },
        { key: 'node.kubernetes.io/unreachable', effect: kplus.TaintEffect.NO_EXECUTE, seconds: 30 },
      ],
      requiredNodes: [
        { label: 'kubernetes.io/arch', values: ['amd64'] },
        { label: 'gpu', not: true },
      ],
      preferredNodes: [{ label: 'disk', values: ['ssd'] }],
      nearTo: [{ podLabels: { app: 'cache' }, topologyKey: 'topology.kubernetes.io/zone' }],
      apartFrom: [{ podLabels: { app: 'batch' }, namespace: 'jobs' }],
      runtimeClassName: 'gvisor',
    });
    expect(spec.imagePullSecrets).toEqual([{ name: 'regcred' }]);
    expect(spec.containers[0].imagePullPolicy).toBe('Always');
    expect(spec.tolerations).toEqual([
      { key: 'spot', operator: 'Exists' },
      { key: 'pool', operator: 'Equal', value: 'web', effect: 'NoSchedule' },
      {
        key: 'node.kubernetes.io/unreachable',
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 30,
      },
    ]);
    expect(spec.affinity.nodeAffinity).toEqual({
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          {
            matchExpressions: [
              { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] },
              { key: 'gpu', operator: 'DoesNotExist' },
            ],
          },
        ],
      },
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 100, preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] } },
      ],
    });
    const [near] = spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution;
    expect(near.podAffinityTerm).toEqual({
      topologyKey: 'topology.kubernetes.io/zone',
      labelSelector: { matchLabels: { app: 'cache' } },
    });
    const apart = spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution;
    expect(apart).toHaveLength(2);
    expect(apart[1].podAffinityTerm.namespaces).toEqual(['jobs']);
    expect(spec.runtimeClassName).toBe('gvisor');
  });

  test.each<[string, Partial<ScalableWebAppProps>, RegExp]>([
    [
      'a value without a key',
      { tolerations: [{ value: 'x' }] },
      /tolerations\[0\]\.key is undefined; a value has a key/,
    ],
    [
      'seconds without NO_EXECUTE',
      { tolerations: [{ seconds: 3 }] },
      /seconds is 3; allowed: only with the effect/,
    ],
    ['a label that is none', { requiredNodes: [{ label: 'a b' }] }, /requiredNodes\[0\]\.label is "a b"/],
    ['no label', { nearTo: [{ podLabels: {} }] }, /nearTo\[0\]\.podLabels/],
  ])('%s is refused', (_, props, message) => {
    expect(refusal(props)).toThrow(message);
  });
});

describe('names, labels and the account', () => {
  test('are props', () => {
    const objects = synth({
      hostAliases: [{ ip: '10.0.0.7', hostnames: ['legacy.example.com'] }],
      dns: { ndots: 2, searches: ['corp.example.com'] },
      podLabels: { team: 'shop' },
      podAnnotations: { 'sidecar.istio.io/inject': 'true' },
      serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/shop' } },
    });
    const { metadata, spec } = find(objects, 'Deployment').spec.template;
    expect(metadata.labels).toMatchObject({ team: 'shop', 'app.kubernetes.io/name': 'shop-web' });
    expect(find(objects, 'Deployment').spec.selector.matchLabels).not.toHaveProperty('team');
    expect(metadata.annotations).toEqual({ 'sidecar.istio.io/inject': 'true' });
    expect(spec.hostAliases).toEqual([{ ip: '10.0.0.7', hostnames: ['legacy.example.com'] }]);
    expect(spec.dnsConfig).toEqual({
      searches: ['corp.example.com'],
      options: [{ name: 'ndots', value: '2' }],
    });
    expect(find(objects, 'ServiceAccount').metadata.annotations).toHaveProperty([
      'eks.amazonaws.com/role-arn',
    ]);
    expect(spec.automountServiceAccountToken).toBe(false);
  });

  test('a token and rights are given with a reason, which the checklist reads', () => {
    const objects = synth({
      serviceAccount: {
        tokenReason: 'it watches its ConfigMap',
        rules: [{ resources: ['configmaps'], verbs: ['get', 'watch'], resourceNames: ['settings'] }],
      },
    });
    const { spec } = find(objects, 'Deployment').spec.template;
    expect(spec.automountServiceAccountToken).toBe(true);
    expect(find(objects, 'Role').rules).toEqual([
      { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'watch'], resourceNames: ['settings'] },
    ]);
    expect(find(objects, 'RoleBinding').subjects).toEqual([
      { kind: 'ServiceAccount', name: 'shop-web', namespace: 'shop' },
    ]);
    const { findings } = evaluate(Inventory.of(objects));
    expect(findings.filter(({ rule, suppressed }) => rule === 'SEC-002' && suppressed === undefined)).toEqual(
      [],
    );
  });

  test.each<[string, Partial<ScalableWebAppProps>, RegExp]>([
    [
      'a label that selects',
      { podLabels: { 'app.kubernetes.io/name': 'x' } },
      /podLabels\.app\.kubernetes\.io\/name .* it selects the pods/,
    ],
    [
      'rules without a reason',
      { serviceAccount: { rules: [{ resources: ['pods'], verbs: ['get'] }] } },
      /tokenReason is undefined; the rules are of no use/,
    ],
    [
      'a wildcard',
      {
        serviceAccount: { tokenReason: 'it does everything', rules: [{ resources: ['*'], verbs: ['get'] }] },
      },
      /rules\[0\]\.resources is "\*"/,
    ],
    ['no address', { hostAliases: [{ ip: 'x', hostnames: ['a.b'] }] }, /hostAliases\[0\]\.ip is "x"/],
    ['too many dots', { dns: { ndots: 16 } }, /dns\.ndots is 16/],
  ])('%s is refused', (_, props, message) => {
    expect(refusal(props)).toThrow(message);
  });
});

describe('volumes', () => {
  test('of every kind that a restricted pod may have', () => {
    const { spec } = templateOf({
      volumes: [
        {
          path: '/etc/rds',
          volume: PodVolume.secret(secret('rds-ca'), { items: { 'ca.crt': 'ca.crt' }, mode: '0440' }),
        },
        { path: '/etc/app/app.toml', volume: PodVolume.configMap(configMap('app')), subPath: 'app.toml' },
        { path: '/var/cache/app', volume: PodVolume.emptyDir({ size: Size.mebibytes(200) }) },
        { path: '/dev/shm', volume: PodVolume.emptyDir({ size: Size.mebibytes(64), inMemory: true }) },
        { path: '/data', volume: PodVolume.claim('uploads') },
        {
          path: '/scratch',
          volume: PodVolume.ephemeral({ size: Size.gibibytes(5), storageClassName: 'fast' }),
        },
        { path: '/var/run/secrets/vault', volume: PodVolume.token({ audience: 'vault' }) },
        {
          path: '/mnt/secrets',
          volume: PodVolume.csi({
            driver: 'secrets-store.csi.k8s.io',
            attributes: { secretProviderClass: 'shop' },
          }),
        },
        {
          path: '/all',
          volume: PodVolume.projected([PodVolume.secret(secret('a')), PodVolume.configMap(configMap('b'))]),
        },
      ],
    });
    const [, ...mounts] = spec.containers[0].volumeMounts;
    const [, ...volumes] = [...spec.volumes].sort((a: Manifest) => (a.name === 'tmp' ? -1 : 0));
    expect(mounts.map(({ mountPath, readOnly }: Manifest) => [mountPath, readOnly])).toEqual([
      ['/etc/rds', true],
      ['/etc/app/app.toml', true],
      ['/var/cache/app', undefined],
      ['/dev/shm', undefined],
      ['/data', undefined],
      ['/scratch', undefined],
      ['/var/run/secrets/vault', true],
      ['/mnt/secrets', true],
      ['/all', true],
    ]);
    expect(mounts.map(({ name }: Manifest) => name)).toEqual(volumes.map(({ name }: Manifest) => name));
    const byName = Object.fromEntries(volumes.map(({ name, ...source }: Manifest) => [name, source]));
    expect(byName['extra-secret'].secret).toEqual({
      secretName: 'rds-ca',
      items: [{ key: 'ca.crt', path: 'ca.crt' }],
      defaultMode: 0o440,
    });
    expect(byName['extra-scratch'].emptyDir).toEqual({ sizeLimit: '200Mi' });
    expect(byName['extra-memory'].emptyDir).toEqual({ medium: 'Memory', sizeLimit: '64Mi' });
    expect(byName['extra-projected'].projected.sources).toEqual([
      { secret: { name: 'a' } },
      { configMap: { name: 'b' } },
    ]);
  });

  test('one that several containers mount is one', () => {
    const shared = PodVolume.emptyDir({ size: Size.mebibytes(50) });
    const { spec } = templateOf({
      volumes: [{ path: '/var/log/app', volume: shared }],
      sidecars: [{ ...SHIPPER, volumes: [{ path: '/logs', volume: shared, readOnly: true }] }],
    });
    expect(spec.volumes.filter(({ emptyDir }: Manifest) => emptyDir?.sizeLimit === '50Mi')).toHaveLength(1);
  });

  test('of cdk8s-plus are taken', () => {
    const chart = newChart();
    const volume = kplus.Volume.fromSecret(chart, 'v', secret('tls'));
    const { spec } = templateOf({ volumes: [{ path: '/tls', volume: PodVolume.fromPlus(volume) }] });
    expect(spec.volumes).toContainEqual(expect.objectContaining({ secret: { secretName: 'tls' } }));
  });

  test.each<[string, () => Partial<ScalableWebAppProps>, RegExp]>([
    [
      'a path of the node',
      () => ({
        volumes: [
          {
            path: '/x',
            volume: PodVolume.fromPlus(kplus.Volume.fromHostPath(newChart(), 'v', 'host', { path: '/' })),
          },
        ],
      }),
      /volumes\[0\]\.volume\.volume is "hostPath"; allowed: configMap, csi/,
    ],
    [
      'what is mounted already',
      () => ({ volumes: [{ path: '/tmp', volume: PodVolume.claim('a') }] }),
      /volumes\[0\]\.path is "\/tmp"; something is mounted there already/,
    ],
    [
      'more disk than the profile has',
      () => ({ volumes: [{ path: '/x', volume: PodVolume.emptyDir({ size: Size.gibibytes(2) }) }] }),
      /volumes is "2112Mi"; with what the construct takes itself; allowed: .*, 1Gi/,
    ],
    [
      'more memory than the container has',
      () => ({
        volumes: [{ path: '/x', volume: PodVolume.emptyDir({ size: Size.mebibytes(300), inMemory: true }) }],
      }),
      /volumes is "300Mi in memory"; allowed: half of the memory limit of 512Mi/,
    ],
    [
      'a way out',
      () => ({ volumes: [{ path: '/a/../b', volume: PodVolume.claim('a') }] }),
      /volumes\[0\]\.path/,
    ],
    [
      'an empty directory in a projection',
      () => ({
        volumes: [
          { path: '/x', volume: PodVolume.projected([PodVolume.emptyDir({ size: Size.mebibytes(1) })]) },
        ],
      }),
      /volumes\[0\] is "scratch"; allowed: configMap, secret and token/,
    ],
  ])('%s is refused', (_, props, message) => {
    expect(() => synth(props())).toThrow(message);
  });
});

describe('sidecars and init containers', () => {
  const props: Partial<ScalableWebAppProps> = {
    sidecars: [
      { ...SHIPPER, ports: [{ name: 'admin', port: 9901 }], liveness: HealthCheck.http('/live') },
      { ...SHIPPER, name: 'late', native: false },
    ],
    initContainers: [{ name: 'migrate', image: IMAGE, profile: SMALL, args: ['migrate'] }],
    scaling: ScalingPolicy.cpu({ min: 2, max: 6 }),
    verticalScaling: VerticalScaling.recommend(),
  };

  test('a native one starts before all others, and is hardened as they are', () => {
    const { spec } = templateOf(props);
    expect(spec.initContainers.map(({ name, restartPolicy }: Manifest) => [name, restartPolicy])).toEqual([
      ['logs', 'Always'],
      ['migrate', undefined],
    ]);
    expect(spec.containers.map(({ name }: Manifest) => name)).toEqual(['web', 'late']);
    for (const container of [...spec.containers, ...spec.initContainers])
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        readOnlyRootFilesystem: true,
      });
    expect(spec.initContainers[0].livenessProbe.httpGet.port).toBe('admin');
  });

  test('an init container has the variables of the program where it asks for them, and its own win', () => {
    const chart = newChart();
    const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(20) });
    const web = new ScalableWebApp(chart, 'web', {
      image: IMAGE,
      env: { LOG_LEVEL: kplus.EnvValue.fromValue('info') },
      initContainers: [
        {
          name: 'migrate',
          image: IMAGE,
          profile: SMALL,
          env: {
            LOG_LEVEL: kplus.EnvValue.fromValue('debug'),
            ADDRESS: kplus.EnvValue.fromValue('$(DB_HOST):$(DB_PORT)'),
          },
          inheritsVariables: true,
        },
        { name: 'other', image: IMAGE, profile: SMALL },
      ],
    });
    web.connectTo(db);
    const objects = manifests(chart);
    const { containers, initContainers } = find(objects, 'Deployment').spec.template.spec;
    const namesOf = ({ env = [] }: Manifest): string[] => env.map(({ name }: Manifest) => name);
    expect(namesOf(initContainers[0])).toEqual(
      expect.arrayContaining([...namesOf(containers[0]), 'ADDRESS']),
    );
    expect(initContainers[0].env).toContainEqual({ name: 'LOG_LEVEL', value: 'debug' });
    expect(namesOf(initContainers[0]).at(-1)).toBe('ADDRESS');
    expect(namesOf(initContainers[1])).toEqual([]);
    const rules = evaluate(Inventory.of(objects)).findings.map(({ rule }) => rule);
    expect(rules.filter((rule) => /^(DB|COR|SEC)-/.test(rule))).toEqual([]);
  });

  test('where the cluster has no native ones they are containers', () => {
    const { spec } = templateOf(props, KubernetesVersion.V1_28);
    expect(spec.containers.map(({ name }: Manifest) => name)).toEqual(['web', 'logs', 'late']);
    expect(spec.containers[1]).not.toHaveProperty('restartPolicy');
  });

  test('the autoscaler measures the container that serves', () => {
    const [metric] = find(synth(props), 'HorizontalPodAutoscaler').spec.metrics;
    expect(metric).toMatchObject({ type: 'ContainerResource', containerResource: { container: 'web' } });
  });

  test('the checklist finds nothing that is worse than without them', () => {
    const open = (objects: readonly Manifest[]) =>
      evaluate(Inventory.of(objects))
        .findings.filter(({ severity }) => severity !== FindingSeverity.INFO)
        .map(({ rule }) => rule);
    const plain = { scaling: props.scaling, verticalScaling: props.verticalScaling };
    expect(open(synth(props))).toEqual(open(synth(plain)));
  });

  test.each<[string, Partial<ScalableWebAppProps>, RegExp]>([
    [
      'the name of the main container',
      { sidecars: [{ ...SHIPPER, name: 'web' }] },
      /sidecars\[0\]\.name is "web"; another container/,
    ],
    [
      'a check without a port',
      { sidecars: [{ ...SHIPPER, readiness: HealthCheck.tcp() }] },
      /sidecars\.?.*readiness is "a check without a port"/,
    ],
    [
      'an image without a tag',
      { initContainers: [{ ...SHIPPER, image: 'x' }] },
      /initContainers\[0\]\.image is "x"/,
    ],
  ])('%s is refused', (_, given, message) => {
    expect(refusal(given)).toThrow(message);
  });
});

describe('variables that refer to others', () => {
  const url = kplus.EnvValue.fromValue('postgres://$(DB_USER):$(DB_PASSWORD)@db');
  const env = (props: Partial<ScalableWebAppProps>) =>
    templateOf(props).spec.containers[0].env.map(({ name }: Manifest) => name);

  test('stand after them, whoever set them', () => {
    const chart = newChart();
    const web = new ScalableWebApp(chart, 'web', { image: IMAGE, env: { DATABASE_URL: url } });
    web.addEnv('DB_USER', kplus.EnvValue.fromValue('app'));
    web.addEnv('DB_PASSWORD', kplus.EnvValue.fromSecretValue({ secret: secret('db'), key: 'password' }));
    const [container] = find(manifests(chart), 'Deployment').spec.template.spec.containers;
    expect(container.env.map(({ name }: Manifest) => name)).toEqual([
      'DB_USER',
      'DB_PASSWORD',
      'DATABASE_URL',
    ]);
  });

  test('arguments hold them too, and what a shell runs stays', () => {
    const { spec } = templateOf({
      command: ['sh', '-c', 'set -e\nexec app --cpus $(nproc)'],
      args: ['--advertise=$(POD_IP):8080', '$$(POD_IP)'],
      env: { POD_IP: kplus.EnvValue.fromFieldRef(kplus.EnvFieldPaths.POD_IP) },
    });
    expect(spec.containers[0].args).toEqual(['--advertise=$(POD_IP):8080', '$$(POD_IP)']);
    expect(spec.containers[0].command[2]).toBe('set -e\nexec app --cpus $$(nproc)');
  });

  test('in their order where none refers to another', () => {
    const value = kplus.EnvValue.fromValue('x');
    expect(env({ env: { B: value, A: value } })).toEqual(['B', 'A']);
  });

  test.each<[string, Partial<ScalableWebAppProps>, RegExp]>([
    [
      'a variable that is not set',
      { env: { URL: url } },
      /^container web: env\.URL refers to \$\(DB_USER\), which is no variable/,
    ],
    ['an argument', { args: ['$(POD_IP)'] }, /args\[0\] refers to \$\(POD_IP\)/],
    [
      'a circle',
      { env: { A: kplus.EnvValue.fromValue('$(B)'), B: kplus.EnvValue.fromValue('$(A)') } },
      /env\.A refers to \$\(B\), which refers back/,
    ],
  ])('%s is told at synth', (_, props, message) => {
    const chart = newChart();
    const web = new ScalableWebApp(chart, 'web', { image: IMAGE, ...props });
    expect(web.node.validate().join('\n')).toMatch(message);
  });

  test('of envFrom may be there', () => {
    const chart = newChart();
    const web = new ScalableWebApp(chart, 'web', {
      image: IMAGE,
      env: { URL: url },
      envFrom: [kplus.Env.fromSecret(secret('db')), kplus.Env.fromConfigMap(configMap('app'), 'APP_')],
    });
    expect(web.node.validate()).toEqual([]);
    expect(find(manifests(chart), 'Deployment').spec.template.spec.containers[0].envFrom).toEqual([
      { secretRef: { name: 'db' } },
      { prefix: 'APP_', configMapRef: { name: 'app' } },
    ]);
  });
});

describe('health checks', () => {
  test('with a query, a host, a port of their own, TLS and gRPC', () => {
    const [container] = templateOf({
      readiness: HealthCheck.http('/v1/sys/health?standbyok=true', {
        headers: { Host: 'shop.example.com' },
        port: 9000,
        https: true,
      }),
      liveness: HealthCheck.grpc({ port: 9090, service: 'shop.v1.Orders' }),
    }).spec.containers;
    expect(container.readinessProbe.httpGet).toEqual({
      path: '/v1/sys/health?standbyok=true',
      port: 9000,
      scheme: 'HTTPS',
      httpHeaders: [{ name: 'Host', value: 'shop.example.com' }],
    });
    expect(container.livenessProbe.grpc).toEqual({ port: 9090, service: 'shop.v1.Orders' });
  });

  test('one question for both where liveness waits longer', () => {
    expect(
      refusal({ readiness: HealthCheck.tcp(), liveness: HealthCheck.tcp({ failureThreshold: 12 }) }),
    ).not.toThrow();
    expect(
      refusal({
        readiness: HealthCheck.tcp(),
        liveness: HealthCheck.tcp({ period: Duration.seconds(5), failureThreshold: 3 }),
      }),
    ).toThrow(/liveness is "the same question as readiness, after 15 s"/);
  });

  test('no liveness, with a reason that the checklist reads', () => {
    const objects = synth({
      readiness: HealthCheck.tcp(),
      liveness: HealthCheck.none('the image offers nothing but its port'),
    });
    const [container] = find(objects, 'Deployment').spec.template.spec.containers;
    expect(container).not.toHaveProperty('livenessProbe');
    expect(container.startupProbe.tcpSocket).toEqual({ port: 'http' });
    const { findings } = evaluate(Inventory.of(objects));
    expect(findings.filter(({ rule, suppressed }) => rule === 'PRB-002' && suppressed === undefined)).toEqual(
      [],
    );
    expect(refusal({ readiness: HealthCheck.none('the image offers nothing') })).toThrow(
      /only liveness can be without/,
    );
    expect(refusal({ liveness: HealthCheck.none('no') })).toThrow(/liveness\.reason is "no"/);
  });
});

describe('further ports', () => {
  test('are ports of the container and of the Service', () => {
    const chart = newChart();
    const web = new ScalableWebApp(chart, 'web', {
      image: IMAGE,
      ports: [
        { name: 'grpc', port: 9090, appProtocol: 'grpc' },
        { name: 'dns', port: 5353, servicePort: 53, protocol: 'UDP' },
      ],
    });
    web.allowFrom(NetworkPeer.namespace('tools'), [9090]);
    const objects = manifests(chart);
    expect(find(objects, 'Service').spec.ports.slice(1)).toEqual([
      { name: 'grpc', port: 9090, targetPort: 'grpc', protocol: 'TCP', appProtocol: 'grpc' },
      { name: 'dns', port: 53, targetPort: 'dns', protocol: 'UDP' },
    ]);
    expect(JSON.stringify(find(objects, 'NetworkPolicy').spec.ingress)).toContain('9090');
  });

  test.each<[string, Partial<ScalableWebAppProps>, RegExp]>([
    [
      'twice the number',
      { ports: [{ name: 'a', port: 8080 }] },
      /ports\[0\]\.port is 8080; another port has it/,
    ],
    ['a name that is taken', { ports: [{ name: 'http', port: 9000 }] }, /ports\[0\]\.name is "http"/],
    [
      'a name that is none',
      { ports: [{ name: 'A', port: 9000 }] },
      /ports\[0\]\.name is "A"; allowed: at most 15/,
    ],
    [
      'a protocol that is none',
      { ports: [{ name: 'a', port: 9000, protocol: 'HTTP' }] },
      /protocol is "HTTP"/,
    ],
  ])('%s is refused', (_, props, message) => {
    expect(refusal(props)).toThrow(message);
  });
});

describe('waiting before the stop', () => {
  test('needs no program of the image', () => {
    const chart = newChart(KubernetesVersion.of(newChart(KubernetesVersion.V1_30)));
    new ScalableWebApp(chart, 'web', { image: 'gcr.io/distroless/static:nonroot' });
    const [container] = find(manifests(chart), 'Deployment').spec.template.spec.containers;
    expect(container.lifecycle.preStop).toEqual({ sleep: { seconds: 10 } });
  });

  test('where the cluster cannot, an image that has none is refused', () => {
    const image = 'gcr.io/distroless/static:nonroot';
    expect(refusal({ image }, KubernetesVersion.V1_29)).toThrow(
      /image is .*; it has no `sleep`.*1\.30 or later/,
    );
    expect(refusal({ image, preStopDelay: Duration.seconds(0) }, KubernetesVersion.V1_29)).not.toThrow();
  });
});

test('a worker has them too', () => {
  const chart = newChart();
  new BackgroundWorker(chart, 'worker', {
    image: IMAGE,
    imagePullSecrets: [secret('regcred')],
    sidecars: [{ ...SHIPPER, native: false }],
    liveness: HealthCheck.command(['/app/ping']),
  });
  const { spec } = find(manifests(chart), 'Deployment').spec.template;
  expect(spec.imagePullSecrets).toEqual([{ name: 'regcred' }]);
  expect(spec.containers).toHaveLength(2);
});

test('what is patched beside props stays', () => {
  const chart = newChart();
  const web = new ScalableWebApp(chart, 'web', { image: IMAGE, podLabels: { a: 'b' } });
  web.deployment.addJsonPatch(JsonPatch.add('/spec/template/spec/schedulerName', 'other'));
  Checklist.ignore(web.deployment, 'HPA-001', 'a test of annotations');
  const { metadata, spec } = find(manifests(chart), 'Deployment');
  expect(spec.template.spec.schedulerName).toBe('other');
  expect(metadata.annotations).toHaveProperty(['cdk8s-tuned/ignore']);
});
