/**
 * A Kubernetes control plane of one's own: etcd, the API server, its controllers and scheduler, and simulated kubelets that
 * run every pod without a container. It lives in a network namespace, so that its ports and addresses are nobody else's.
 */
import { spawnSync } from 'child_process';
import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'fs';
import { delimiter, join } from 'path';
import { parseAllDocuments } from 'yaml';
import {
  type Outcome,
  runCommand,
  type Scratch,
  scratchDirectory,
  type Server,
  startServer,
  until,
} from '../servers/harness';
import { NETWORK_NAMESPACE } from '../servers/namespaces';
import type { Manifest } from '../support/synth';
import { customResourceDefinitions } from './custom-resources';

/** Annotation of a pod of a job: `fail` lets it fail, `run` lets it go on; without it, it completes at once. */
export const OUTCOME = 'cluster-test/outcome';

/** What the nodes of the tests have; a pod that asks for more stays pending. */
const NODE = { cpu: '16', memory: '64Gi', pods: '110', 'ephemeral-storage': '200Gi' };
const NODES = 6;
const ZONES = 3;

/** Kinds whose changes the API server counts. */
const SPECIFIED =
  'deployments,statefulsets,replicasets,cronjobs,jobs,networkpolicies,pdb,vpa,httproutes,podmonitors,servicemonitors,prometheusrules';

/** Claims of it may grow. */
const STORAGE_CLASS = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: 'csi.example.com',
  allowVolumeExpansion: true,
};

/** Addresses: of the nodes, which share one, of their pods, and of Services. */
export const ADDRESSES = {
  node: '10.99.0.1',
  pods: '10.244.0.1/16',
  services: '10.96.0.0/16',
  firstService: '10.96.0.1',
};
const ETCD_PORTS = { client: 2379, peer: 2380 };
const API_PORT = 6443;

/** Directories of the programs, as `npm run test:cluster` has found or built them. */
const PROGRAMS = process.env.CONTROL_PLANE?.split(delimiter);

export interface ControlPlaneOptions {
  /** The only controllers that run, by their names; without nodes and a scheduler. All where there are none. */
  readonly controllers?: readonly string[];
}

export class ControlPlane {
  /** Starts all of it, with the custom resources that our manifests may hold. */
  public static async start({ controllers }: ControlPlaneOptions = {}): Promise<ControlPlane> {
    const plane = new ControlPlane(scratchDirectory());
    await plane.startApiServer();
    await plane.addCustomResources();
    await plane.apply([STORAGE_CLASS]);
    plane.startControllers(controllers ?? ['*']);
    if (controllers === undefined) await plane.addNodes();
    return plane;
  }

  private readonly namespace: Server;

  private constructor(private readonly scratch: Scratch) {
    this.namespace = startServer('unshare', [...NETWORK_NAMESPACE, 'sleep', 'infinity'], {
      log: join(scratch.path, 'namespace.log'),
      asRoot: true,
    });
  }

  /** A file of the control plane's own directory. */
  public file(name: string): string {
    return join(this.scratch.path, name);
  }

  /** Words that run a command inside the network namespace. */
  public inside(...command: readonly string[]): readonly [string, readonly string[]] {
    const user = NETWORK_NAMESPACE.includes('--map-root-user') ? ['--user', '--preserve-credentials'] : [];
    return ['nsenter', ['--target', `${this.namespace.process.pid}`, '--net', ...user, ...command]];
  }

  /** Process whose network namespace it is. */
  public get pid(): number {
    return this.namespace.process.pid!;
  }

  /** Starts one of the programs inside. */
  public startProgram(name: string, ...args: readonly string[]): Server {
    const [command, words] = this.inside(programOf(name), ...args);
    return startServer(command, words, {
      log: this.file(`${name}.log`),
      asRoot: true,
      env: { HOME: this.scratch.path },
    });
  }

  /** Runs kubectl, or another client, to its end. */
  public run(program: 'kubectl' | 'helm', args: readonly string[], input?: string): Promise<Outcome> {
    const [command, words] = this.inside(programOf(program), ...args);
    return runCommand(command, words, {
      uid: undefined,
      gid: undefined,
      env: { KUBECONFIG: this.file('kubeconfig'), HOME: this.scratch.path, KUBECTL_KUBERC: 'false' },
      input,
    });
  }

  /** The same, and an error with what it said where it fails. */
  public async kubectl(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run('kubectl', args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  /** Objects of a kind, in a namespace or in all. */
  public async list(kind: string, namespace?: string): Promise<Manifest[]> {
    const where = namespace === undefined ? ['--all-namespaces'] : ['--namespace', namespace];
    return JSON.parse(await this.kubectl('get', kind, ...where, '--output=json')).items;
  }

  public async get(kind: string, name: string, namespace: string): Promise<Manifest> {
    return JSON.parse(await this.kubectl('get', kind, name, '--namespace', namespace, '--output=json'));
  }

  /** `kubectl apply` of objects, with strict validation; answers how it went. */
  public tryApply(objects: readonly Manifest[], ...options: readonly string[]): Promise<Outcome> {
    return this.run(
      'kubectl',
      ['apply', '--validate=strict', '--filename=-', ...options],
      documents(objects),
    );
  }

  /** The same, and an error where one is refused. Answers a line for each object: what it is, and what was done to it. */
  public async apply(objects: readonly Manifest[], ...options: readonly string[]): Promise<string[]> {
    const { code, stdout, stderr } = await this.tryApply(objects, ...options);
    if (code !== 0) throw new Error(`kubectl apply: ${stderr}`);
    return stdout.trim().split('\n');
  }

  /**
   * What a change of an object's specification counts up, and a change of its status does not. (What `kubectl apply` says is
   * no answer: it calls claim templates, and the selectors of budgets, configured each time.)
   */
  public async generations(namespace: string, kinds = SPECIFIED): Promise<string[]> {
    const counted = (await this.list(kinds, namespace)).filter(
      ({ metadata }) => metadata.generation !== undefined,
    );
    return counted.map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.generation}`).sort();
  }

  /** What `kubectl diff` shows of objects: nothing, where an apply would change nothing. */
  public async difference(objects: readonly Manifest[]): Promise<string> {
    const { code, stdout, stderr } = await this.run('kubectl', ['diff', '--filename=-'], documents(objects));
    if (code > 1) throw new Error(`kubectl diff: ${stderr}`);
    return stdout;
  }

  /** A namespace that admits what a level of Pod Security lets through, and nothing else. */
  public async createNamespace(name: string, level = 'restricted'): Promise<void> {
    const labels = { 'pod-security.kubernetes.io/enforce': level };
    await this.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }]);
  }

  /** Makes a volume for each claim that waits for one: there is no provisioner. */
  public async bindClaims(): Promise<void> {
    const waiting = (await this.list('pvc')).filter(({ status }) => status.phase === 'Pending');
    if (waiting.length > 0) await this.apply(waiting.map(volumeFor));
  }

  /** Waits until the pods of a namespace are as many and all run; makes volumes for their claims. */
  public async untilRunning(namespace: string, atLeast = 1): Promise<Manifest[]> {
    let pods: Manifest[] = [];
    await until(
      `pods of ${namespace}`,
      async () => {
        await this.bindClaims();
        pods = (await this.list('pods', namespace)).filter(({ metadata }) => !metadata.deletionTimestamp);
        return (
          pods.length >= atLeast &&
          pods.every(({ status }) => ['Running', 'Succeeded'].includes(status.phase))
        );
      },
      undefined,
      120,
    );
    return pods;
  }

  /** Waits until the workloads of a namespace have the ready pods that they want; answers how many: wanted, ready. */
  public async untilStable(namespace: string): Promise<readonly [wanted: number, ready: number]> {
    let numbers: readonly [number, number] = [0, 0];
    const look = async () => {
      await this.bindClaims();
      const workloads = await this.list('deployments,statefulsets', namespace);
      const autoscalers = await this.list('hpa', namespace);
      const sum = (of: (workload: Manifest) => number) =>
        workloads.reduce((total, one) => total + of(one), 0);
      numbers = [sum(({ spec }) => spec.replicas), sum(({ status }) => status.readyReplicas ?? 0)];
      return (
        workloads.every(({ metadata, status }) => status.observedGeneration === metadata.generation) &&
        autoscalers.every(
          ({ spec }) => replicasOf(workloads, spec.scaleTargetRef) >= (spec.minReplicas ?? 1),
        ) &&
        numbers[0] === numbers[1]
      );
    };
    await until(`the workloads of ${namespace}`, look, undefined, 180);
    return numbers;
  }

  public async stop(): Promise<void> {
    await Promise.all(this.servers.reverse().map((server) => server.stop('SIGKILL')));
    await this.namespace.stop('SIGKILL');
    this.scratch.remove();
  }

  private readonly servers: Server[] = [];

  private async startApiServer(): Promise<void> {
    await until('the network namespace', () => networkOf(this.pid) !== networkOf('self'));
    this.mustShell('ip link set lo up');
    // The address of the nodes; an API server asks for one that is no loopback's.
    this.mustShell(`ip address add ${ADDRESSES.node}/32 dev lo`);
    makeCertificates(this.scratch.path);
    writeFileSync(this.file('tokens'), 'admin,admin,1,"system:masters"\n');
    writeFileSync(this.file('kubeconfig'), kubeconfig(this.file('ca.crt')));
    writeFileSync(this.file('stages.yaml'), stages(readFileSync(programOf('stages.yaml'), 'utf8')));
    const client = `http://127.0.0.1:${ETCD_PORTS.client}`;
    const peer = `http://127.0.0.1:${ETCD_PORTS.peer}`;
    this.add('etcd', {
      'data-dir': this.file('etcd'),
      'listen-client-urls': client,
      'advertise-client-urls': client,
      'listen-peer-urls': peer,
      'unsafe-no-fsync': true,
    });
    const api = this.add('kube-apiserver', {
      'etcd-servers': client,
      'bind-address': '127.0.0.1',
      'advertise-address': ADDRESSES.node,
      'secure-port': API_PORT,
      'tls-cert-file': this.file('tls.crt'),
      'tls-private-key-file': this.file('tls.key'),
      'token-auth-file': this.file('tokens'),
      'client-ca-file': this.file('ca.crt'),
      'authorization-mode': 'RBAC',
      'service-cluster-ip-range': ADDRESSES.services,
      'service-account-issuer': 'https://kubernetes.default.svc',
      'service-account-key-file': this.file('sa.pub'),
      'service-account-signing-key-file': this.file('sa.key'),
      'endpoint-reconciler-type': 'none',
    });
    const isReady = async () => (await this.run('kubectl', ['get', '--raw=/readyz'])).code === 0;
    await until('the API server', isReady, api);
  }

  private startControllers(controllers: readonly string[]): void {
    const config = { kubeconfig: this.file('kubeconfig'), 'kube-api-qps': 200, 'kube-api-burst': 400 };
    this.add('kube-controller-manager', {
      ...config,
      controllers: controllers.join(','),
      // On a busy machine a node that nothing is wrong with may be silent for a while.
      'node-monitor-grace-period': '1h',
      'leader-elect': false,
      'service-account-private-key-file': this.file('sa.key'),
      'root-ca-file': this.file('ca.crt'),
    });
    if (!controllers.includes('*')) return;
    this.add('kube-scheduler', { ...config, 'leader-elect': false });
    this.add('kwok', {
      kubeconfig: this.file('kubeconfig'),
      config: this.file('stages.yaml'),
      'manage-all-nodes': true,
      'node-ip': ADDRESSES.node,
      cidr: ADDRESSES.pods,
    });
  }

  private add(name: string, flags: Readonly<Record<string, string | number | boolean>>): Server {
    const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
    const server = this.startProgram(name, ...args);
    this.servers.push(server);
    return server;
  }

  /** Runs a line of shell inside, as root of the namespace. */
  public shell(line: string) {
    const [command, words] = this.inside('sh', '-euc', line);
    return spawnSync(command, words, { encoding: 'utf8', cwd: '/' });
  }

  public mustShell(line: string): string {
    const { status, stdout, stderr } = this.shell(line);
    if (status !== 0) throw new Error(`${line}: ${stderr}`);
    return stdout;
  }

  /** Ends with the control plane. */
  public keep(server: Server): Server {
    this.servers.push(server);
    return server;
  }

  private async addCustomResources(): Promise<void> {
    const definitions = customResourceDefinitions();
    await this.apply(definitions, '--server-side');
    const isEstablished = async () =>
      (await this.list('crd')).filter(({ status }) =>
        status.conditions?.some(({ type, status: is }: Manifest) => type === 'Established' && is === 'True'),
      ).length === definitions.length;
    await until('the custom resources', isEstablished);
  }

  private async addNodes(): Promise<void> {
    const nodes = Array.from({ length: NODES }, (_, index) => nodeOf(index));
    await this.apply(nodes);
    for (const { metadata } of nodes)
      await this.kubectl(
        'patch',
        'node',
        metadata.name,
        '--subresource=status',
        '--type=merge',
        '--patch',
        JSON.stringify({ status: { allocatable: NODE, capacity: NODE } }),
      );
    await until('the nodes', async () => (await this.list('nodes')).every(isReadyNode));
  }
}

function programOf(name: string): string {
  const found = PROGRAMS?.map((directory) => join(directory, name)).find((path) => existsSync(path));
  if (found === undefined)
    throw new Error(`there is no ${name}; these tests are for \`npm run test:cluster\``);
  return found;
}

/** JSON, which is YAML of every version. */
function documents(objects: readonly Manifest[]): string {
  return objects.map((object) => JSON.stringify(object)).join('\n---\n');
}

function nodeOf(index: number): Manifest {
  const name = `node-${index + 1}`;
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'topology.kubernetes.io/zone': `zone-${(index % ZONES) + 1}`,
  };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } };
}

/** The network namespace of a process. */
export function networkOf(pid: number | 'self'): string {
  return readlinkSync(`/proc/${pid}/ns/net`);
}

function replicasOf(workloads: readonly Manifest[], { kind, name }: Manifest): number {
  const target = workloads.find((one) => one.kind === kind && one.metadata.name === name);
  return target?.spec.replicas ?? Infinity;
}

function isReadyNode({ status }: Manifest): boolean {
  return (
    status.allocatable?.cpu === NODE.cpu &&
    status.conditions?.some(({ type, status: is }: Manifest) => type === 'Ready' && is === 'True')
  );
}

function volumeFor({ metadata, spec }: Manifest): Manifest {
  const name = `${metadata.namespace}-${metadata.name}`;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      accessModes: spec.accessModes,
      capacity: spec.resources.requests,
      claimRef: { name: metadata.name, namespace: metadata.namespace },
      csi: { driver: 'csi.example.com', volumeHandle: name },
      ...(spec.storageClassName ? { storageClassName: spec.storageClassName } : {}),
    },
  };
}

/** Those of kwok, but a pod of a job ends as its annotation says. */
function stages(text: string): string {
  const all: Manifest[] = parseAllDocuments(text).map((document) => document.toJS());
  const completes = all.find(({ metadata }) => metadata.name === 'pod-complete');
  const outcome = `.metadata.annotations["${OUTCOME}"]`;
  const fails: Manifest = JSON.parse(
    JSON.stringify(completes)
      .replace('exitCode: 0', 'exitCode: 1')
      .replace('reason: Completed', 'reason: Error')
      .replace('phase: Succeeded', 'phase: Failed'),
  );
  fails.metadata.name = 'pod-fail';
  fails.spec.selector.matchExpressions.push({ key: outcome, operator: 'In', values: ['fail'] });
  completes.spec.selector.matchExpressions.push({ key: outcome, operator: 'NotIn', values: ['fail', 'run'] });
  return documents([...all, fails]);
}

function kubeconfig(authority: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'c', cluster: { server: `https://127.0.0.1:${API_PORT}`, 'certificate-authority': authority } },
    ],
    users: [{ name: 'admin', user: { token: 'admin' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'admin' } }],
    'current-context': 'c',
  });
}

/** An authority, a certificate of the API server, and the keys of service accounts. */
function makeCertificates(directory: string): void {
  const openssl = (...args: readonly string[]) => {
    const { status, stderr } = spawnSync('openssl', args, { cwd: directory, encoding: 'utf8' });
    if (status !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`);
  };
  const key = ['-newkey', 'rsa:2048', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=ca', '-days', '2');
  openssl('req', ...key, '-keyout', 'tls.key', '-out', 'tls.csr', '-subj', '/CN=127.0.0.1');
  writeFileSync(join(directory, 'names'), `subjectAltName=IP:127.0.0.1,IP:${ADDRESSES.firstService}\n`);
  const authority = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];
  openssl(
    'x509',
    '-req',
    '-in',
    'tls.csr',
    ...authority,
    '-days',
    '2',
    '-extfile',
    'names',
    '-out',
    'tls.crt',
  );
  openssl('genrsa', '-out', 'sa.key', '2048');
  openssl('rsa', '-in', 'sa.key', '-pubout', '-out', 'sa.pub');
}
