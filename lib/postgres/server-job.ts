/** Jobs of ours that work in a database: what they have in common, whatever they do there. */
import { EnvValue, type ISecret } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { NetworkAccess } from '../connection/network-access';
import { type NetworkIdentity, NetworkPeer } from '../connection/network-peer';
import { emitServiceAccount } from '../pod/api-object';
import { namespaceOf, type SelectorLabels } from '../pod/naming';
import { type ContainerModel, PodModel } from '../pod/pod-model';
import type { PodProps } from '../pod/pod-props';
import type { SchedulingProps } from '../pod/scheduling';
import type { ContainerResources } from '../sizing/resources';
import { KubernetesVersion } from '../target/kubernetes-version';
import { MIB } from '../units/quantity';
import { literalForKubelet } from '../units/text';
import { POSTGRES_PORT } from './stateful-set/layout';
import { authorityVolume, CERTIFICATE_MOUNT, clientTls, type PostgresTls } from './tls';

/** A server as a Job reaches it. */
export interface ReachedServer {
  /** Name of the construct's objects. */
  readonly name: string;
  /** Service of the instance that takes writes. */
  readonly service: string;
  readonly image: string;
  /** User and group that the image runs as. */
  readonly uid: number;
  readonly credentials: ISecret;
  readonly tls?: PostgresTls;
  readonly identity: NetworkIdentity;
  readonly network: NetworkAccess;
  readonly pods: Pick<PodProps, 'imagePullSecrets' | 'imagePullPolicy'>;
  readonly scheduling: SchedulingProps;
}

/** Name and labels of a Job's objects. */
export interface JobHead {
  readonly name: string;
  readonly labels: SelectorLabels;
}

/** psql holds a statement and a line of its answer; the work is done in the database. A proposal. */
export const PSQL_RESOURCES: ContainerResources = {
  cpuRequestMillis: 10,
  cpuLimitMillis: 100,
  memoryRequestBytes: 64 * MIB,
  memoryLimitBytes: 64 * MIB,
  ephemeralRequestBytes: 16 * MIB,
  ephemeralLimitBytes: 64 * MIB,
};

/** With a suffix of five letters it leaves the longest name of a database at the 63 characters of a label of a Job's pods. */
export const JOB_DIGEST = 6;

/**
 * Waits for the server; run by `sh -c` with the arguments of pg_isready behind it. Constant, and bounded by `timeout`
 * around it.
 */
export const WAIT_SCRIPT = 'until pg_isready --quiet "$@"; do sleep 2; done';

/** The account of the pods, and their network policy: to the database, which lets them in, and DNS. */
export function emitJobAccess(
  scope: Construct,
  { name, labels }: JobHead,
  server: ReachedServer,
  annotations?: Readonly<Record<string, string>>,
) {
  const serviceAccount = emitServiceAccount(scope, 'service-account', { name, labels, annotations });
  const network = new NetworkAccess(scope, 'network-policy', name, labels);
  network.allowTo(NetworkPeer.pods(server.identity), [POSTGRES_PORT]);
  const identity = { namespace: namespaceOf(scope), podLabels: { ...labels } };
  server.network.allowFrom(NetworkPeer.pods(identity), [POSTGRES_PORT]);
  return { serviceAccount, network, networkPolicy: network.policy };
}

/** A pod of the image of the database, which runs as its user; `fsGroup` where it writes to a volume. */
export function serverJobPod(
  scope: Construct,
  { name, labels }: JobHead,
  server: ReachedServer,
  fsGroup?: number,
): PodModel {
  const { tls, uid, pods, scheduling } = server;
  const pod = new PodModel({
    scope,
    props: pods,
    labels,
    version: KubernetesVersion.of(scope),
    serviceAccountName: name,
    // psql as the first process of its container ignores SIGTERM, and the next run does what this one has not.
    terminationGracePeriodSeconds: 5,
    scheduling,
    user: uid,
    group: uid,
    fsGroup,
  });
  if (tls) pod.addVolume(authorityVolume(tls));
  return pod;
}

/** Where the authority of the server is, for containers that check it. */
export const authorityMounts = ({ tls }: ReachedServer) => (tls === undefined ? [] : [CERTIFICATE_MOUNT]);

/** Has the pod wait for the server first, for as long as a start may take. */
export function waitForServer(pod: PodModel, server: ReachedServer, startupSeconds: number): void {
  const wait = ['timeout', `${startupSeconds}`, 'sh', '-c', literalForKubelet(WAIT_SCRIPT), 'wait'];
  pod.addInitContainer({
    name: 'wait',
    image: server.image,
    // As arguments, since PGHOST among the variables would say that here is an application with a pool.
    command: [...wait, ...addressArguments(server)],
    env: new Map(),
    resources: PSQL_RESOURCES,
  });
}

/** Arguments of libpq's programs that name the server. */
export const addressArguments = ({ service }: ReachedServer) => [
  `--host=${service}`,
  `--port=${POSTGRES_PORT}`,
];

/** Variables of libpq: who asks, how long it waits, the password, and the check of the server. */
export function libpqVariables(
  name: string,
  { tls }: ReachedServer,
  password: EnvValue,
): ContainerModel['env'] {
  return new Map([
    ['PGAPPNAME', EnvValue.fromValue(name)],
    ['PGCONNECT_TIMEOUT', EnvValue.fromValue('10')],
    ['PGPASSWORD', password],
    ...clientTls(tls),
  ]);
}
