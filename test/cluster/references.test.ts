/** Names that one object says and another must have: what `kubectl apply` accepts and a cluster then cannot find. */
import { ENVIRONMENTS as SHOPS } from '../../apps/environments';
import { RDS } from '../../lib/external/instance-connections';
import { allFromDist, ENVIRONMENTS } from '../support/dist';
import type { Manifest } from '../support/synth';

type Labels = Record<string, string>;

const templateOf = ({ spec }: Manifest): Manifest => (spec.jobTemplate ?? { spec }).spec.template;
const podOf = (workload: Manifest) => templateOf(workload).spec;
const podLabelsOf = (workload: Manifest): Labels => templateOf(workload).metadata.labels;
const portsOf = (workload: Manifest): Manifest[] =>
  podOf(workload).containers.flatMap((container: Manifest) => container.ports ?? []);
const matches = (selector: Labels, labels: Labels) =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

describe.each(ENVIRONMENTS)('%s', (environment) => {
  const objects = allFromDist(environment);
  const ofKind = (...kinds: string[]) => objects.filter((object) => kinds.includes(object.kind));
  const workloads = ofKind('Deployment', 'StatefulSet');
  const jobs = ofKind('Job', 'CronJob');
  const { database } = SHOPS.find(({ name }) => name === environment)!;
  const has = (kind: string, name: string) => ofKind(kind).some((object) => object.metadata.name === name);
  const selected = (selector: Labels) =>
    [...workloads, ...jobs].filter((workload) => matches(selector, podLabelsOf(workload)));

  test('no two objects have one name, and all but the namespace are in it', () => {
    const keys = objects.map((object) => `${object.apiVersion} ${object.kind} ${object.metadata.name}`);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
    const [namespace] = ofKind('Namespace');
    const inside = objects.filter((object) => object.kind !== 'Namespace');
    expect(new Set(inside.map((object) => object.metadata.namespace))).toEqual(
      new Set([namespace.metadata.name]),
    );
  });

  test('every selector of an object selects the pods of one workload', () => {
    const selectors = [
      ...ofKind('Service').map((object) => object.spec.selector),
      ...ofKind('PodDisruptionBudget').map((object) => object.spec.selector.matchLabels),
      ...ofKind('NetworkPolicy').map((object) => object.spec.podSelector.matchLabels),
      ...ofKind('PodMonitor').map((object) => object.spec.selector.matchLabels),
      ...workloads.map((workload) => workload.spec.selector.matchLabels),
    ];
    expect(selectors.length).toBeGreaterThan(25);
    expect(selectors.filter((selector) => selected(selector).length !== 1)).toEqual([]);
  });

  test('every workload has a disruption budget, a network policy and an account of its own', () => {
    for (const workload of workloads) {
      const labels = podLabelsOf(workload);
      const budgets = ofKind('PodDisruptionBudget').filter((object) =>
        matches(object.spec.selector.matchLabels, labels),
      );
      const policies = ofKind('NetworkPolicy').filter((object) =>
        matches(object.spec.podSelector.matchLabels, labels),
      );
      const accounts = workloads.filter(
        (other) => podOf(other).serviceAccountName === podOf(workload).serviceAccountName,
      );
      expect([budgets.length, policies.length, accounts.length]).toEqual([1, 1, 1]);
      expect(has('ServiceAccount', podOf(workload).serviceAccountName)).toBe(true);
    }
  });

  test('autoscalers target workloads that are there, and those write no replicas', () => {
    const targets = [
      ...ofKind('HorizontalPodAutoscaler').map((object) => object.spec.scaleTargetRef),
      ...ofKind('VerticalPodAutoscaler').map((object) => object.spec.targetRef),
    ];
    expect(targets.filter(({ kind, name }) => !has(kind, name))).toEqual([]);
    const scaled = ofKind('HorizontalPodAutoscaler').map((object) => object.spec.scaleTargetRef.name);
    const writing = workloads
      .filter((workload) => 'replicas' in workload.spec)
      .map((workload) => workload.metadata.name);
    expect(scaled.filter((name) => writing.includes(name))).toEqual([]);
  });

  test('a vertical autoscaler moves nothing that a horizontal one measures', () => {
    for (const vertical of ofKind('VerticalPodAutoscaler')) {
      if (vertical.spec.updatePolicy.updateMode === 'Off') continue;
      const measured = ofKind('HorizontalPodAutoscaler')
        .filter((object) => object.spec.scaleTargetRef.name === vertical.spec.targetRef.name)
        .flatMap((object) => object.spec.metrics.map((metric: Manifest) => metric.resource.name));
      const moved = vertical.spec.resourcePolicy.containerPolicies.flatMap(
        (policy: Manifest) => policy.controlledResources,
      );
      expect(moved.filter((name: string) => measured.includes(name))).toEqual([]);
    }
  });

  test('every port that is named is a port of a container', () => {
    for (const service of ofKind('Service')) {
      const names = portsOf(selected(service.spec.selector)[0]).map((port) => port.name);
      expect(names).toEqual(
        expect.arrayContaining(service.spec.ports.map((port: Manifest) => port.targetPort)),
      );
    }
    for (const monitor of ofKind('PodMonitor')) {
      const names = portsOf(selected(monitor.spec.selector.matchLabels)[0]).map((port) => port.name);
      expect(names).toEqual(
        expect.arrayContaining(monitor.spec.podMetricsEndpoints.map((one: Manifest) => one.port)),
      );
    }
    for (const monitor of ofKind('ServiceMonitor')) {
      const services = ofKind('Service').filter((object) =>
        matches(monitor.spec.selector.matchLabels, object.metadata.labels),
      );
      expect(services).toHaveLength(1);
      const names = services[0].spec.ports.map((port: Manifest) => port.name);
      expect(names).toEqual(expect.arrayContaining(monitor.spec.endpoints.map((one: Manifest) => one.port)));
    }
    for (const workload of workloads) {
      for (const container of podOf(workload).containers) {
        const own = (container.ports ?? []).map((port: Manifest) => port.name);
        const probes = ['readinessProbe', 'livenessProbe', 'startupProbe'].map((name) => container[name]);
        const asked = probes.flatMap((probe) => (probe?.httpGet ? [probe.httpGet.port] : []));
        expect(own).toEqual(expect.arrayContaining(asked));
      }
    }
  });

  test('every volume is mounted, every mount has a volume, and every ConfigMap its keys', () => {
    for (const workload of workloads) {
      const pod = podOf(workload);
      const volumes = [
        ...(pod.volumes ?? []).map((volume: Manifest) => volume.name),
        ...(workload.spec.volumeClaimTemplates ?? []).map((claim: Manifest) => claim.metadata.name),
      ];
      const mounts = pod.containers.flatMap((container: Manifest) =>
        (container.volumeMounts ?? []).map((mount: Manifest) => mount.name),
      );
      expect([...new Set(mounts)].sort()).toEqual([...volumes].sort());
      for (const { configMap } of pod.volumes ?? []) {
        if (!configMap) continue;
        const [found] = ofKind('ConfigMap').filter((object) => object.metadata.name === configMap.name);
        const keys = (configMap.items ?? []).map((item: Manifest) => item.key);
        expect(Object.keys(found.data)).toEqual(expect.arrayContaining(keys));
      }
    }
  });

  test('routes lead to a port of a Service, StatefulSets to a headless one', () => {
    const service = (name: string) => ofKind('Service').find((object) => object.metadata.name === name);
    for (const route of ofKind('HTTPRoute')) {
      const [{ name, port }] = route.spec.rules[0].backendRefs;
      expect(service(name).spec.ports.map((one: Manifest) => one.port)).toContain(port);
    }
    for (const ingress of ofKind('Ingress')) {
      const { name, port } = ingress.spec.rules[0].http.paths[0].backend.service;
      expect(service(name).spec.ports.map((one: Manifest) => one.name)).toContain(port.name);
    }
    for (const set of ofKind('StatefulSet'))
      expect(service(set.spec.serviceName).spec.clusterIP).toBe('None');
  });

  test('what one network policy lets out, another lets in', () => {
    const policies = ofKind('NetworkPolicy');
    const admits = (policy: Manifest, labels: Labels, port: number) =>
      policy.spec.ingress.some(
        (rule: Manifest) =>
          rule.ports.some((one: Manifest) => one.port === port) &&
          (!rule.from ||
            rule.from.some(
              (peer: Manifest) => peer.podSelector && matches(peer.podSelector.matchLabels, labels),
            )),
      );
    let looked = 0;
    for (const policy of policies) {
      const from = policy.spec.podSelector.matchLabels;
      for (const rule of policy.spec.egress) {
        // What is outside of the cluster has no policy.
        for (const peer of (rule.to ?? []).filter(({ ipBlock }: Manifest) => !ipBlock)) {
          const target = policies.find((other) =>
            matches(peer.podSelector.matchLabels, other.spec.podSelector.matchLabels),
          );
          for (const { port } of rule.ports) {
            looked += 1;
            expect(admits(target, from, port)).toBe(true);
          }
        }
      }
    }
    // Of the web app, the worker and two jobs to a database of ours; three to the cache, one to the sessions, one to the web app.
    expect(looked).toBe(database.kind === 'own' ? 4 + 5 : 5);
  });

  test('every host that a workload is told is a Service, and its port one of it', () => {
    const services = new Map(ofKind('Service').map((object) => [object.metadata.name, object]));
    const told = [...workloads, ...jobs].flatMap((workload) => {
      const env = new Map<string, string>(
        podOf(workload).containers.flatMap((container: Manifest) =>
          (container.env ?? []).map((one: Manifest) => [one.name, one.value]),
        ),
      );
      return ['DB', 'CACHE'].flatMap((prefix) =>
        env.has(`${prefix}_HOST`)
          ? [[env.get(`${prefix}_HOST`) ?? '', Number(env.get(`${prefix}_PORT`))] as const]
          : [],
      );
    });
    expect(told).toHaveLength(7);
    const inside = told.filter(([host]) => database.kind === 'own' || host !== database.host);
    expect(inside).toHaveLength(database.kind === 'own' ? 7 : 3);
    for (const [host, port] of inside) {
      expect(services.get(host)?.spec.ports.map((one: Manifest) => one.port)).toContain(port);
    }
  });

  test('the pools of all pods at their largest number fit the connections of the database', () => {
    const configMap = objects.find((object) => object.kind === 'ConfigMap' && object.data['postgresql.conf']);
    const setting = (name: string) =>
      Number(new RegExp(`^${name} = (\\d+)$`, 'm').exec(configMap.data['postgresql.conf'])?.[1]);
    const { maxConnections, reserved } =
      database.kind === 'managed'
        ? RDS.connectionsOf(database.instanceClass)
        : {
            maxConnections: setting('max_connections'),
            reserved: setting('superuser_reserved_connections'),
          };
    const pooled = (workload: Manifest) => {
      const env = new Map<string, string>(
        (podOf(workload).containers[0].env ?? []).map((one: Manifest) => [one.name, one.value]),
      );
      return Number(env.get('DB_POOL_SIZE') ?? 0) + Number(env.get('DB_MAX_OVERFLOW') ?? 0);
    };
    let drawn = jobs.reduce((sum, job) => sum + pooled(job), 0);
    expect(drawn).toBe(3);
    for (const workload of workloads.filter((one) => one.kind === 'Deployment' && pooled(one) > 0)) {
      const scaler = ofKind('HorizontalPodAutoscaler').find(
        (object) => object.spec.scaleTargetRef.name === workload.metadata.name,
      );
      const surge = Math.ceil(
        (scaler.spec.maxReplicas * parseInt(workload.spec.strategy.rollingUpdate.maxSurge, 10)) / 100,
      );
      drawn += (scaler.spec.maxReplicas + surge) * pooled(workload);
    }
    expect(drawn).toBeGreaterThan(3);
    expect(drawn).toBeLessThanOrEqual(maxConnections - reserved - 8);
  });
});
