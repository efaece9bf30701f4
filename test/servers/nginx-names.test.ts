/**
 * Names of the origin that come late and move, on a newer nginx than Debian has: the one that `resolve` needs. Its build
 * lacks two modules; their directives are taken out, everything else is as it was synthesized.
 */
import { writeFileSync } from 'fs';
import { join } from 'path';
import { START_SCRIPT } from '../../lib/nginx/configuration/start-script-emitter';
import { NginxFeatures, versionOfImage } from '../../lib/nginx/tuning/nginx-version';
import { DEFAULT_IMAGES } from '../../lib/pod/images';
import { find, type Manifest } from '../support/synth';
import { Dns } from './dns';
import { own, runCommand, scratchDirectory, until } from './harness';
import { many, Origin, text } from './http';
import { newNginx, Proxy, stopProxies, synthesize } from './nginx-harness';

const NAME = 'shop-web.shop.svc.cluster.local';

const scratch = scratchDirectory();
const dns = new Dns();
const origin = new Origin();
let originPort: number;
let dnsPort: number;
let binary: string;
beforeAll(async () => {
  originPort = await origin.start();
  dnsPort = await dns.start();
  binary = newNginx(scratch);
});
beforeEach(() => {
  origin.forget();
  dns.addresses.clear();
});
afterAll(async () => {
  await stopProxies();
  dns.stop();
  await origin.stop();
  scratch.remove();
});

const start = () =>
  Proxy.start(synthesize({ nginxVersion: undefined, hosts: ['shop.example.com'] }), scratch, {
    binary,
    origins: {
      'shop-web.@NAMESPACE_DOMAIN@:80': `${NAME}:${originPort}`,
      '@DNS_SERVERS@ valid=10s': `127.0.0.1:${dnsPort} valid=1s`,
    },
  });

test('the image that is used by default can', () => {
  expect(new NginxFeatures(versionOfImage(DEFAULT_IMAGES.nginx)).resolvesUpstreams).toBe(true);
});

test('nginx starts while the name of the origin is not there, is healthy, and finds it when it comes', async () => {
  const proxy = await start();
  expect(text(await proxy.status('/healthz'))).toBe('ok');
  expect((await proxy.get('/early')).status).toBe(502);
  dns.addresses.set(NAME, '127.0.0.1');
  await until('the name', async () => (await proxy.get('/late')).status === 200, proxy.server);
  // It is asked for in full: nginx knows no search domains.
  expect(new Set(dns.asked)).toEqual(new Set([NAME]));
}, 60_000);

test('an origin that moves to another address is followed, and no visitor notices', async () => {
  dns.addresses.set(NAME, '127.0.0.1');
  const proxy = await start();
  await until('the name', async () => (await proxy.get('/first')).status === 200, proxy.server);
  const page = '/moved?cc=max-age=1';
  await proxy.get(page);
  const elsewhere = new Origin();
  await elsewhere.start(originPort, '127.0.0.2');
  origin.down = true;
  dns.addresses.set(NAME, '127.0.0.2');
  const answers: number[] = [];
  await until(
    'the new address',
    async () => {
      answers.push((await proxy.get(page)).status);
      return elsewhere.hits('/moved') > 0;
    },
    proxy.server,
  );
  expect(new Set(answers)).toEqual(new Set([200]));
  expect((await proxy.get('/new')).status).toBe(200);
  await elsewhere.stop();
}, 60_000);

test('connections to an origin that is resolved are used again', async () => {
  dns.addresses.set(NAME, '127.0.0.1');
  const proxy = await start();
  await until('the name', async () => (await proxy.get('/first')).status === 200, proxy.server);
  origin.forget();
  await many(50, 1, (index) => proxy.get(`/kept/${index}`));
  expect(origin.hits('/kept')).toBe(50);
  expect(origin.connections.size).toBeLessThanOrEqual(2);
}, 60_000);

describe('the start script', () => {
  const RESOLV = {
    kubernetes:
      'search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
    'two servers, one of IPv6, and another domain':
      'nameserver fd00::a\nnameserver 169.254.20.10\nsearch shop.svc.corp.internal svc.corp.internal corp.internal\n',
  };
  const IF_INET6 = {
    kubernetes: 'fe8000000000000000fc00fffe000001 02 40 20 80     eth0\n',
    'two servers, one of IPv6, and another domain': 'fd000000000000000000000000000002 02 40 00 82     eth0\n',
  };
  const EXPECTED = {
    kubernetes: ['10.96.0.10', 'shop.svc.cluster.local', 'svc.cluster.local'],
    'two servers, one of IPv6, and another domain': [
      '[fd00::a] 169.254.20.10',
      'shop.svc.corp.internal',
      'svc.corp.internal',
    ],
  };

  test.each(Object.keys(RESOLV) as Array<keyof typeof RESOLV>)(
    'with /etc/resolv.conf of %s',
    async (name) => {
      const directory = scratch.directory(`start-${name.length}`);
      const file = (path: string, content: string) => {
        writeFileSync(join(directory, path), content, { mode: 0o755 });
        own(join(directory, path));
        return join(directory, path);
      };
      const conf: Manifest = find(synthesize({ nginxVersion: undefined }), 'ConfigMap').data['nginx.conf'];
      const elsewhere = 'server web.@SERVICE_DOMAIN@:80 resolve;\n# @SERVICE_DOMAIN@\n';
      // A program called nginx shows what it was started with.
      file('nginx', '#!/bin/sh\necho "$@"\ncat "$2"\n');
      const script = file('start.sh', START_SCRIPT.replaceAll('/tmp/', `${directory}/`));
      const { stdout, stderr, code } = await runCommand(
        'sh',
        [script, file('in.conf', `${conf}${elsewhere}`)],
        {
          env: {
            PATH: `${directory}:${process.env.PATH}`,
            RESOLV_CONF: file('resolv.conf', RESOLV[name]),
            IF_INET6: file('if_inet6', IF_INET6[name]),
          },
        },
      );
      const [servers, namespace, services] = EXPECTED[name];
      expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
      expect(stdout).toContain(`-c ${directory}/nginx.conf -e stderr -g daemon off;\n`);
      // A pod that has no address of IPv6 but that of the link cannot reach a name over it.
      expect(stdout).toContain(`resolver ${servers} valid=10s${name === 'kubernetes' ? ' ipv6=off' : ''};`);
      expect(stdout.match(/listen .*;/g)).toEqual([
        'listen 127.0.0.1:8082;',
        ...['8080 default_server backlog=4096;', '8081;'].flatMap((one) => [
          `listen ${one}`,
          `listen [::]:${one}`,
        ]),
      ]);
      expect(stdout).toContain(`server shop-web.${namespace}:80 max_fails=0 resolve;`);
      expect(stdout).toContain(`server web.${services}:80 resolve;`);
      // Nothing but those lines is touched.
      expect(stdout).toContain('# @SERVICE_DOMAIN@');
    },
  );
});
