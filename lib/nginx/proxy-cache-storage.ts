import type { Volume } from 'kubernetes-types/core/v1';
import type { Checks } from '../finding/checks';
import { dnsSubdomainRule } from '../units/names';
import { formatBytes } from '../units/quantity';

/** A volume that is made for a pod and goes with it. */
export interface EphemeralVolumeOptions {
  /**
   * Name of the StorageClass.
   *
   * @default - the cluster's default class
   */
  readonly storageClassName?: string;
}

type Kind =
  | { readonly kind: 'disk' }
  | { readonly kind: 'memory' }
  | ({ readonly kind: 'ephemeralVolume' } & EphemeralVolumeOptions);

/**
 * Where a proxy keeps its cached answers; by default on the disk of the node.
 *
 * @example
 * new NginxCachingProxy(chart, 'images', {
 *   backend: web,
 *   hosts: ['images.example.com'],
 *   cacheSize: Size.gibibytes(50),
 *   meanObjectSize: Size.kibibytes(200),
 *   cacheStorage: ProxyCacheStorage.ephemeralVolume({ storageClassName: 'local-nvme' }),
 * });
 */
export class ProxyCacheStorage {
  /**
   * The node's disk. It is as fast as memory for what is asked for often, which is in the page cache anyway. Its size is no
   * hard limit: the pod is evicted when it is exceeded, so it has room for ten seconds of all that the CPUs can fill, or of `fillRate`.
   */
  public static disk(): ProxyCacheStorage {
    return new ProxyCacheStorage({ kind: 'disk' });
  }

  /**
   * Memory of the container, for nodes without a disk to spare. A hard limit: what finds it full is served, and not stored.
   * The profile's memory limit must hold it.
   */
  public static memory(): ProxyCacheStorage {
    return new ProxyCacheStorage({ kind: 'memory' });
  }

  /**
   * A volume of a StorageClass, made for each pod and deleted with it. A hard limit: what finds it full is served, and not
   * stored.
   *
   * @param options the class
   */
  public static ephemeralVolume(options: EphemeralVolumeOptions = {}): ProxyCacheStorage {
    return new ProxyCacheStorage({ kind: 'ephemeralVolume', ...options });
  }

  private constructor(private readonly what: Kind) {}

  /** @internal */
  public get _isMemory(): boolean {
    return this.what.kind === 'memory';
  }

  /** @internal */
  public get _isHard(): boolean {
    return this.what.kind !== 'disk';
  }

  /** @internal */
  public _check(checks: Checks): void {
    if (this.what.kind === 'ephemeralVolume')
      checks.text('storageClassName', this.what.storageClassName, dnsSubdomainRule);
  }

  /** @internal */
  public _volume(name: string, bytes: number): Volume {
    const size = formatBytes(bytes);
    switch (this.what.kind) {
      case 'disk':
        return { name, emptyDir: { sizeLimit: size } };
      case 'memory':
        return { name, emptyDir: { medium: 'Memory', sizeLimit: size } };
      case 'ephemeralVolume':
        return {
          name,
          ephemeral: {
            volumeClaimTemplate: {
              spec: {
                accessModes: ['ReadWriteOnce'],
                storageClassName: this.what.storageClassName,
                resources: { requests: { storage: size } },
                volumeMode: 'Filesystem',
              },
            },
          },
        };
    }
  }
}
