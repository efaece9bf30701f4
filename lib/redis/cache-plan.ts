import type { Size } from 'cdk8s';
import { checkGrowth } from '../connection/volume-growth';
import type { Checks } from '../finding/checks';
import { reasonRule } from '../finding/suppression';
import { DEFAULT_IMAGES } from '../pod/images';
import { checkScheduling } from '../pod/scheduling';
import type { ContainerResources } from '../sizing/resources';
import { WorkloadProfile } from '../sizing/workload-profile';
import { BYTES, bytesOf, sizeOf, sizeText } from '../units/amounts';
import { dnsSubdomainRule, imageRule } from '../units/names';
import { formatBytes, KIB, MIB, roundUpTo } from '../units/quantity';
import { checkAccess, checkOperatorAccess, checkSettings, ownDirectives, usersOf } from './cache-access';
import { CacheEngine, CachePersistence, EvictionPolicy, ValueSizes } from './cache-engine';
import type { CacheRedisProps } from './cache-redis-props';
import {
  canDefragment,
  type EngineName,
  type EngineTarget,
  isAtLeast,
  OLDEST,
  parseVersion,
  policyRefusal,
  targetOfImage,
} from './configuration/redis-directives';
import type { Users } from './configuration/redis-users';
import { isReplicated, RedisTopology, type TopologyShape } from './redis-topology';
import {
  clientBytes,
  type ClientLoad,
  forks,
  leastMaxMemoryFor,
  MAX_WRITE_RATE,
  maxMemoryFor,
  memoryLimitFor,
  type MemoryMode,
  MIN_MAX_MEMORY,
  volumeFor,
} from './tuning/redis-memory-budget';
import { type CacheInput, LFU_DEFAULTS } from './tuning/redis-tuning';

/** What the props of a cache come to, once they have been checked. */
export interface CachePlan {
  readonly engine: CacheEngine;
  readonly image: string;
  readonly shape: TopologyShape;
  readonly resources: ContainerResources;
  readonly input: CacheInput;
  readonly users: Users;
  /** Size of the volume; undefined without persistence. */
  readonly storageBytes?: number;
}

const DEFAULT_LIMIT_BYTES = 2048 * MIB;
const DEFAULT_CLIENTS = 100;
const DEFAULT_LARGEST_VALUE = 64 * KIB;
const MAX_CLIENTS = 50_000;

/** Checks the props, and derives what was left out; undefined when something cannot stand. */
export function planCache(checks: Checks, props: CacheRedisProps): CachePlan | undefined {
  const topology = props.topology ?? RedisTopology.standalone();
  topology._check(checks.at('topology'));
  checkProps(checks, props);
  checkWriteRate(checks, props, isReplicated(topology._shape));
  const known = props.engine === undefined || Object.values(CacheEngine).includes(props.engine);
  const server = known ? chooseServer(checks, props, topology._shape) : undefined;
  checkOperatorAccess(checks, props, topology._shape);
  if (!checks.passed || !server) return undefined;
  const { engine, image, target } = server;
  checkAccess(checks, props, target);
  checkSettings(checks, props, target);
  const mode: MemoryMode = {
    persistence: props.persistence ?? CachePersistence.NONE,
    replicated: isReplicated(topology._shape),
    valueSizes: props.valueSizes ?? ValueSizes.CHANGING,
    clients: clientsOf(props),
    writeBytesPerSecond: props.writeRate && bytesOf(props.writeRate),
  };
  const { resources, maxMemoryBytes } = size(checks, props, mode);
  const storageBytes = storage(checks, props, maxMemoryBytes);
  checkGrowth(checks, props.initialStorage, storageBytes);
  if (!checks.passed) return undefined;
  const input: CacheInput = {
    ...mode,
    target,
    maxMemoryBytes,
    memoryLimitBytes: resources.memoryLimitBytes,
    cpuLimitMillis: resources.cpuLimitMillis,
    policy: props.evictionPolicy ?? EvictionPolicy.ALLKEYS_LRU,
    lfu: { ...LFU_DEFAULTS, ...props.lfu },
    activeDefragmentation: props.activeDefragmentation === true,
    own: ownDirectives(props),
  };
  return { engine, image, shape: topology._shape, resources, input, users: usersOf(props), storageBytes };
}

/** What is said of clients, when something is. */
function clientsOf({ clients, largestValue }: CacheRedisProps): ClientLoad | undefined {
  if (clients === undefined && largestValue === undefined) return undefined;
  return {
    count: clients ?? DEFAULT_CLIENTS,
    largestValueBytes: largestValue ? bytesOf(largestValue) : DEFAULT_LARGEST_VALUE,
  };
}

function checkWriteRate(checks: Checks, { writeRate }: CacheRedisProps, replicated: boolean): void {
  if (!writeRate) return;
  const bytes = checks.amount('writeRate', writeRate, BYTES);
  if (bytes === undefined) return;
  if (!(Number.isSafeInteger(bytes) && bytes >= KIB && bytes <= MAX_WRITE_RATE)) {
    checks.fail(
      'writeRate',
      writeRate.asString(),
      `allowed: 1Ki to ${formatBytes(MAX_WRITE_RATE)} a second, in whole bytes; a replica does not keep up with more, and with more shards each is written to less`,
    );
  } else if (!replicated) {
    checks.fail(
      'writeRate',
      writeRate.asString(),
      'the server has no replicas; set topology, or remove writeRate',
    );
  }
}

function checkProps(checks: Checks, props: CacheRedisProps): void {
  checkBytes(checks, 'memory', props.memory);
  checkBytes(checks, 'maxMemory', props.maxMemory);
  checks.oneOf('valueSizes', props.valueSizes, Object.values(ValueSizes));
  checks.integer('clients', props.clients, 1, MAX_CLIENTS);
  const largest = checks.amount('largestValue', props.largestValue, BYTES);
  if (largest !== undefined && !(Number.isSafeInteger(largest) && largest >= KIB && largest <= 512 * MIB))
    checks.fail('largestValue', props.largestValue?.asString(), 'allowed: 1Ki to 512Mi, in whole bytes');
  props.profile?._check(checks.at('profile'));
  checks.oneOf('evictionPolicy', props.evictionPolicy, Object.values(EvictionPolicy));
  checks.oneOf('engine', props.engine, Object.values(CacheEngine));
  checks.oneOf('persistence', props.persistence, Object.values(CachePersistence));
  checks.text('ttlGuarantee', props.ttlGuarantee, reasonRule);
  const policy = props.evictionPolicy ?? EvictionPolicy.ALLKEYS_LRU;
  if (policy.startsWith('volatile-') && props.ttlGuarantee === undefined) {
    checks.fail(
      'evictionPolicy',
      policy,
      'it evicts keys with a time to live only, and answers writes with errors when those that are left have none; ' +
        'choose an allkeys- policy, or say in ttlGuarantee why every key has one',
    );
  }
  if (props.lfu && !policy.endsWith('-lfu'))
    checks.fail('lfu', props.lfu, `${policy} does not count use; choose an LFU policy, or remove it`);
  checks.at('lfu').integer('logFactor', props.lfu?.logFactor, 0, 255);
  checks.at('lfu').integer('decayMinutes', props.lfu?.decayMinutes, 0, 10_080);
  if ((props.persistence ?? CachePersistence.NONE) === CachePersistence.NONE) {
    const unused = 'there is no volume without persistence; set persistence, or remove it';
    if (props.storage) checks.fail('storage', sizeText(props.storage), unused);
    if (props.initialStorage) checks.fail('initialStorage', sizeText(props.initialStorage), unused);
    if (props.storageClassName !== undefined) checks.fail('storageClassName', props.storageClassName, unused);
  }
  checks.text('storageClassName', props.storageClassName, dnsSubdomainRule);
  checks.text('image', props.image, imageRule);
  checks.text('exporterImage', props.exporterImage, imageRule);
  checks.text('credentials', props.credentials?.name, dnsSubdomainRule);
  checks.text('certificate', props.certificate?.name, dnsSubdomainRule);
  checkScheduling(checks, props);
}

function checkBytes(checks: Checks, prop: string, given: Size | undefined): void {
  const bytes = checks.amount(prop, given, BYTES);
  if (bytes !== undefined && !(Number.isSafeInteger(bytes) && bytes >= MIN_MAX_MEMORY))
    checks.fail(prop, given?.asString(), 'allowed: at least 16Mi, in whole bytes');
}

/** Image, engine and version, which have to agree. */
function chooseServer(
  checks: Checks,
  props: CacheRedisProps,
  shape: TopologyShape,
): { readonly engine: CacheEngine; readonly image: string; readonly target: EngineTarget } {
  const alone = shape.kind === 'standalone';
  const engine = props.engine ?? (alone ? CacheEngine.VALKEY : CacheEngine.REDIS);
  const image = props.image ?? (alone ? DEFAULT_IMAGES[engine] : DEFAULT_IMAGES.operatorRedis);
  const told = targetOfImage(image);
  const name = engine as EngineName;
  if (!alone && engine === CacheEngine.VALKEY)
    checks.fail('engine', engine, 'the images of the operator run Redis; leave it out, or use one server');
  if (told.engine !== undefined && told.engine !== name) {
    checks.fail(
      'image',
      image,
      `it looks like ${told.engine}, and the engine is ${engine}; set engine to what the image runs`,
    );
  }
  const version = props.engineVersion === undefined ? told.version : parseVersion(props.engineVersion);
  const oldest = OLDEST[name].join('.');
  if (props.engineVersion !== undefined && !version)
    checks.fail('engineVersion', props.engineVersion, 'allowed: a version such as 8.1 or 8.1.3');
  if (version && !isAtLeast(version, OLDEST[name])) {
    checks.fail(
      props.engineVersion === undefined ? 'image' : 'engineVersion',
      props.engineVersion ?? image,
      `it does not bound the memory of clients (maxmemory-clients); allowed: ${engine} ${oldest} or newer`,
    );
  }
  const target: EngineTarget = { engine: name, version };
  const refusal = props.evictionPolicy && policyRefusal(props.evictionPolicy, target);
  if (
    refusal !== undefined &&
    Object.values(EvictionPolicy).includes(props.evictionPolicy as EvictionPolicy)
  ) {
    const remedy = version === undefined ? '; set version when the image is newer' : '';
    checks.fail('evictionPolicy', props.evictionPolicy, `${refusal}${remedy}`);
  }
  if (props.activeDefragmentation === true && !canDefragment(image)) {
    checks.fail(
      'activeDefragmentation',
      true,
      `a server that is built with the system's allocator does not start with it, and nothing is known of ${image}; use the official image, or remove it`,
    );
  }
  return { engine, image, target };
}

/** Derives `maxmemory` from the container, or the container from `maxmemory`, or checks that both agree. */
function size(
  checks: Checks,
  props: CacheRedisProps,
  mode: MemoryMode,
): { readonly resources: ContainerResources; readonly maxMemoryBytes: number } {
  const given = props.maxMemory && bytesOf(props.maxMemory);
  const needed = given === undefined ? DEFAULT_LIMIT_BYTES : memoryLimitFor(given, mode);
  const profile = (props.profile ?? WorkloadProfile.CACHE)._resources();
  const limit = props.memory ? bytesOf(props.memory) : props.profile ? profile.memoryLimitBytes : needed;
  const maxMemoryBytes = given ?? maxMemoryFor(limit, mode);
  checkMemory(checks, props, mode, { limit, maxMemoryBytes });
  // Without a volume, a replica writes the file that it is sent to the disk of its container.
  const sent = mode.replicated && mode.persistence === CachePersistence.NONE ? maxMemoryBytes : 0;
  const resources = {
    ...profile,
    memoryRequestBytes: limit,
    memoryLimitBytes: limit,
    ephemeralRequestBytes: profile.ephemeralRequestBytes + sent,
    ephemeralLimitBytes: profile.ephemeralLimitBytes + sent,
  };
  return { resources, maxMemoryBytes };
}

/** Checks that the container bears the keys, and that the keys leave room for what clients hold. */
function checkMemory(
  checks: Checks,
  props: CacheRedisProps,
  mode: MemoryMode,
  { limit, maxMemoryBytes }: { readonly limit: number; readonly maxMemoryBytes: number },
): void {
  const { clients } = mode;
  const leastForClients = clients ? roundUpTo(leastMaxMemoryFor(clients), MIB) : 0;
  if (clients && maxMemoryBytes < leastForClients) {
    const needs = [
      ...(props.maxMemory ? [`maxMemory to ${formatBytes(leastForClients)}`] : []),
      ...(props.memory || !props.maxMemory
        ? [`memory to ${formatBytes(memoryLimitFor(leastForClients, mode))}`]
        : []),
    ];
    checks.fail(
      props.clients === undefined ? 'largestValue' : 'clients',
      props.clients ?? props.largestValue?.asString(),
      `${clients.count} clients that each send or receive ${formatBytes(clients.largestValueBytes)} at one time hold up to ` +
        `${formatBytes(roundUpTo(clientBytes(clients), MIB))}, and keys are evicted to make room for them; ` +
        `raise ${needs.join(' and ')}, or lower clients or largestValue`,
    );
    return;
  }
  const most = maxMemoryFor(limit, mode);
  if (most < MIN_MAX_MEMORY) {
    checks.fail(
      props.memory ? 'memory' : 'profile.memoryLimit',
      formatBytes(limit),
      `too small for a cache; allowed: at least ${formatBytes(memoryLimitFor(MIN_MAX_MEMORY, mode))}`,
    );
  } else if (maxMemoryBytes > most) {
    const why = mode.replicated ? ' with replicas' : forks(mode) ? ' with persistence' : '';
    const isEnoughIfSteady =
      maxMemoryBytes <= maxMemoryFor(limit, { ...mode, valueSizes: ValueSizes.STEADY });
    checks.fail(
      'maxMemory',
      props.maxMemory?.asString(),
      `the memory limit of ${formatBytes(limit)} bears at most ${Math.floor(most / MIB)}Mi${why}, or the kernel kills the cache before it evicts; ` +
        `lower it, or raise the limit to ${formatBytes(memoryLimitFor(maxMemoryBytes, mode))}, or leave ${props.memory ? 'memory' : 'profile'} out` +
        (isEnoughIfSteady
          ? '; or set valueSizes to STEADY, if small and large values always come in the same proportion'
          : ''),
    );
  }
}

function storage(checks: Checks, props: CacheRedisProps, maxMemoryBytes: number): number | undefined {
  const persistence = props.persistence ?? CachePersistence.NONE;
  if (persistence === CachePersistence.NONE) return undefined;
  const least = volumeFor(maxMemoryBytes, persistence);
  if (!props.storage) return least;
  const given = checks.amount('storage', props.storage, BYTES);
  if (given !== undefined && !(Number.isSafeInteger(given) && given >= least)) {
    const what =
      persistence === CachePersistence.SNAPSHOTS
        ? 'a snapshot is written beside the last one'
        : 'the append-only file can grow to twice maxMemory and is rewritten beside itself';
    checks.fail('storage', props.storage.asString(), `${what}; allowed: at least ${formatBytes(least)}`);
  }
  return given;
}

/** The memory for keys as a size. */
export function maxMemoryOf({ input }: CachePlan): Size {
  return sizeOf(input.maxMemoryBytes);
}
