/** Makes attacks: each on a wrong file and on ours, all at one time. */
import { Duration, Size, Testing } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import { Exposure } from 'cdk8s-tuned';
import { type AddressInfo, connect, createServer, type Server as TcpServer, type Socket } from 'net';
import { makeCertificate } from '../certificate';
import { scratchDirectory } from '../harness';
import { Origin } from '../http';
import { newNginx, Proxy, stopProxies, synthesize } from '../nginx-harness';
import { type Attack, type Finding, Site } from './attack';
import { StrangeOrigin } from './strange-origin';
import type { WrongFile } from './wrong-files';

/** Attacks that are under way at one time: the smallest of ours compresses 34 answers at once, and does not store more. */
const WIDTH = 24;
/** Crowds at one time; those that wait in turn take no CPU, and are not counted. */
const CROWDS = 2;

interface Target {
  readonly origin: Origin;
  readonly port: number;
  readonly nginx?: Proxy;
}

const OURS: Record<string, WrongFile> = {
  'as it is': { name: 'ours', from: 'ours' },
  'short stale': { name: 'ours', from: 'ours' },
  'strange origin': { name: 'ours', from: 'ours before a strange origin' },
  tls: { name: 'ours', from: 'ours' },
  'nginx of today': { name: 'ours', from: 'ours' },
};

/** What becomes of attacks. */
export interface Attacked {
  /** Lets all of them go. */
  begin(): void;
  /** What one found, once it has. */
  finding(attack: Attack): Promise<{ readonly wrong: Finding; readonly ours: Finding } | undefined>;
  end(): Promise<void>;
}

export function attackedBy(attacks: readonly Attack[]): Attacked {
  const scratch = scratchDirectory();
  const targets = new Map<string, Promise<Target>>();
  const ends: Array<() => unknown> = [];
  const findings = new Map<Attack, Promise<{ wrong: Finding; ours: Finding }>>();
  const tls = scratch.directory('tls');

  const start = async ({ from, edit }: WrongFile, our = 'as it is'): Promise<Target> => {
    const strange = from === 'relay' || from === 'ours before a strange origin';
    const origin = strange ? new StrangeOrigin() : new Origin();
    ends.push(() => origin.stop());
    const originPort = await origin.start();
    if (from === 'relay') return { origin, port: await relay(originPort, ends) };
    if (from === 'guide' || from === 'guide over TLS') {
      const overTls = from === 'guide over TLS';
      const nginx = await Proxy.startGuide(scratch, originPort, {
        edit: overTls ? (conf) => speakTls(edit?.(conf) ?? conf, tls) : edit,
        ...(overTls && { binary: newNginx(scratch) }),
      });
      return { origin, port: nginx.port, nginx };
    }
    const isToday = our === 'tls' || our === 'nginx of today';
    const objects = synthesize({
      hosts: ['shop.example.com'],
      meanObjectSize: Size.kibibytes(8),
      ...(isToday && { nginxVersion: undefined }),
      ...(our === 'tls' && {
        exposure: Exposure.loadBalancer(),
        tlsSecret: Secret.fromSecretName(Testing.chart(), 'tls', 'shop-tls'),
      }),
      ...(our === 'short stale' && { serveStale: Duration.seconds(2) }),
    });
    const nginx = await Proxy.start(objects, scratch, {
      originPort,
      edit,
      ...(isToday && { binary: newNginx(scratch) }),
      ...(our === 'tls' && { places: { '/etc/caching-proxy-tls': tls } }),
    });
    return { origin, port: (our === 'tls' && nginx.tlsPort) || nginx.port, nginx };
  };
  const target = (file: WrongFile, our?: string, crowd?: Attack) => {
    const key = `${file.name} ${our} ${crowd?.name}`;
    const known = targets.get(key) ?? start(file, our);
    targets.set(key, known);
    return known;
  };
  const crowds = atMost(CROWDS);
  const make = async (attack: Attack, index: number) => {
    const crowd = attack.crowd ? attack : undefined;
    const page = `/${attack.family.toLowerCase().replace(/[^a-z]+/g, '-')}-${String(index).padStart(3, '0')}`;
    const on = async (file: WrongFile, isOurs: boolean) => {
      const { origin, port, nginx } = await target(file, isOurs ? attack.our : undefined, crowd);
      const attacked = () => attack.make(new Site(origin, port, isOurs, page, nginx));
      return crowd && (isOurs || file.from !== 'ours') ? crowds(attacked) : attacked();
    };
    const [wrong, ours] = await Promise.all([
      on(attack.wrongFile, false),
      on(OURS[attack.our ?? 'as it is'], true),
    ]);
    return { wrong, ours };
  };

  return {
    begin: () => {
      makeCertificate(tls, 'shop.example.com');
      const underWay = atMost(WIDTH);
      for (const [index, attack] of attacks.entries()) {
        const finding = attack.crowd ? make(attack, index) : underWay(() => make(attack, index));
        // Its test tells.
        finding.catch(() => undefined);
        findings.set(attack, finding);
      }
    },
    finding: async (attack) => findings.get(attack),
    end: async () => {
      await stopProxies();
      await Promise.all(ends.map((end) => end()));
      scratch.remove();
    },
  };
}

/** Runs what it is given, no more than so many at one time. */
function atMost(width: number): <T>(run: () => Promise<T>) => Promise<T> {
  let free = width;
  const waiting: Array<() => void> = [];
  return async (run) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}

/** Passes bytes on, and understands none of them. */
async function relay(originPort: number, ends: Array<() => unknown>): Promise<number> {
  const sockets = new Set<Socket>();
  const server: TcpServer = createServer((client) => {
    const origin = connect(originPort, '127.0.0.1');
    for (const socket of [client, origin]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.pipe(origin).pipe(client);
  });
  ends.push(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function speakTls(conf: string, tls: string): string {
  return conf.replace(
    /listen (127\.0\.0\.1:\d+);/,
    `listen $1 ssl; http2 on; ssl_certificate ${tls}/tls.crt; ssl_certificate_key ${tls}/tls.key;`,
  );
}
