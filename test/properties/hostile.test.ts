/**
 * Every prop of every construct against one corpus of nasty values: what comes out is a clear error that names the
 * construct, or manifests that say exactly what was given.
 *
 * The props are read from the compiled assembly, so that a new one is tested without being listed here.
 */
import { readFileSync } from 'fs';
import { join } from 'path';
import type { Chart } from 'cdk8s';
import { Duration, Size, Yaml } from 'cdk8s';
import { Cpu, EnvValue, Secret } from 'cdk8s-plus-27';
import * as tuned from 'cdk8s-tuned';
import { parseAllDocuments } from 'yaml';
import { ROOT } from '../project/snippets';
import { manifests, newChart } from '../support/synth';
import { NASTY_NUMBERS, NASTY_STRINGS } from './corpus';

interface TypeReference {
  readonly primitive?: string;
  readonly fqn?: string;
  readonly collection?: { readonly kind: 'array' | 'map'; readonly elementtype: TypeReference };
}
interface Property {
  readonly name: string;
  readonly type: TypeReference;
}
interface Type {
  readonly kind: string;
  readonly datatype?: boolean;
  readonly properties?: readonly Property[];
  readonly interfaces?: readonly string[];
}

const assembly = JSON.parse(readFileSync(join(ROOT, '.jsii'), 'utf8')) as { types: Record<string, Type> };
const IMAGE = 'registry.example.com/shop:1.8.2';

/** Properties of a struct and of those that it extends. */
function propertiesOf(name: string): readonly Property[] {
  const type = assembly.types[`cdk8s-tuned.${name}`];
  const inherited = (type.interfaces ?? []).flatMap((fqn) => propertiesOf(fqn.replace('cdk8s-tuned.', '')));
  return [...(type.properties ?? []), ...inherited];
}

const sizes = () => NASTY_NUMBERS.flatMap((amount) => attempt(() => Size.mebibytes(amount)));
const durations = () => NASTY_NUMBERS.flatMap((amount) => attempt(() => Duration.seconds(amount)));
const cpus = () => NASTY_NUMBERS.flatMap((amount) => attempt(() => Cpu.millis(amount)));

/** Some values cdk8s refuses itself, when they are made. */
function attempt<T>(make: () => T): T[] {
  try {
    return [make()];
  } catch {
    return [];
  }
}

/** Nasty values of a type; none for what is tested on its own below. */
function nasty(type: TypeReference): unknown[] {
  if (type.primitive === 'string') return [...NASTY_STRINGS];
  if (type.primitive === 'number') return [...NASTY_NUMBERS];
  if (type.fqn === 'cdk8s.Size') return sizes();
  if (type.fqn === 'cdk8s.Duration') return durations();
  if (type.fqn === 'cdk8s-plus-27.Cpu') return cpus();
  if (type.fqn === 'cdk8s-plus-27.EnvValue') return NASTY_STRINGS.map((text) => EnvValue.fromValue(text));
  const struct = type.fqn?.startsWith('cdk8s-tuned.') ? assembly.types[type.fqn] : undefined;
  if (struct?.kind === 'enum') return [...NASTY_STRINGS];
  if (type.collection?.kind === 'array')
    return [[], ...nasty(type.collection.elementtype).map((value) => [value])];
  if (type.collection?.kind === 'map') {
    const [good = 'a'] = nasty(type.collection.elementtype);
    return [
      ...nasty(type.collection.elementtype).map((value) => ({ KEY: value })),
      ...NASTY_STRINGS.map((key) => ({ [key]: good })),
    ];
  }
  return [];
}

/** One hostile program: it makes something in a chart. */
interface Attack {
  readonly what: string;
  readonly run: (chart: Chart) => void;
}

/** What came of an attack that should not have: undefined when it was refused clearly, or when nothing was lost. */
function damage({ what, run }: Attack): string | undefined {
  const chart = newChart();
  let objects: unknown[];
  try {
    run(chart);
    objects = manifests(chart);
  } catch (error) {
    const { message } = error as Error;
    const clear =
      /^((Validation failed with the following errors:\n +\[)?"?shop\/.*?(\]|:) |KubernetesVersion\.of: )/.test(
        message,
      );
    const lines = message.split('\n').length;
    // One line per problem: nothing of the value continues on the next.
    return clear && lines < 12 ? undefined : `${what}: ${message.slice(0, 300)}`;
  }
  const read = parseAllDocuments(Yaml.stringify(...objects)).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS() as unknown;
  });
  return JSON.stringify(read) === JSON.stringify(objects) ? undefined : `${what}: lost in YAML`;
}

function damages(attacks: readonly Attack[]): string[] {
  return attacks.flatMap((attack) => damage(attack) ?? []);
}

const show = (value: unknown) => (typeof value === 'number' ? `${value}` : JSON.stringify(value));

const INDEX = { table: 'users', column: 'name', match: tuned.IndexMatch.EQUALITY };

/** Each construct with props that are good, and how it is made. */
const CONSTRUCTS: Record<string, (chart: Chart, props: Record<string, unknown>) => void> = {
  ScalableWebApp: (chart, props) => new tuned.ScalableWebApp(chart, 'web', { image: IMAGE, ...props }),
  BackgroundWorker: (chart, props) => new tuned.BackgroundWorker(chart, 'worker', { image: IMAGE, ...props }),
  TunedPostgres: (chart, props) =>
    new tuned.TunedPostgres(chart, 'db', { storage: Size.gibibytes(100), ...props }),
  PostgresIndexJob: (chart, props) =>
    new tuned.TunedPostgres(chart, 'db', { storage: Size.gibibytes(100), indexJob: props }).addIndex(INDEX),
  PostgresPooler: (chart, props) =>
    new tuned.TunedPostgres(chart, 'db', { storage: Size.gibibytes(100) }).addPooler(props),
  CacheRedis: (chart, props) => new tuned.CacheRedis(chart, 'cache', props),
  NginxCachingProxy: (chart, props) =>
    new tuned.NginxCachingProxy(chart, 'edge', {
      backend: new tuned.ScalableWebApp(chart, 'web', { image: IMAGE }),
      ...props,
    }),
  PerformanceMonitoring: (chart, props) =>
    new tuned.PerformanceMonitoring(chart, 'perf', {
      watch: [new tuned.ScalableWebApp(chart, 'web', { image: IMAGE })],
      ...props,
    }),
};

test('every construct of the library is here', () => {
  const constructs = Object.entries(assembly.types)
    .filter(([, type]) =>
      (type as Type & { base?: string }).base?.match(/^(constructs\.Construct|cdk8s-tuned\.)/),
    )
    .map(([fqn]) => fqn.replace('cdk8s-tuned.', ''));
  expect(Object.keys(CONSTRUCTS).sort()).toEqual(
    expect.arrayContaining(constructs.filter((name) => name !== 'Workload').sort()),
  );
});

describe.each(Object.entries(CONSTRUCTS))('%s', (name, make) => {
  const attacked = propertiesOf(`${name}Props`)
    .map((property) => [property.name, nasty(property.type)] as const)
    .filter(([, values]) => values.length > 0);

  test.each(attacked)('%s', (property, values) => {
    const attacks = values.map((value) => ({
      what: `${property} = ${show(value)}`,
      run: (chart: Chart) => make(chart, { [property]: value }),
    }));
    expect(damages(attacks)).toEqual([]);
  });
});

/** Values that are made by factories, in the prop where they end. */
const web = (chart: Chart, props: Partial<tuned.ScalableWebAppProps>) =>
  new tuned.ScalableWebApp(chart, 'web', { image: IMAGE, ...props });
const texts = (use: (chart: Chart, text: string) => unknown) =>
  NASTY_STRINGS.map((text) => ({ what: JSON.stringify(text), run: (chart: Chart) => void use(chart, text) }));
const numbers = (use: (chart: Chart, value: number) => unknown) =>
  NASTY_NUMBERS.map((value) => ({ what: String(value), run: (chart: Chart) => void use(chart, value) }));
const times = (use: (chart: Chart, value: Duration) => unknown) =>
  durations().map((value) => ({
    what: value.toHumanString(),
    run: (chart: Chart) => void use(chart, value),
  }));

const point = (seconds: number, requestsPerSecond: number) => ({
  at: Duration.seconds(seconds),
  requestsPerSecond,
});

const QUANTITIES = { cpuRequest: '1', memoryRequest: '1Gi', memoryLimit: '1Gi' };
const MINUTE = Duration.minutes(1);

const LOGIN = tuned.TriggerAuthentication.named('login');
const SCHEDULE = { timeZone: 'Etc/UTC', start: '0 6 * * *', end: '0 20 * * *', replicas: 5 };
const QUEUE = { queue: 'orders', messagesPerReplica: 5, authentication: LOGIN };
const LIST = { host: 'cache.shop', list: 'jobs', itemsPerReplica: 5 };
const PROMQL = { server: 'http://prometheus.monitoring:9090', query: 'up', threshold: 1 };
const SQL = {
  host: 'db.shop',
  database: 'shop',
  user: 'keda',
  query: 'SELECT 1',
  valuePerReplica: 1,
  authentication: LOGIN,
};
const scaleOn = (chart: Chart, metric: tuned.ScalingMetric) =>
  void web(chart, { scaling: tuned.ScalingPolicy.of({ metrics: [metric] }) });
const triggered = (
  chart: Chart,
  props: Partial<tuned.EventScalingProps>,
  trigger = tuned.ScalingTrigger.redisList(LIST),
) => web(chart, { scaling: tuned.ScalingPolicy.events({ triggers: [trigger], ...props }) });
const logsIn = (chart: Chart, authentication: tuned.TriggerAuthentication) =>
  triggered(chart, {}, tuned.ScalingTrigger.redisList({ ...LIST, authentication }));

const FACTORIES: Record<string, readonly Attack[]> = {
  'construct id': texts(
    (chart, id) => new tuned.ScalableWebApp(chart, `x${id}`.replaceAll('/', ''), { image: IMAGE }),
  ),
  'KubernetesVersion.of': texts((chart, text) => tuned.KubernetesVersion.of(text).applyTo(chart)),
  'WorkloadProfile.fromQuantities': Object.keys({
    ...QUANTITIES,
    cpuLimit: '',
    ephemeralStorageRequest: '',
    ephemeralStorageLimit: '',
  }).flatMap((key) =>
    texts((chart, text) =>
      web(chart, { profile: tuned.WorkloadProfile.fromQuantities({ ...QUANTITIES, [key]: text }) }),
    ),
  ),
  'WorkloadProfile.withMemory': sizes().map((size) => ({
    what: 'size',
    run: (chart) => void web(chart, { profile: tuned.WorkloadProfile.WEB_API.withMemory(size) }),
  })),
  'ScalingPolicy.cpu': (['min', 'max', 'cpuPercent'] as const).flatMap((key) =>
    numbers((chart, value) => web(chart, { scaling: tuned.ScalingPolicy.cpu({ [key]: value }) })),
  ),
  'ScalingPolicy.cpuAndMemory': numbers((chart, memoryPercent) =>
    web(chart, { scaling: tuned.ScalingPolicy.cpuAndMemory({ memoryPercent }) }),
  ),
  'ScalingPolicy.replicas': numbers((chart, value) =>
    web(chart, { scaling: tuned.ScalingPolicy.replicas(value) }),
  ),
  'ScalingStep.percent': numbers((chart, value) =>
    web(chart, {
      scaling: tuned.ScalingPolicy.cpu({
        scaleUp: { stabilizationWindow: MINUTE, steps: [tuned.ScalingStep.percent(value, MINUTE)] },
      }),
    }),
  ),
  'ScalingStep period and window': times((chart, value) =>
    web(chart, {
      scaling: tuned.ScalingPolicy.cpu({
        scaleDown: { stabilizationWindow: value, steps: [tuned.ScalingStep.pods(1, value)] },
      }),
    }),
  ),
  'ScalingStep tolerance': numbers((chart, tolerancePercent) => {
    tuned.KubernetesVersion.V1_35.applyTo(chart);
    web(chart, {
      scaling: tuned.ScalingPolicy.cpu({
        scaleUp: {
          stabilizationWindow: MINUTE,
          steps: [tuned.ScalingStep.pods(1, MINUTE)],
          tolerancePercent,
        },
      }),
    });
  }),
  'ScalingMetric names': [
    ...texts((chart, text) => scaleOn(chart, tuned.ScalingMetric.containerCpu(text, 70))),
    ...texts((chart, text) => scaleOn(chart, tuned.ScalingMetric.pods({ metric: text, averageValue: 1 }))),
    ...texts((chart, text) =>
      scaleOn(
        chart,
        tuned.ScalingMetric.external({ metric: 'a', value: 1, matchLabels: { [text]: 'a', b: text } }),
      ),
    ),
    ...(['apiVersion', 'kind', 'name', 'metric'] as const).flatMap((key) =>
      texts((chart, text) =>
        scaleOn(
          chart,
          tuned.ScalingMetric.object({
            apiVersion: 'v1',
            kind: 'Service',
            name: 'a',
            metric: 'a',
            value: 1,
            [key]: text,
          }),
        ),
      ),
    ),
  ],
  'ScalingMetric targets': [
    ...numbers((chart, value) => scaleOn(chart, tuned.ScalingMetric.memoryUtilization(value))),
    ...numbers((chart, averageValue) =>
      scaleOn(chart, tuned.ScalingMetric.pods({ metric: 'a', averageValue })),
    ),
    ...numbers((chart, value) => scaleOn(chart, tuned.ScalingMetric.external({ metric: 'a', value }))),
    ...sizes().map((size) => ({
      what: 'size',
      run: (chart: Chart) => scaleOn(chart, tuned.ScalingMetric.memoryAverage(size)),
    })),
    ...cpus().map((cpu) => ({
      what: 'cpu',
      run: (chart: Chart) => scaleOn(chart, tuned.ScalingMetric.cpuAverage(cpu)),
    })),
  ],
  'ScalingPolicy.events': [
    ...(['min', 'max'] as const).flatMap((key) =>
      numbers((chart, value) => triggered(chart, { [key]: value })),
    ),
    ...(['cooldown', 'pollingInterval'] as const).flatMap((key) =>
      times((chart, value) => triggered(chart, { scaleToZero: true, [key]: value })),
    ),
    ...numbers((chart, replicas) => triggered(chart, { fallback: { replicas } })),
    ...numbers((chart, failures) => triggered(chart, { fallback: { replicas: 3, failures } })),
    ...texts((chart, transferFrom) => triggered(chart, { transferFrom })),
  ],
  'ScalingTrigger texts': [
    ...(['timeZone', 'start', 'end'] as const).flatMap((key) =>
      texts((chart, text) =>
        triggered(chart, {}, tuned.ScalingTrigger.schedule({ ...SCHEDULE, [key]: text })),
      ),
    ),
    ...(['queue', 'virtualHost'] as const).flatMap((key) =>
      texts((chart, text) => triggered(chart, {}, tuned.ScalingTrigger.rabbitMq({ ...QUEUE, [key]: text }))),
    ),
    ...(['host', 'list', 'userVariable'] as const).flatMap((key) =>
      texts((chart, text) => triggered(chart, {}, tuned.ScalingTrigger.redisList({ ...LIST, [key]: text }))),
    ),
    ...(['server', 'query'] as const).flatMap((key) =>
      texts((chart, text) =>
        triggered(chart, {}, tuned.ScalingTrigger.prometheus({ ...PROMQL, [key]: text })),
      ),
    ),
    ...(['host', 'database', 'user', 'query', 'sslMode'] as const).flatMap((key) =>
      texts((chart, text) => triggered(chart, {}, tuned.ScalingTrigger.postgres({ ...SQL, [key]: text }))),
    ),
    ...texts((chart, text) =>
      triggered(chart, {}, tuned.ScalingTrigger.prometheus({ ...PROMQL, authModes: [text] })),
    ),
    ...texts((chart, type) => triggered(chart, {}, tuned.ScalingTrigger.of({ type, metadata: {} }))),
    ...texts((chart, text) =>
      triggered(chart, {}, tuned.ScalingTrigger.of({ type: 'kafka', metadata: { [text]: text, a: text } })),
    ),
    ...texts((chart, metricType) =>
      triggered(chart, {}, tuned.ScalingTrigger.of({ type: 'kafka', metadata: {}, metricType })),
    ),
  ],
  'ScalingTrigger numbers': [
    ...numbers((chart, replicas) =>
      triggered(chart, {}, tuned.ScalingTrigger.schedule({ ...SCHEDULE, replicas })),
    ),
    ...(['messagesPerReplica', 'activationMessages'] as const).flatMap((key) =>
      numbers((chart, value) =>
        triggered(chart, {}, tuned.ScalingTrigger.rabbitMq({ ...QUEUE, [key]: value })),
      ),
    ),
    ...(['port', 'itemsPerReplica', 'activationItems', 'database'] as const).flatMap((key) =>
      numbers((chart, value) =>
        triggered(chart, {}, tuned.ScalingTrigger.redisList({ ...LIST, [key]: value })),
      ),
    ),
    ...(['threshold', 'activationThreshold'] as const).flatMap((key) =>
      numbers((chart, value) =>
        triggered(chart, {}, tuned.ScalingTrigger.prometheus({ ...PROMQL, [key]: value })),
      ),
    ),
    ...(['port', 'valuePerReplica', 'activationValue'] as const).flatMap((key) =>
      numbers((chart, value) =>
        triggered(chart, {}, tuned.ScalingTrigger.postgres({ ...SQL, [key]: value })),
      ),
    ),
    ...numbers((chart, value) => triggered(chart, {}, tuned.ScalingTrigger.cpuUtilization(value))),
  ],
  TriggerAuthentication: [
    ...texts((chart, name) => logsIn(chart, tuned.TriggerAuthentication.named(name))),
    ...texts((chart, name) => logsIn(chart, tuned.TriggerAuthentication.clusterNamed(name))),
    ...texts((chart, name) =>
      logsIn(
        chart,
        tuned.TriggerAuthentication.fromSecret({
          secret: Secret.fromSecretName(chart, 'login', name),
          parameters: { password: 'password' },
        }),
      ),
    ),
    ...texts((chart, text) =>
      logsIn(
        chart,
        tuned.TriggerAuthentication.fromSecret({
          secret: Secret.fromSecretName(chart, 'login', 'login'),
          parameters: { [text]: 'password', password: text },
        }),
      ),
    ),
  ],
  'VerticalScaling containers and versions': [
    ...texts((chart, text) =>
      web(chart, { verticalScaling: tuned.VerticalScaling.recreate({ containers: { [text]: {} } }) }),
    ),
    ...texts((chart, vpaVersion) =>
      web(chart, { verticalScaling: tuned.VerticalScaling.recommend({ vpaVersion }) }),
    ),
    ...texts((chart, text) =>
      web(chart, {
        verticalScaling: tuned.VerticalScaling.recreate({
          controlledValues: text as tuned.ControlledValues,
        }),
      }),
    ),
    ...numbers((chart, minReplicas) =>
      web(chart, { verticalScaling: tuned.VerticalScaling.recreate({ minReplicas }) }),
    ),
  ],
  'HealthCheck.http': texts((chart, text) => web(chart, { readiness: tuned.HealthCheck.http(text) })),
  'HealthCheck.command': texts((chart, text) => web(chart, { readiness: tuned.HealthCheck.command([text]) })),
  'HealthCheck timing': [
    ...times((chart, period) => web(chart, { readiness: tuned.HealthCheck.http('/r', { period }) })),
    ...times((chart, timeout) => web(chart, { readiness: tuned.HealthCheck.http('/r', { timeout }) })),
    ...times((chart, initialDelay) =>
      web(chart, { readiness: tuned.HealthCheck.http('/r', { initialDelay }) }),
    ),
    ...numbers((chart, failureThreshold) =>
      web(chart, { readiness: tuned.HealthCheck.http('/r', { failureThreshold }) }),
    ),
  ],
  'Exposure.nodePort': numbers((chart, nodePort) =>
    web(chart, { exposure: tuned.Exposure.nodePort({ nodePort }) }),
  ),
  'Exposure.loadBalancer': [
    ...texts((chart, text) =>
      web(chart, { exposure: tuned.Exposure.loadBalancer({ sourceRanges: [text] }) }),
    ),
    ...texts((chart, text) =>
      web(chart, { exposure: tuned.Exposure.loadBalancer({ annotations: { 'example.com/a': text } }) }),
    ),
    ...texts((chart, text) =>
      web(chart, { exposure: tuned.Exposure.loadBalancer({ annotations: { [text]: 'a' } }) }),
    ),
  ],
  'Exposure.ingress': (
    ['hosts', 'path', 'className', 'tlsSecretName', 'controllerNamespace'] as const
  ).flatMap((key) =>
    texts((chart, text) =>
      web(chart, {
        exposure: tuned.Exposure.ingress({
          hosts: ['a.example.com'],
          [key]: key === 'hosts' ? [text] : text,
        }),
      }),
    ),
  ),
  'Exposure.httpRoute': (
    ['hosts', 'path', 'gateway', 'gatewayNamespace', 'sectionName', 'dataPlaneNamespace'] as const
  ).flatMap((key) =>
    texts((chart, text) =>
      web(chart, {
        exposure: tuned.Exposure.httpRoute({
          gateway: 'g',
          hosts: ['a.example.com'],
          [key]: key === 'hosts' ? [text] : text,
        }),
      }),
    ),
  ),
  'NetworkPeer.namespace': texts((chart, text) =>
    web(chart, {}).allowHttpFrom(tuned.NetworkPeer.namespace(text)),
  ),
  'NetworkPeer.cidr': texts((chart, text) => web(chart, {}).allowTo(tuned.NetworkPeer.cidr(text), [443])),
  'allowTo ports': numbers((chart, port) => web(chart, {}).allowTo(tuned.NetworkPeer.anywhere(), [port])),
  addEnv: texts((chart, text) => web(chart, {}).addEnv(text, EnvValue.fromValue('a'))),
  'addEnv value': texts((chart, text) => web(chart, {}).addEnv('KEY', EnvValue.fromValue(text))),
  'ConnectionPool.of': (['size', 'maxOverflow', 'processesPerPod'] as const).flatMap((key) =>
    numbers((chart, value) =>
      web(chart, {}).connectTo(new tuned.TunedPostgres(chart, 'db', { storage: Size.gibibytes(10) }), {
        pool: tuned.ConnectionPool.of({ size: 1, [key]: value }),
      }),
    ),
  ),
  'ConnectionPool.shared': [
    ...numbers((chart, weight) =>
      web(chart, {}).connectTo(new tuned.TunedPostgres(chart, 'db', { storage: Size.gibibytes(10) }), {
        pool: tuned.ConnectionPool.shared({ weight }),
      }),
    ),
    ...times((chart, timeout) =>
      web(chart, {}).connectTo(new tuned.TunedPostgres(chart, 'db', { storage: Size.gibibytes(10) }), {
        pool: tuned.ConnectionPool.shared({ timeout }),
      }),
    ),
  ],
  'parameters of Postgres': [
    'work_mem',
    'search_path',
    'log_line_prefix',
    'synchronous_commit',
    'app.note',
    'max_connections',
    'checkpoint_timeout',
    'random_page_cost',
  ].flatMap((name) =>
    texts((chart, text) => CONSTRUCTS.TunedPostgres(chart, { parameters: { [name]: text } })),
  ),
  'VerticalScaling bounds': sizes().map((size) => ({
    what: 'size',
    run: (chart) =>
      void web(chart, { verticalScaling: tuned.VerticalScaling.recommend({ minMemory: size }) }),
  })),
  'Traffic rates': [
    ...numbers((chart, value) => web(chart, {}).simulate(tuned.Traffic.spike({ base: value, peak: 1 }))),
    ...numbers((chart, value) =>
      web(chart, {}).simulate(tuned.Traffic.points([point(0, value), point(60, 1)])),
    ),
  ],
  'Traffic times': times((chart, value) =>
    web(chart, {}).requireScaling(
      tuned.Traffic.spike({ base: 0, peak: 1, start: value, hold: value, every: value, length: value }),
      { unmetLoad: 1e9 },
    ),
  ),
  'Traffic.of': texts((chart, text) =>
    web(chart, {}).requireScaling(tuned.Traffic.of(`spike:base=1,peak=${text}`), { unmetLoad: 1e9 }),
  ),
  'Traffic.csv': texts((chart, text) => web(chart, {}).simulate(tuned.Traffic.csv(`0,1\n60,${text}`))),
  SimulationOptions: (['capacityPerPod', 'startupCpuPercent', 'memoryPercent', 'initialReplicas'] as const)
    .flatMap((key) =>
      numbers((chart, value) =>
        web(chart, {}).requireScaling(tuned.Traffic.constant(1), { unmetLoad: 1e9 }, { [key]: value }),
      ),
    )
    .concat(
      (['podStartTime', 'podReadyTime', 'metricLag', 'metricWindow'] as const).flatMap((key) =>
        times((chart, value) => void web(chart, {}).simulate(tuned.Traffic.constant(1), { [key]: value })),
      ),
    ),
  NodeSupply: (['sparePods', 'podsPerNode'] as const).flatMap((key) =>
    numbers((chart, value) =>
      web(chart, {}).simulate(tuned.Traffic.constant(1), {
        nodes: { sparePods: 1, podsPerNode: 1, provisionTime: MINUTE, [key]: value },
      }),
    ),
  ),
  ScalingThresholds: (['unmetLoad', 'overshoot', 'flaps', 'podHours', 'peakReplicas'] as const).flatMap(
    (key) =>
      numbers((chart, value) => web(chart, {}).requireScaling(tuned.Traffic.constant(0), { [key]: value })),
  ),
  'PodDensity.of': numbers((chart, replicas) =>
    web(chart, {
      density: tuned.PodDensity.of({ replicas, profile: tuned.WorkloadProfile.WEB_API, nodeSelector: {} }),
    }),
  ),
  CacheValidity: [
    ...numbers((chart, status) =>
      CONSTRUCTS.NginxCachingProxy(chart, { validity: [{ statuses: [status], duration: MINUTE }] }),
    ),
    ...times((chart, duration) =>
      CONSTRUCTS.NginxCachingProxy(chart, { validity: [{ statuses: [200], duration }] }),
    ),
  ],
  CacheKeyParts: (['queryParameters', 'headers', 'cookies'] as const).flatMap((key) =>
    texts((chart, text) => CONSTRUCTS.NginxCachingProxy(chart, { key: { [key]: [text] } })),
  ),
  CachePath: [
    ...texts((chart, text) => CONSTRUCTS.NginxCachingProxy(chart, { paths: [{ path: text }] })),
    ...texts((chart, text) => CONSTRUCTS.NginxCachingProxy(chart, { paths: [{ path: `/${text}` }] })),
    ...texts((chart, text) =>
      CONSTRUCTS.NginxCachingProxy(chart, { paths: [{ path: '/a', ignoreCookies: [text] }] }),
    ),
    ...times((chart, responseTimeout) =>
      CONSTRUCTS.NginxCachingProxy(chart, { paths: [{ path: '/a', responseTimeout }] }),
    ),
  ],
  'HttpUpstream.service': (['name', 'namespace', 'podLabels'] as const).flatMap((key) =>
    texts((chart, text) =>
      CONSTRUCTS.NginxCachingProxy(chart, {
        backend: undefined,
        upstream: tuned.HttpUpstream.service({
          name: 'a',
          [key]: key === 'podLabels' ? { [text]: text } : text,
        }),
      }),
    ),
  ),
  'HttpUpstream.externalHost': [
    ...texts((chart, host) =>
      CONSTRUCTS.NginxCachingProxy(chart, {
        backend: undefined,
        upstream: tuned.HttpUpstream.externalHost({ host }),
      }),
    ),
    ...texts((chart, serverName) =>
      CONSTRUCTS.NginxCachingProxy(chart, {
        backend: undefined,
        upstream: tuned.HttpUpstream.externalHost({ host: 'a.example.com', tls: { serverName } }),
      }),
    ),
    ...numbers((chart, port) =>
      CONSTRUCTS.NginxCachingProxy(chart, {
        backend: undefined,
        upstream: tuned.HttpUpstream.externalHost({ host: 'a.example.com', port }),
      }),
    ),
  ],
  'CacheStorage.ephemeralVolume': texts((chart, storageClassName) =>
    CONSTRUCTS.NginxCachingProxy(chart, {
      storage: tuned.CacheStorage.ephemeralVolume({ storageClassName }),
    }),
  ),
  'CacheTopology.sharded': numbers((chart, shards) =>
    CONSTRUCTS.NginxCachingProxy(chart, { topology: tuned.CacheTopology.sharded({ shards }) }),
  ),
  'CacheTopology.sticky': times((chart, timeout) =>
    CONSTRUCTS.NginxCachingProxy(chart, { topology: tuned.CacheTopology.sticky({ timeout }) }),
  ),
  AlertThreshold: (['highCpuUsage', 'highMemoryUsage', 'highErrorRate', 'podRestarts'] as const).flatMap(
    (key) => [
      ...numbers((chart, threshold) =>
        CONSTRUCTS.PerformanceMonitoring(chart, { [key]: { threshold, duration: MINUTE } }),
      ),
      ...times((chart, duration) =>
        CONSTRUCTS.PerformanceMonitoring(chart, { [key]: { threshold: 1, duration } }),
      ),
    ],
  ),
  LatencyThreshold: [
    ...times((chart, latency) =>
      CONSTRUCTS.PerformanceMonitoring(chart, { highLatency: { latency, duration: MINUTE } }),
    ),
    ...times((chart, duration) =>
      CONSTRUCTS.PerformanceMonitoring(chart, { highLatency: { latency: MINUTE, duration } }),
    ),
  ],
  addIndex: (['table', 'column', 'schema', 'name', 'match'] as const).flatMap((key) =>
    texts((chart, text) =>
      new tuned.TunedPostgres(chart, 'db', { storage: Size.gibibytes(100) }).addIndex({
        ...INDEX,
        [key]: text,
      }),
    ),
  ),
  LfuSettings: (['logFactor', 'decayMinutes'] as const).flatMap((key) =>
    numbers((chart, value) =>
      CONSTRUCTS.CacheRedis(chart, {
        evictionPolicy: tuned.EvictionPolicy.ALLKEYS_LFU,
        lfu: { [key]: value },
      }),
    ),
  ),
  'RedisTopology.sentinel': [
    ...(['servers', 'sentinels'] as const).flatMap((key) =>
      numbers((chart, value) =>
        CONSTRUCTS.CacheRedis(chart, { topology: tuned.RedisTopology.sentinel({ [key]: value }) }),
      ),
    ),
    ...(['sentinelImage', 'operatorNamespace'] as const).flatMap((key) =>
      texts((chart, text) =>
        CONSTRUCTS.CacheRedis(chart, { topology: tuned.RedisTopology.sentinel({ [key]: text }) }),
      ),
    ),
  ],
  'RedisTopology.cluster': [
    ...(['shards', 'replicasPerShard'] as const).flatMap((key) =>
      numbers((chart, value) =>
        CONSTRUCTS.CacheRedis(chart, { topology: tuned.RedisTopology.cluster({ [key]: value }) }),
      ),
    ),
    ...texts((chart, operatorNamespace) =>
      CONSTRUCTS.CacheRedis(chart, { topology: tuned.RedisTopology.cluster({ operatorNamespace }) }),
    ),
  ],
  'a reason that is guaranteed': texts((chart, ttlGuarantee) =>
    CONSTRUCTS.CacheRedis(chart, { evictionPolicy: tuned.EvictionPolicy.VOLATILE_LRU, ttlGuarantee }),
  ),
  'the Secret of a certificate': texts((chart, text) =>
    CONSTRUCTS.CacheRedis(chart, { tls: Secret.fromSecretName(chart, 'tls', text) }),
  ),
  'the role of a cache': texts((chart, role) =>
    web(chart, {}).connectTo(new tuned.CacheRedis(chart, 'cache'), { role: role as tuned.CacheRole }),
  ),
  'Secret names': texts((chart, text) =>
    CONSTRUCTS.TunedPostgres(chart, { credentials: Secret.fromSecretName(chart, 'secret', text) }),
  ),
  'Secret names of an index Job': texts((chart, text) =>
    CONSTRUCTS.PostgresIndexJob(chart, {
      user: 'owner',
      credentials: Secret.fromSecretName(chart, 'secret', text),
    }),
  ),
};

test.each(Object.entries(FACTORIES))('%s', (_, attacks) => {
  expect(attacks.length).toBeGreaterThan(5);
  expect(damages(attacks)).toEqual([]);
});

test('the check finds damage', () => {
  const unclear = () => {
    throw new TypeError("Cannot read properties of undefined (reading 'a')");
  };
  const injected = (chart: Chart) => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`).join('\n');
    chart.node.addValidation({ validate: () => [lines] });
  };
  expect(damage({ what: 'x', run: unclear })).toContain('x: Cannot read');
  expect(damage({ what: 'x', run: injected })).toContain('x: ');
});
