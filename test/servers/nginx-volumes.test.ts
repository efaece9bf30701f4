/**
 * The volume of the cache under floods, and full. It is a file system of its own with the size that the manifest says, in a
 * mount namespace of its own; making one needs root, or user namespaces.
 */
import { Size } from 'cdk8s';
import { type NginxCachingProxyProps, ProxyCacheStorage, WorkloadProfile } from 'cdk8s-tuned';
import { readdirSync, readFileSync, statSync } from 'fs';
import { join } from 'path';
import { FILL_BYTES_PER_CPU_SECOND } from '../../lib/nginx/tuning/cache-disk-sizing';
import { parseBytes } from '../../lib/units/quantity';
import { testUnless } from '../support/skip';
import { find, type Manifest } from '../support/synth';
import { scratchDirectory, UNPRIVILEGED } from './harness';
import { many, Origin, sleep } from './http';
import { MOUNT_NAMESPACE, MOUNTING, namespaceReason } from './namespaces';
import { Proxy, stopProxies, synthesize } from './nginx-harness';

const MIB = 1024 * 1024;
const scratch = scratchDirectory();
const origin = new Origin();
let originPort: number;
beforeAll(async () => {
  originPort = await origin.start();
});
afterAll(async () => {
  await stopProxies();
  await origin.stop();
  scratch.remove();
});

/** Size of the volume of the cache, in bytes. */
function volumeBytes(objects: readonly Manifest[]): number {
  const { volumes } = find(objects, 'Deployment', 'shop-edge').spec.template.spec;
  const { emptyDir, ephemeral } = volumes.find((one: Manifest) => one.name === 'cache');
  const size: string = emptyDir?.sizeLimit ?? ephemeral.volumeClaimTemplate.spec.resources.requests.storage;
  return parseBytes(size) ?? 0;
}

const onHardVolume = testUnless(namespaceReason(MOUNT_NAMESPACE, MOUNTING));

/** Runs what follows with a file system of this size mounted at a directory, as the user of the servers. */
function mounted(directory: string, bytes: number): string[] {
  const { uid = process.getuid?.(), gid = process.getgid?.() } = UNPRIVILEGED;
  const script =
    'mount -t tmpfs -o size=$1,mode=0777 tmpfs "$2" && shift 2 && exec setpriv --reuid="$1" --regid="$2" --clear-groups -- "${@:3}"';
  return [
    'unshare',
    ...MOUNT_NAMESPACE,
    'bash',
    '-c',
    script,
    'mounted',
    `${bytes}`,
    directory,
    `${uid}`,
    `${gid}`,
  ];
}

/** Bytes of the files below a directory, as a process sees it. */
function bytesBelow(directory: string): number {
  try {
    return readdirSync(directory, { withFileTypes: true }).reduce((sum, entry) => {
      const path = join(directory, entry.name);
      return sum + (entry.isDirectory() ? bytesBelow(path) : statSync(path).blocks * 512);
    }, 0);
  } catch {
    return 0; // It was removed while it was looked at.
  }
}

async function onVolume(props: Partial<NginxCachingProxyProps>, hard: boolean) {
  const objects = synthesize({ hosts: ['shop.example.com'], ...props });
  const cache = scratch.directory(`volume-${Math.random()}`);
  const bytes = volumeBytes(objects);
  const proxy = await Proxy.start(objects, scratch, {
    originPort,
    places: { '/var/cache/nginx': cache },
    wrapper: hard ? mounted(cache, bytes) : [],
    asRoot: hard,
  });
  const seen = () => bytesBelow(`/proc/${proxy.server.process.pid}/root${cache}`);
  return { proxy, bytes, seen };
}

/** Pages of 1 MiB, each another one; says how many were answered in full, and the most that lay on disk. */
async function flood(proxy: Proxy, pages: number, seen: () => number, clients = 8) {
  let peak = 0;
  let isRunning = true;
  const watch = (async () => {
    while (isRunning) {
      peak = Math.max(peak, seen());
      await sleep(50);
    }
  })();
  const answers = await many(pages, clients, (index) =>
    proxy.get(`/flood/${index}?size=${MIB}&type=image/png`),
  );
  isRunning = false;
  await watch;
  return { whole: answers.filter((one) => one?.status === 200 && one.body.length === MIB).length, peak };
}

const PAGES = 150;
const small: Partial<NginxCachingProxyProps> = {
  cacheSize: Size.mebibytes(16),
  meanObjectSize: Size.mebibytes(1),
};
const roomy = WorkloadProfile.fromQuantities({
  cpuRequest: '100m',
  memoryRequest: '1Gi',
  memoryLimit: '1Gi',
});

test('a flood stays within the volume that the fill rate made, although nginx lets it outgrow max_size', async () => {
  const { proxy, bytes, seen } = await onVolume({ ...small, fillRate: Size.mebibytes(30) }, false);
  const { whole, peak } = await flood(proxy, PAGES, seen);
  expect(whole).toBe(PAGES);
  // The cap of the guide is its volume too: it would be evicted.
  expect(peak).toBeGreaterThan(16 * MIB * 2);
  expect(peak).toBeLessThanOrEqual(bytes);
}, 60_000);

/** CPU time of a process, in seconds. */
function cpuSeconds(pid: number): number {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}

test('nobody is asked what misses write: a small cache has room for whatever its CPUs can fill', async () => {
  const { proxy, bytes, seen } = await onVolume(small, false);
  const [worker] = proxy.workers();
  const before = cpuSeconds(worker);
  const { whole, peak } = await flood(proxy, PAGES, seen, 16);
  expect(whole).toBe(PAGES);
  // What a tenth of the cache a second would have had room for is exceeded at once.
  expect(peak).toBeGreaterThan(16 * MIB * 3);
  expect(peak).toBeLessThanOrEqual(bytes);
  // The bound is not the speed of this machine, but what a second of CPU can fill.
  expect((PAGES * MIB) / (cpuSeconds(worker) - before)).toBeLessThan(FILL_BYTES_PER_CPU_SECOND);
}, 60_000);

test('a flood of pages that nobody asks for twice is not stored with two uses', async () => {
  const { proxy, seen } = await onVolume({ ...small, minUses: 2 }, false);
  const { whole, peak } = await flood(proxy, 100, seen);
  expect(whole).toBe(100);
  expect(peak).toBeLessThan(4 * MIB);
}, 60_000);

onHardVolume.each([
  ['in memory', { ...small, cacheStorage: ProxyCacheStorage.memory(), profile: roomy }],
  ['of a StorageClass', { ...small, cacheStorage: ProxyCacheStorage.ephemeralVolume() }],
])(
  'a full volume %s breaks no answer, and what is in the cache is served from it',
  async (_, props) => {
    const { proxy, bytes, seen } = await onVolume(props, true);
    await proxy.get('/kept');
    const { whole, peak } = await flood(proxy, PAGES, seen);
    expect(whole).toBe(PAGES);
    expect(peak).toBeLessThanOrEqual(bytes);
    expect(peak).toBeGreaterThan(0.9 * bytes);
    expect(proxy.server.log()).toContain('No space left on device');
    expect((await proxy.get('/kept')).status).toBe(200);
  },
  60_000,
);

onHardVolume(
  'the guide’s configuration on a full volume breaks answers',
  async () => {
    const cache = scratch.directory('guide-volume');
    const proxy = await Proxy.startGuide(scratch, originPort, {
      places: { cache },
      wrapper: mounted(cache, 20 * MIB),
      asRoot: true,
    });
    const { whole } = await flood(proxy, 100, () => 0);
    expect(whole).toBeLessThan(90);
  },
  60_000,
);
