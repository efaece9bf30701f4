/**
 * The network of the pods, with real packets: a network namespace for each pod, routed through that of the nodes, where
 * kube-router turns the policies that the API server holds into rules of the kernel.
 */
import { runCommand, type Server, startServer, until } from '../servers/harness';
import type { Manifest } from '../support/synth';
import { ADDRESSES, type ControlPlane, networkOf } from './control-plane';

/** Something that listens. */
export interface Endpoint {
  readonly name: string;
  readonly address: string;
  readonly ports: readonly Port[];
}

export interface Port {
  readonly protocol: 'TCP' | 'UDP';
  readonly port: number;
}

/** A port where every pod listens and that nothing declares. */
const UNDECLARED: Port = { protocol: 'TCP', port: 9 };
/** Where a pod sends what is not for itself: the other end of its link. */
const GATEWAY = '169.254.1.1';

/** Listens on ports, and answers with what it is sent. */
const LISTEN = `
for (const { protocol, port } of JSON.parse(process.argv[1]))
  if (protocol === 'TCP') require('net').createServer((socket) => socket.on('error', () => {}).end()).listen(port, '0.0.0.0');
  else {
    const socket = require('dgram').createSocket('udp4');
    socket.on('message', (data, { address, port }) => socket.send(data, port, address)).bind(port, '0.0.0.0');
  }`;

/** Prints which of its targets it reaches. Packets that a policy drops are sent twice before it gives up. */
const REACH = `
const reach = ({ protocol, address, port }) => new Promise((resolve) => {
  const answer = (is) => { clearTimeout(timer); clearInterval(again); resolve(is); };
  const timer = setTimeout(() => answer(false), 2500);
  let again;
  if (protocol === 'TCP') {
    const socket = require('net').connect(port, address);
    socket.on('connect', () => { socket.destroy(); answer(true); }).on('error', () => answer(false));
  } else {
    const socket = require('dgram').createSocket('udp4').on('message', () => answer(true)).on('error', () => answer(false));
    const send = () => socket.send('?', port, address);
    again = setInterval(send, 1000);
    send();
  }
});
Promise.all(JSON.parse(process.argv[1]).map(reach)).then((all) => { console.log(JSON.stringify(all)); process.exit(); });`;

export class PodNetwork {
  public static async start(plane: ControlPlane): Promise<PodNetwork> {
    const network = new PodNetwork(plane);
    plane.mustShell('echo 1 > /proc/sys/net/ipv4/ip_forward');
    network.keep(
      plane.startProgram(
        'kube-router',
        '--run-firewall=true',
        '--run-router=false',
        '--run-service-proxy=false',
        '--run-loadbalancer=false',
        `--kubeconfig=${plane.file('kubeconfig')}`,
        '--hostname-override=node-1',
        `--service-cluster-ip-range=${ADDRESSES.services}`,
      ),
    );
    const hasRules = () => plane.mustShell('iptables-save').includes('KUBE-ROUTER-FORWARD');
    await until('the rules of kube-router', hasRules);
    return network;
  }

  private readonly servers: Server[] = [];
  private readonly endpoints = new Map<string, Endpoint & { readonly pid: number }>();

  private constructor(private readonly plane: ControlPlane) {}

  /** Gives a pod its network, and lets it listen on the ports that it declares, and on one that it does not. */
  public async attachPod(name: string, { spec, status }: Manifest): Promise<void> {
    const containers: Manifest[] = [...(spec.initContainers ?? []), ...spec.containers];
    const declared: Port[] = containers
      .flatMap(({ ports = [] }) => ports)
      .map(({ containerPort, protocol = 'TCP' }: Manifest) => ({ protocol, port: containerPort }));
    await this.attach({ name, address: status.podIP, ports: [...declared, UNDECLARED] });
  }

  /** A machine with an address, of the cluster or beyond. */
  public async attach(endpoint: Endpoint): Promise<void> {
    const log = this.plane.file(`${this.endpoints.size}.log`);
    const [command, words] = this.plane.inside('unshare', '--net', 'sleep', 'infinity');
    const holder = this.keep(startServer(command, words, { log, asRoot: true }));
    const pid = holder.process.pid!;
    const link = `pod${this.endpoints.size}`;
    const others = [networkOf('self'), networkOf(this.plane.pid)];
    await until('a network namespace', () => !others.includes(networkOf(pid)));
    this.plane.mustShell(
      [
        `ip link add ${link} type veth peer name eth0 netns ${pid}`,
        `ip address add ${GATEWAY}/32 dev ${link}`,
        `ip link set ${link} up`,
        `ip route add ${endpoint.address}/32 dev ${link}`,
      ].join(' && '),
    );
    const inPod = ['nsenter', '--target', `${pid}`, '--net'];
    const setUp = [
      'ip link set lo up',
      `ip address add ${endpoint.address}/32 dev eth0`,
      'ip link set eth0 up',
      `ip route add ${GATEWAY} dev eth0 scope link`,
      `ip route add default via ${GATEWAY}`,
    ].join(' && ');
    this.plane.mustShell(`${inPod.join(' ')} sh -euc '${setUp}'`);
    const [listen, listening] = this.plane.inside(
      ...inPod,
      process.execPath,
      '-e',
      LISTEN,
      JSON.stringify(endpoint.ports),
    );
    this.keep(startServer(listen, listening, { log, asRoot: true }));
    this.endpoints.set(endpoint.name, { ...endpoint, pid });
  }

  /** Everything that an endpoint reaches of all others, as `name port/protocol`. */
  public async reachableFrom(name: string): Promise<string[]> {
    const from = this.endpoints.get(name)!;
    const targets = [...this.endpoints.values()]
      .filter((endpoint) => endpoint.name !== name)
      .flatMap((endpoint) =>
        endpoint.ports.map((port) => ({ ...port, name: endpoint.name, address: endpoint.address })),
      );
    const [command, words] = this.plane.inside(
      ...['nsenter', '--target', `${from.pid}`, '--net'],
      ...[process.execPath, '-e', REACH, JSON.stringify(targets)],
    );
    const { code, stdout, stderr } = await runCommand(command, words, { uid: undefined, gid: undefined });
    if (code !== 0) throw new Error(stderr);
    const reached: boolean[] = JSON.parse(stdout);
    return targets
      .filter((_, index) => reached[index])
      .map((target) => `${target.name} ${target.port}/${target.protocol}`)
      .sort();
  }

  /** Waits until a policy of every pod that one selects has become rules. */
  public async untilProgrammed(addresses: readonly string[]): Promise<void> {
    await until('the rules of the policies', () => {
      const rules = this.plane.mustShell('iptables-save');
      return addresses.every((address) => rules.includes(`${address}/32`));
    });
  }

  public async stop(): Promise<void> {
    await Promise.all(this.servers.reverse().map((server) => server.stop('SIGKILL')));
  }

  private keep(server: Server): Server {
    this.servers.push(server);
    return server;
  }
}
