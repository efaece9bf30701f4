/** Who the client is, and over which addresses it comes: the PROXY protocol and IPv6, on real nginx. */
import { Exposure } from 'cdk8s-tuned';
import { writeFileSync } from 'fs';
import { connect } from 'net';
import { join } from 'path';
import { START_SCRIPT } from '../../lib/nginx/configuration/start-script-emitter';
import { describeUnless } from '../support/skip';
import { find } from '../support/synth';
import { own, relocate, runCommand, scratchDirectory } from './harness';
import { Origin } from './http';
import { namespaceReason, NETWORK_NAMESPACE } from './namespaces';
import { Proxy, stopProxies, synthesize } from './nginx-harness';

const scratch = scratchDirectory();
const origin = new Origin();
let originPort: number;
beforeAll(async () => {
  originPort = await origin.start();
});
beforeEach(() => origin.forget());
afterAll(async () => {
  await stopProxies();
  await origin.stop();
  scratch.remove();
});

/** Sends bytes, then a request, and reads until the end; nothing when the connection is closed without an answer. */
function speak(port: number, first: Buffer | string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
    socket.write(first);
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: shop.example.com\r\nX-Forwarded-For: 192.0.2.66\r\nConnection: close\r\n\r\n`,
    );
  });
}

describe('the PROXY protocol', () => {
  const start = (trusted: string) =>
    Proxy.start(
      synthesize({
        hosts: ['shop.example.com'],
        exposure: Exposure.loadBalancer({ proxyProtocol: { trustedSources: [trusted] } }),
      }),
      scratch,
      { originPort },
    );
  const V1 = 'PROXY TCP4 203.0.113.7 10.0.0.1 5555 80\r\n';
  const V1_IPV6 = 'PROXY TCP6 2001:db8::7 2001:db8::1 5555 80\r\n';
  /** Version 2: signature, PROXY over TCP/IPv4, 12 bytes of addresses and ports. */
  const V2 = Buffer.concat([
    Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'),
    Buffer.from([0x21, 0x11, 0, 12, 203, 0, 113, 7, 10, 0, 0, 1, 0x15, 0xb3, 0, 80]),
  ]);

  test.each<[string, string | Buffer, string]>([
    ['version 1', V1, '203.0.113.7'],
    ['version 1 with a client of IPv6', V1_IPV6, '2001:db8::7'],
    ['version 2', V2, '203.0.113.7'],
  ])(
    'of the load balancer, %s, says who the client is; no header of the client does',
    async (name, header, client) => {
      const proxy = await start('127.0.0.0/8');
      expect(await speak(proxy.port, header, `/client/${name.length}`)).toMatch(/^HTTP\/1.1 200 /);
      expect(origin.seen).toHaveLength(1);
      expect(origin.seen[0]).toMatchObject({ 'x-forwarded-for': client, 'x-real-ip': client });
    },
  );

  test('of anybody else is read and not believed', async () => {
    const proxy = await start('198.51.100.0/24');
    expect(await speak(proxy.port, V1, '/stranger')).toMatch(/^HTTP\/1.1 200 /);
    expect(origin.seen[0]).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1' });
  });

  test('is needed: a connection without it is closed, and the probes do not need it', async () => {
    const proxy = await start('127.0.0.0/8');
    expect(await speak(proxy.port, '', '/without')).not.toContain('200 OK');
    expect(origin.seen).toEqual([]);
    expect((await proxy.status('/healthz')).status).toBe(200);
  });
});

describeUnless(namespaceReason(NETWORK_NAMESPACE, ['ip', 'link', 'set', 'lo', 'up']))('IPv6', () => {
  /** What a pod answers over both families, started as its container is, in a network of its own. */
  async function answersOf(network: string, name: string): Promise<Record<string, string>> {
    const directory = scratch.directory(`family-${name}`);
    const conf: string = find(synthesize({ hosts: ['shop.example.com'] }), 'ConfigMap', 'shop-edge').data[
      'nginx.conf'
    ];
    const file = (path: string, content: string) => {
      writeFileSync(join(directory, path), content);
      own(join(directory, path));
      return join(directory, path);
    };
    scratch.directory(`family-${name}/cache`);
    scratch.directory(`family-${name}/tmp`);
    const input = file(
      'in.conf',
      relocate(conf, {
        '/var/cache/nginx': `${directory}/cache`,
        '/var/log/caching-proxy': directory,
        '/tmp/': `${directory}/tmp/`,
        'shop-web:80': '127.0.0.1:9',
      }),
    );
    const start = file('start.sh', START_SCRIPT.replaceAll('/tmp/', `${directory}/tmp/`));
    const client = file(
      'client.js',
      `const ask = async (name, url) => {
        for (let left = 100; ; left -= 1) {
          try { return [name, await (await fetch(url)).text()]; }
          catch (error) { if (left === 0 || name.endsWith('IPv6')) return [name, error.cause?.code ?? String(error)]; }
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      };
      (async () => {
        const all = [];
        all.push(await ask('status over IPv4', 'http://127.0.0.1:8081/healthz'));
        all.push(await ask('status over IPv6', 'http://[::1]:8081/healthz'));
        all.push(await ask('site over IPv6', 'http://[::1]:8080/'));
        console.log(JSON.stringify(Object.fromEntries(all)));
      })();`,
    );
    const script = `${network}
      sh ${start} ${input} > ${directory}/log 2>&1 & nginx=$!
      ${process.execPath} ${client}
      kill $nginx; wait $nginx; cat ${directory}/log >&2`;
    const { stdout, stderr } = await runCommand('unshare', [...NETWORK_NAMESPACE, 'sh', '-c', script], {
      uid: process.getuid?.(),
      gid: process.getgid?.(),
    });
    try {
      return { ...JSON.parse(stdout), log: stderr };
    } catch {
      throw new Error(stdout + stderr);
    }
  }

  test('is listened on where the pod has it, for visitors and for the kubelet', async () => {
    expect(await answersOf('ip link set lo up', 'both')).toEqual({
      'status over IPv4': 'ok',
      'status over IPv6': 'ok',
      'site over IPv6': expect.stringContaining('421'),
      log: expect.not.stringContaining('emerg'),
    });
  }, 30_000);

  test.each([
    ['has turned it off', 'sysctl -qw net.ipv6.conf.all.disable_ipv6=1; ip link set lo up', 'off'],
    ['does not know it', 'ip link set lo up; export IF_INET6=/none', 'none'],
  ])(
    'keeps nginx from starting nowhere: the kernel %s',
    async (_, network, name) => {
      expect(await answersOf(network, name)).toEqual({
        'status over IPv4': 'ok',
        'status over IPv6': expect.not.stringContaining('ok'),
        'site over IPv6': expect.not.stringContaining('421'),
        log: expect.not.stringContaining('emerg'),
      });
    },
    30_000,
  );
});
