/** TLS of real nginx on both sides: certificates of clients' hosts that are renewed, and origins that are who they say. */
import { Testing } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import { Exposure, HttpUpstream } from 'cdk8s-tuned';
import { readFileSync, writeFileSync } from 'fs';
import { createServer, request, type Server as HttpsServer } from 'https';
import type { AddressInfo } from 'net';
import { join } from 'path';
import { freePort, own, runCommand, scratchDirectory, until } from './harness';
import { cacheStatus, fetchFrom } from './http';
import { Proxy, stopProxies, synthesize } from './nginx-harness';

const scratch = scratchDirectory();
const directory = scratch.directory('certificates');
const at = (name: string) => join(directory, name);
const secret = (name: string) => Secret.fromSecretName(Testing.chart(), name, name);

async function openssl(...args: string[]): Promise<void> {
  const { code, stderr } = await runCommand('openssl', args, { cwd: directory });
  if (code !== 0) throw new Error(stderr);
}

async function authority(name: string): Promise<void> {
  await openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.crt`,
    '-subj',
    `/CN=${name}`,
    '-days',
    '2',
  );
}

/** A certificate for a host, signed by an authority. */
async function certificate(file: string, host: string, by: string): Promise<void> {
  await openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    `${file}.key`,
    '-out',
    `${file}.csr`,
    '-subj',
    `/CN=${file}`,
  );
  writeFileSync(at(`${file}.ext`), `subjectAltName=DNS:${host}\n`);
  await openssl(
    'x509',
    '-req',
    '-in',
    `${file}.csr`,
    '-CA',
    `${by}.crt`,
    '-CAkey',
    `${by}.key`,
    '-CAcreateserial',
    '-out',
    `${file}.crt`,
    '-days',
    '2',
    '-extfile',
    `${file}.ext`,
  );
}

beforeAll(async () => {
  await Promise.all([authority('authority'), authority('impostor')]);
  await certificate('cms', 'cms.example.com', 'authority');
  await certificate('other', 'other.example.com', 'authority');
  await certificate('fake', 'cms.example.com', 'impostor');
  await certificate('first', 'shop.example.com', 'authority');
  await certificate('second', 'shop.example.com', 'authority');
}, 60_000);
afterAll(async () => {
  await stopProxies();
  scratch.remove();
});

describe('an origin over TLS', () => {
  const seen: Array<Record<string, unknown>> = [];
  const servers: HttpsServer[] = [];
  afterAll(() => servers.forEach((server) => server.close()));

  async function through(name: string) {
    const server = createServer(
      { key: readFileSync(at(`${name}.key`)), cert: readFileSync(at(`${name}.crt`)) },
      (incoming, outgoing) => {
        seen.push({
          host: incoming.headers.host,
          forwarded: incoming.headers['x-forwarded-host'],
          name: (incoming.socket as unknown as { servername: string }).servername,
        });
        outgoing.end('from the origin');
      },
    );
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const upstream = HttpUpstream.externalHost({
      host: 'cms.example.com',
      tls: { authorities: secret('ca') },
    });
    return Proxy.start(synthesize({ upstream, hosts: ['shop.example.com'] }), scratch, {
      origins: {
        'cms.example.com:443': `127.0.0.1:${(server.address() as AddressInfo).port}`,
        '/etc/caching-proxy-ca/ca.crt': at('authority.crt'),
      },
    });
  }

  test('whose certificate is good is asked under its own name, and cached', async () => {
    const proxy = await through('cms');
    const answers = [await proxy.get('/page'), await proxy.get('/page')];
    expect(answers.map((one) => [one.status, cacheStatus(one)])).toEqual([
      [200, 'MISS'],
      [200, 'HIT'],
    ]);
    expect(seen).toEqual([
      { host: 'cms.example.com', forwarded: 'shop.example.com', name: 'cms.example.com' },
    ]);
  });

  test.each([
    ['another host', 'other'],
    ['an unknown authority', 'fake'],
  ])('with a certificate of %s is not asked', async (_, name) => {
    seen.length = 0;
    const proxy = await through(name);
    expect((await proxy.get('/page')).status).toBe(502);
    expect(seen).toEqual([]);
  });
});

describe('nginx that speaks TLS', () => {
  const tls = scratch.directory('mounted');
  const mount = (name: string) => {
    for (const [file, ending] of [
      ['tls.crt', 'crt'],
      ['tls.key', 'key'],
    ]) {
      writeFileSync(join(tls, file), readFileSync(at(`${name}.${ending}`)));
      own(join(tls, file));
    }
  };
  /** The subject of the certificate that a host shows, and what it answers. */
  const ask = (port: number, host: string) =>
    new Promise<{ subject: string; status?: number }>((resolve, reject) => {
      const options = {
        host: '127.0.0.1',
        port,
        servername: 'shop.example.com',
        headers: { host },
        agent: false,
        ca: readFileSync(at('authority.crt')),
      };
      request(options, (incoming) => {
        const { subject } = (
          incoming.socket as unknown as { getPeerCertificate(): { subject: { CN: string } } }
        ).getPeerCertificate();
        incoming.resume();
        incoming.on('end', () => resolve({ subject: subject.CN, status: incoming.statusCode }));
      })
        .on('error', reject)
        .end();
    });

  test('shows its certificate, reads a renewed one without a restart, and sends plain requests there', async () => {
    mount('first');
    const plain = await freePort();
    const objects = synthesize({
      hosts: ['shop.example.com'],
      exposure: Exposure.loadBalancer(),
      tlsSecret: secret('shop-tls'),
      upstream: HttpUpstream.service({ name: 'legacy' }),
    });
    const proxy = await Proxy.start(objects, scratch, {
      port: plain,
      origins: { 'server legacy:80': 'server 127.0.0.1:9', '/etc/caching-proxy-tls': tls },
    });
    const secure = proxy.tlsPort ?? 0;
    expect(await ask(secure, 'shop.example.com')).toEqual({ subject: 'first', status: 502 });
    expect(await ask(secure, 'evil.example')).toEqual({ subject: 'first', status: 421 });
    const redirect = await fetchFrom(plain, '/a?b=c', { host: 'shop.example.com' });
    expect([redirect.status, redirect.headers.location]).toEqual([308, 'https://shop.example.com/a?b=c']);
    expect((await fetchFrom(plain, '/', { host: 'evil.example' })).status).toBe(421);
    mount('second');
    await until(
      'the renewed certificate',
      async () => (await ask(secure, 'shop.example.com')).subject === 'second',
      proxy.server,
    );
  });
});
