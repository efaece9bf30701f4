/**
 * The simulator against a day of a cluster: 1,000 workloads of four kinds and ten sizes, 24 hours, a reconcile every 15 s.
 *
 *   npm run bench:simulator [-- --workloads 1000]
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../scripts/build.mjs';
import { root } from '../scripts/project.mjs';

const { values } = parseArgs({ options: { workloads: { type: 'string', default: '1000' } } });
const WORKLOADS = Number(values.workloads);
const HOURS = 24;

build();
const require = createRequire(import.meta.url);
const library = (file) => require(join(root, 'build/lib/scaling', file));
const { readHpa } = library('hpa/hpa-spec.js');
const { modelOf } = library('simulator/workload-model.js');
const { parseShape } = library('simulator/load-shape.js');
const { simulate } = library('simulator/simulate.js');

/** CPU alone with the API server's defaults, CPU and memory with the guide's rules, requests per pod, slow rules. */
const KINDS = [
  { metrics: [resource('cpu', 70)] },
  {
    metrics: [resource('memory', 80), resource('cpu', 70)],
    behavior: {
      scaleUp: { stabilizationWindowSeconds: 0, policies: [policy('Percent', 100, 30)] },
      scaleDown: { stabilizationWindowSeconds: 300, policies: [policy('Percent', 50, 60)] },
    },
  },
  {
    metrics: [
      {
        type: 'Pods',
        pods: { metric: { name: 'requests' }, target: { type: 'AverageValue', averageValue: '7' } },
      },
    ],
    behavior: {},
  },
  {
    metrics: [resource('cpu', 60)],
    behavior: {
      scaleUp: {
        stabilizationWindowSeconds: 60,
        policies: [policy('Pods', 2, 60), policy('Percent', 20, 60)],
      },
      scaleDown: { stabilizationWindowSeconds: 1800, policies: [policy('Percent', 10, 300)] },
    },
  },
];

function resource(name, averageUtilization) {
  return { type: 'Resource', resource: { name, target: { type: 'Utilization', averageUtilization } } };
}

function policy(type, value, periodSeconds) {
  return { type, value, periodSeconds };
}

const POD = {
  containers: [
    {
      name: 'app',
      resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
    },
  ],
};

/** Each workload has its own size, and its own load over the day. */
function run(index) {
  const size = 1 + (index % 10);
  const spec = readHpa({ spec: { minReplicas: 2, maxReplicas: 10 * size, ...KINDS[index % KINDS.length] } });
  const model = modelOf(spec, POD, { capacityPerPod: 10 });
  const shape = parseShape(
    `diurnal:low=${5 * size},high=${60 * size + (index % 7)},period=24h,length=${HOURS}h`,
  );
  return simulate(model, shape).reconciles;
}

const MEBIBYTE = 1024 * 1024;
const memory = () => {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return `${(heapUsed / MEBIBYTE).toFixed(1)} MiB heap, ${(rss / MEBIBYTE).toFixed(0)} MiB resident`;
};

let reconciles = 0;
let seconds = 0;
let processorSeconds = 0;
console.log(`before: ${memory()}`);
for (let index = 0; index < WORKLOADS; index += 1) {
  const start = process.hrtime.bigint();
  const before = process.cpuUsage();
  reconciles += run(index);
  const { user, system } = process.cpuUsage(before);
  processorSeconds += (user + system) / 1e6;
  seconds += Number(process.hrtime.bigint() - start) / 1e9;
  if ((index + 1) % Math.ceil(WORKLOADS / 5) === 0)
    console.log(`${index + 1} workloads: ${seconds.toFixed(1)} s, ${memory()}`);
}
console.log(
  `${WORKLOADS} workloads x ${HOURS} h: ${reconciles} reconciles in ${seconds.toFixed(2)} s ` +
    `(${processorSeconds.toFixed(2)} s of processor time), ${Math.round(reconciles / seconds)} per second, ` +
    `node ${process.versions.node}`,
);
