import type { Size } from 'cdk8s';
import type { IConfigMap, ISecret, Volume as PlusVolume } from 'cdk8s-plus-27';
import type { Volume, VolumeProjection } from 'kubernetes-types/core/v1';
import type { Checks } from '../finding/checks';
import { RESTRICTED_VOLUMES } from '../inventory/pod-security';
import { bytesOf } from '../units/amounts';
import { configKeyRule, dnsSubdomainRule, filePathRule, labelKeyRule } from '../units/names';
import { formatBytes, MIB } from '../units/quantity';

/** Files of a ConfigMap or a Secret. */
export interface FileVolumeOptions {
  /**
   * Files by their key, such as `{ 'ca.crt': 'certs/ca.crt' }`; the others are left out.
   *
   * @default - a file for each key
   */
  readonly items?: { [key: string]: string };
  /**
   * Whether the pod starts where there is no such object or key.
   *
   * @default false
   */
  readonly optional?: boolean;
  /**
   * Permissions of the files in octal, such as `0440`.
   *
   * @default - 0644
   */
  readonly mode?: string;
}

/** A directory that lives as long as the pod. */
export interface EmptyDirVolumeOptions {
  /** Most that it may hold, from 1Mi on; it is part of the local disk, or of the memory, of the container that mounts it. */
  readonly size: Size;
  /**
   * Whether it is in memory: what is in it counts against the memory limit.
   *
   * @default false
   */
  readonly inMemory?: boolean;
}

/** A volume that is made with each pod, and goes with it. */
export interface EphemeralClaimOptions {
  /** Its size, from 1Mi on. */
  readonly size: Size;
  /**
   * Its StorageClass.
   *
   * @default - the cluster's default class
   */
  readonly storageClassName?: string;
}

/** A token for another audience than the API server, for workload identity. */
export interface TokenVolumeOptions {
  /** Who the token is for, such as `sts.amazonaws.com` or `vault`. */
  readonly audience: string;
  /**
   * Name of the file.
   *
   * @default token
   */
  readonly file?: string;
  /**
   * Seconds until it is renewed, from 600 on.
   *
   * @default 3600
   */
  readonly expirationSeconds?: number;
}

/** A volume of a CSI driver that lives with the pod, such as that of the Secrets Store. */
export interface CsiVolumeOptions {
  /** Name of the driver, such as `secrets-store.csi.k8s.io`. */
  readonly driver: string;
  /**
   * What the driver wants to know, such as `{ secretProviderClass: 'shop' }`.
   *
   * @default - nothing
   */
  readonly attributes?: { [name: string]: string };
}

/** A volume in one of a pod's containers. */
export interface PodVolumeMount {
  /** Where it is in the container, such as `/etc/rds`. */
  readonly path: string;
  /** What is there. */
  readonly volume: PodVolume;
  /**
   * A file or directory of the volume, in the place of all of it. A file that is mounted so is not renewed.
   *
   * @default - all of it
   */
  readonly subPath?: string;
  /**
   * Whether the container may not write to it.
   *
   * @default - true for files of ConfigMaps and Secrets, tokens and CSI, false for the others
   */
  readonly readOnly?: boolean;
}

interface Definition {
  /** Begin of its name in the pod. */
  readonly label: string;
  readonly source: Omit<Volume, 'name'>;
  readonly isReadOnly: boolean;
  /** What it takes of the container, in bytes. */
  readonly diskBytes?: number;
  readonly memoryBytes?: number;
  check(checks: Checks): void;
}

/**
 * A volume of a pod, of every kind that the restricted Pod Security Standard allows.
 *
 * @example
 * const authority = Secret.fromSecretName(chart, 'authority', 'rds-ca');
 * new ScalableWebApp(chart, 'web', {
 *   image: 'registry.example.com/shop:1.8.2',
 *   volumes: [
 *     { path: '/etc/rds', volume: PodVolume.secret(authority) },
 *     { path: '/var/cache/shop', volume: PodVolume.emptyDir({ size: Size.mebibytes(200) }) },
 *   ],
 * });
 */
export class PodVolume {
  /**
   * Files of a ConfigMap.
   *
   * @param configMap whose keys become files
   * @param options which of them
   */
  public static configMap(configMap: IConfigMap, options: FileVolumeOptions = {}): PodVolume {
    return new PodVolume({
      label: 'config',
      source: { configMap: { name: configMap.name, ...filesOf(options) } },
      isReadOnly: true,
      check: (checks) => checkFiles(checks, 'configMap', configMap.name, options),
    });
  }

  /**
   * Files of a Secret.
   *
   * @param secret whose keys become files
   * @param options which of them
   */
  public static secret(secret: ISecret, options: FileVolumeOptions = {}): PodVolume {
    return new PodVolume({
      label: 'secret',
      source: { secret: { secretName: secret.name, ...filesOf(options) } },
      isReadOnly: true,
      check: (checks) => checkFiles(checks, 'secret', secret.name, options),
    });
  }

  /**
   * A directory of the pod, with a size.
   *
   * @param options size, and whether it is in memory
   */
  public static emptyDir(options: EmptyDirVolumeOptions): PodVolume {
    const bytes = bytesOf(options.size);
    const inMemory = options.inMemory === true;
    return new PodVolume({
      label: inMemory ? 'memory' : 'scratch',
      source: {
        emptyDir: { ...(inMemory && { medium: 'Memory' }), sizeLimit: sizeText(bytes) },
      },
      isReadOnly: false,
      ...(inMemory ? { memoryBytes: bytes } : { diskBytes: bytes }),
      check: (checks) => checkSize(checks, bytes, options.size),
    });
  }

  /**
   * A PersistentVolumeClaim that is there. Several pods share it, so it must be ReadWriteMany or read only where there are
   * several; the checklist says so (REL-012).
   *
   * @param claimName its name
   */
  public static claim(claimName: string): PodVolume {
    return new PodVolume({
      label: 'claim',
      source: { persistentVolumeClaim: { claimName } },
      isReadOnly: false,
      check: (checks) => checks.text('claimName', claimName, dnsSubdomainRule),
    });
  }

  /**
   * A volume that is made with each pod, and goes with it: local disk that is not that of the node.
   *
   * @param options size and class
   */
  public static ephemeral(options: EphemeralClaimOptions): PodVolume {
    const bytes = bytesOf(options.size);
    return new PodVolume({
      label: 'ephemeral',
      source: {
        ephemeral: {
          volumeClaimTemplate: {
            spec: {
              accessModes: ['ReadWriteOnce'],
              storageClassName: options.storageClassName,
              resources: { requests: { storage: sizeText(bytes) } },
            },
          },
        },
      },
      isReadOnly: false,
      check: (checks) => {
        checkSize(checks, bytes, options.size);
        checks.text('storageClassName', options.storageClassName, dnsSubdomainRule);
      },
    });
  }

  /**
   * A token of the pod's ServiceAccount for somebody else than the API server: workload identity of a cloud, or Vault.
   *
   * @param options audience and file
   */
  public static token(options: TokenVolumeOptions): PodVolume {
    const projection: VolumeProjection = {
      serviceAccountToken: {
        audience: options.audience,
        path: options.file ?? 'token',
        expirationSeconds: options.expirationSeconds ?? 3600,
      },
    };
    return new PodVolume({
      label: 'token',
      source: { projected: { sources: [projection] } },
      isReadOnly: true,
      check: (checks) => {
        checks.text('audience', options.audience);
        checks.text('file', options.file, filePathRule);
        checks.integer('expirationSeconds', options.expirationSeconds, 600, 2 ** 31);
      },
    });
  }

  /**
   * Several of ConfigMaps, Secrets and tokens in one directory.
   *
   * @param volumes what is in it; other kinds are refused
   */
  public static projected(volumes: PodVolume[]): PodVolume {
    return new PodVolume({
      label: 'projected',
      source: {
        projected: { sources: volumes.flatMap(({ definition }) => projectionsOf(definition.source)) },
      },
      isReadOnly: true,
      check: (checks) =>
        volumes.forEach(({ definition }, index) => {
          definition.check(checks.at(`volumes[${index}]`));
          if (projectionsOf(definition.source).length === 0)
            checks.fail(`volumes[${index}]`, definition.label, 'allowed: configMap, secret and token');
        }),
    });
  }

  /**
   * A volume of a CSI driver that lives with the pod.
   *
   * @param options driver and attributes
   */
  public static csi(options: CsiVolumeOptions): PodVolume {
    return new PodVolume({
      label: 'csi',
      source: {
        csi: {
          driver: options.driver,
          readOnly: true,
          ...(options.attributes && { volumeAttributes: { ...options.attributes } }),
        },
      },
      isReadOnly: true,
      check: (checks) => {
        checks.text('driver', options.driver, dnsSubdomainRule);
        for (const [name, value] of Object.entries(options.attributes ?? {})) {
          checks.at('attributes').text('name', name, labelKeyRule);
          checks.at('attributes').text(name, value);
        }
      },
    });
  }

  /**
   * A volume of cdk8s-plus-27. Kinds that the restricted Pod Security Standard forbids, such as `hostPath` and disks of a
   * cloud, are refused; claim them, and use `claim`.
   *
   * @param volume the volume
   */
  public static fromPlus(volume: PlusVolume): PodVolume {
    const { name, ...source } = volume._toKube();
    const kinds = Object.entries(source).flatMap(([kind, value]) => (value === undefined ? [] : [kind]));
    return new PodVolume({
      label: name,
      source: source as Omit<Volume, 'name'>,
      isReadOnly: kinds.some((kind) => ['configMap', 'secret', 'projected'].includes(kind)),
      check: (checks) => {
        for (const kind of kinds.filter((one) => !RESTRICTED_VOLUMES.includes(one)))
          checks.fail('volume', kind, `allowed: ${RESTRICTED_VOLUMES.join(', ')}; anything else by a claim`);
        if (source.emptyDir && source.emptyDir.sizeLimit === undefined)
          checks.fail('volume', 'emptyDir without a size', 'give its `sizeLimit`, or it may fill the node');
      },
    });
  }

  private constructor(private readonly definition: Definition) {}

  /** @internal */
  public _check(checks: Checks): void {
    this.definition.check(checks);
  }

  /**
   * What it takes of the container that mounts it.
   *
   * @internal
   */
  public get _bytes(): { readonly disk: number; readonly memory: number } {
    return { disk: this.definition.diskBytes ?? 0, memory: this.definition.memoryBytes ?? 0 };
  }

  /** @internal */
  public get _isReadOnly(): boolean {
    return this.definition.isReadOnly;
  }

  /** @internal */
  public get _label(): string {
    return this.definition.label;
  }

  /** @internal */
  public _render(name: string): Volume {
    return { name, ...this.definition.source };
  }
}

function filesOf({ items, optional, mode }: FileVolumeOptions) {
  return {
    ...(items && { items: Object.entries(items).map(([key, path]) => ({ key, path })) }),
    ...(optional === true && { optional }),
    ...(mode !== undefined && { defaultMode: parseInt(mode, 8) }),
  };
}

function checkFiles(checks: Checks, what: string, name: string, { items, mode }: FileVolumeOptions): void {
  checks.text(what, name, dnsSubdomainRule);
  for (const [key, path] of Object.entries(items ?? {})) {
    checks.at('items').text('key', key, configKeyRule);
    checks.at('items').text(key, path, filePathRule);
  }
  checks.text('mode', mode, (text) =>
    /^0?[0-7]{3}$/.test(text) ? undefined : 'three octal digits, such as "0440"',
  );
}

function checkSize(checks: Checks, bytes: number, given: Size): void {
  if (!(Number.isSafeInteger(bytes) && bytes >= MIB))
    checks.fail('size', given.asString(), 'allowed: from 1Mi on, in whole bytes');
}

/** A size that the check will refuse has no text. */
const sizeText = (bytes: number) => (Number.isSafeInteger(bytes) && bytes > 0 ? formatBytes(bytes) : '0');

function projectionsOf({ configMap, secret, projected }: Omit<Volume, 'name'>): VolumeProjection[] {
  if (configMap) {
    const { name, items, optional } = configMap;
    return [{ configMap: { name, items, optional } }];
  }
  if (secret) {
    const { secretName: name, items, optional } = secret;
    return [{ secret: { name, items, optional } }];
  }
  return projected?.sources ?? [];
}
