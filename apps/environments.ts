import type { WorkloadProfileQuantities } from 'cdk8s-tuned';

/** Requests or jobs per second: of a usual day, at the peak, and what one pod does (example numbers; measure yours). */
export interface Load {
  readonly usual: number;
  readonly peak: number;
  readonly perPod: number;
}

/** Replicas, size and load of a workload that scales. */
export interface Scale {
  readonly min: number;
  readonly max: number;
  readonly size: WorkloadProfileQuantities;
  readonly load: Load;
}

/** How clients reach the shop. */
export type Entry =
  | { readonly kind: 'nodePort'; readonly port: number }
  | { readonly kind: 'ingress'; readonly className: string; readonly tlsSecret: string }
  | { readonly kind: 'gateway'; readonly gateway: string; readonly gatewayNamespace: string };

/** Where the database runs: here, with memory as request and limit, or at a cloud. */
export type Database =
  | { readonly kind: 'own'; readonly cpu: string; readonly memoryGiB: number; readonly storageGiB: number }
  | {
      readonly kind: 'managed';
      readonly host: string;
      /** Subnets in which it answers. */
      readonly addresses: string;
      /** Class of its instance on RDS. */
      readonly instanceClass: string;
    };

/** All that differs between one environment of the shop and the next. */
export interface Environment {
  readonly name: string;
  readonly namespace: string;
  /** Oldest Kubernetes version of its clusters. */
  readonly kubernetes: string;
  readonly host: string;
  readonly entry: Entry;
  /** Release of the shop's own images. */
  readonly release: string;
  readonly web: Scale;
  readonly worker: Scale;
  readonly renderer: Scale;
  /** Why one replica of a program is enough, where it is. */
  readonly oneReplicaReason?: string;
  readonly database: Database;
  /** Keys and values that the cache holds, in MiB. */
  readonly cacheMiB: number;
  /** Sessions of visitors, in MiB. */
  readonly sessionsMiB: number;
  /** Where payments are made: a service of somebody else. */
  readonly payment: { readonly host: string; readonly addresses: string };
  /** Pages that the edge holds per replica, in GiB. */
  readonly edge: { readonly replicas: number; readonly cacheGiB: number };
}

const KUBERNETES = '1.27';

const SANDBOX = { host: 'sandbox.payment.example.com', addresses: '198.51.100.0/24' };

const WEB = { cpuRequest: '100m', cpuLimit: '500m', memoryRequest: '128Mi', memoryLimit: '512Mi' };
const WORKER = { cpuRequest: '50m', cpuLimit: '200m', memoryRequest: '64Mi', memoryLimit: '256Mi' };
const RENDERER = { cpuRequest: '500m', cpuLimit: '2', memoryRequest: '512Mi', memoryLimit: '2Gi' };

/** The environments, smallest first. A change moves down this list. */
export const ENVIRONMENTS: readonly Environment[] = [
  {
    name: 'dev',
    namespace: 'shop-dev',
    kubernetes: KUBERNETES,
    host: 'shop.dev.example.com',
    entry: { kind: 'nodePort', port: 30080 },
    release: '1.9.0-rc.2',
    web: { min: 1, max: 2, size: WEB, load: { usual: 5, peak: 20, perPod: 20 } },
    worker: { min: 1, max: 2, size: WORKER, load: { usual: 1, peak: 5, perPod: 5 } },
    renderer: {
      min: 1,
      max: 2,
      size: { ...RENDERER, cpuRequest: '100m', cpuLimit: '1', memoryLimit: '1Gi' },
      load: { usual: 0.5, peak: 2, perPod: 2 },
    },
    oneReplicaReason: 'nobody waits for dev while a node is drained',
    database: { kind: 'own', cpu: '250m', memoryGiB: 1, storageGiB: 10 },
    cacheMiB: 128,
    sessionsMiB: 32,
    payment: SANDBOX,
    edge: { replicas: 1, cacheGiB: 1 },
  },
  {
    name: 'staging',
    namespace: 'shop-staging',
    kubernetes: KUBERNETES,
    host: 'shop.staging.example.com',
    entry: { kind: 'ingress', className: 'nginx', tlsSecret: 'shop-tls' },
    release: '1.8.2',
    web: { min: 2, max: 6, size: WEB, load: { usual: 20, peak: 70, perPod: 20 } },
    worker: { min: 2, max: 4, size: WORKER, load: { usual: 3, peak: 12, perPod: 5 } },
    renderer: { min: 2, max: 4, size: RENDERER, load: { usual: 1, peak: 5, perPod: 2 } },
    database: {
      kind: 'managed',
      host: 'shop-staging.abc123.eu-west-1.rds.amazonaws.com',
      addresses: '10.20.0.0/16',
      instanceClass: 'db.t4g.medium',
    },
    cacheMiB: 512,
    sessionsMiB: 64,
    payment: SANDBOX,
    edge: { replicas: 2, cacheGiB: 1 },
  },
  {
    name: 'prod',
    namespace: 'shop-prod',
    kubernetes: KUBERNETES,
    host: 'shop.example.com',
    entry: { kind: 'gateway', gateway: 'public', gatewayNamespace: 'gateways' },
    release: '1.8.2',
    web: { min: 3, max: 20, size: WEB, load: { usual: 30, peak: 240, perPod: 20 } },
    worker: { min: 2, max: 10, size: WORKER, load: { usual: 5, peak: 30, perPod: 5 } },
    renderer: { min: 2, max: 8, size: RENDERER, load: { usual: 2, peak: 10, perPod: 2 } },
    database: { kind: 'own', cpu: '4', memoryGiB: 16, storageGiB: 200 },
    cacheMiB: 2048,
    sessionsMiB: 256,
    payment: { host: 'api.payment.example.com', addresses: '203.0.113.0/24' },
    edge: { replicas: 3, cacheGiB: 4 },
  },
];
