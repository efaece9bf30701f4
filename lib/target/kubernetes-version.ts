import type { IConstruct } from 'constructs';
import { FIELD_SINCE_MINOR, type VersionedField } from './features';

const CONTEXT_KEY = 'cdk8s-tuned/kubernetes-version';

/**
 * The oldest Kubernetes version that the manifests must run on: 1.30 unless the app or a scope of it says otherwise. It is
 * the first in which a pod can wait before it stops without a program of its image.
 *
 * A field that this version lacks is not emitted; the construct does without it, or says that it cannot.
 *
 * @example
 * const edge = new Construct(app, 'edge'); // one old cluster
 * KubernetesVersion.fromString('1.29').applyTo(edge);
 *
 * const gateway = new Chart(edge, 'gateway', { namespace: 'edge' });
 * new ScalableWebApp(gateway, 'web', { image: 'registry.example.com/gateway:1.2.0' });
 */
export class KubernetesVersion {
  /** Kubernetes 1.27. */
  public static readonly V1_27 = new KubernetesVersion(27);
  /** Kubernetes 1.28. */
  public static readonly V1_28 = new KubernetesVersion(28);
  /** Kubernetes 1.29. */
  public static readonly V1_29 = new KubernetesVersion(29);
  /** Kubernetes 1.30. */
  public static readonly V1_30 = new KubernetesVersion(30);
  /** Kubernetes 1.31. */
  public static readonly V1_31 = new KubernetesVersion(31);
  /** Kubernetes 1.32. */
  public static readonly V1_32 = new KubernetesVersion(32);
  /** Kubernetes 1.33. */
  public static readonly V1_33 = new KubernetesVersion(33);
  /** Kubernetes 1.34. */
  public static readonly V1_34 = new KubernetesVersion(34);
  /** Kubernetes 1.35. */
  public static readonly V1_35 = new KubernetesVersion(35);
  /** Kubernetes 1.36. */
  public static readonly V1_36 = new KubernetesVersion(36);

  /**
   * A version by its name.
   *
   * @param version `1.27` or later, with or without a patch number, such as `1.31` or `v1.31.4`; anything else is refused.
   */
  public static fromString(version: string): KubernetesVersion {
    const match = /^v?1\.(\d{2})(?:\.\d{1,3})?$/.exec(version);
    const minor = Number(match?.[1]);
    if (!match || minor < KubernetesVersion.V1_27.minor) {
      throw new Error(
        `KubernetesVersion.fromString: version is ${JSON.stringify(version)}; allowed: 1.27 or later, such as "1.31"; older versions lack fields that every construct needs`,
      );
    }
    return new KubernetesVersion(minor);
  }

  /**
   * The version that a construct is synthesized for: that of the nearest scope that names one.
   *
   * @param scope any construct
   * @returns `KubernetesVersion.V1_30` when no scope names one
   */
  public static of(scope: IConstruct): KubernetesVersion {
    const minor: unknown = scope.node.tryGetContext(CONTEXT_KEY);
    return typeof minor === 'number' ? new KubernetesVersion(minor) : KubernetesVersion.V1_30;
  }

  private constructor(
    /** The minor number: 27 for Kubernetes 1.27. */
    public readonly minor: number,
  ) {}

  /**
   * Makes this the version for everything under a scope. Call it before the scope has children.
   *
   * @param scope an app, or a scope that stands for an environment
   */
  public applyTo(scope: IConstruct): void {
    scope.node.setContext(CONTEXT_KEY, this.minor);
  }

  /** The version as people write it, such as `1.27`. */
  public toString(): string {
    return `1.${this.minor}`;
  }

  /**
   * Whether a field is served and on by default.
   *
   * @internal
   */
  public _has(field: VersionedField): boolean {
    return this.minor >= FIELD_SINCE_MINOR[field];
  }
}
