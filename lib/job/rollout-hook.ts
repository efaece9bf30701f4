import type { Checks } from '../finding/checks';

/** Phase of a sync of Argo CD. */
export enum ArgoCdPhase {
  /** Before anything of the Application is applied. */
  PRE_SYNC = 'PreSync',
  /** While the Application is applied, in the order of its waves. */
  SYNC = 'Sync',
}

/** When Argo CD runs a hook. */
export interface ArgoCdHookOptions {
  /**
   * Phase of the sync. Where the database is part of the same Application, there is none yet before the first sync, and a
   * network policy that lets a new job in has not been applied: take `ArgoCdPhase.SYNC` and a `wave` after the database's.
   *
   * @default ArgoCdPhase.PRE_SYNC
   */
  readonly phase?: ArgoCdPhase;
  /**
   * Wave of the job in its phase, from -100 to 100; its account and its policy come one earlier. Objects without one are in
   * wave 0.
   *
   * @default 0
   */
  readonly wave?: number;
}

/** When Helm runs a hook. */
export interface HelmHookOptions {
  /**
   * Whether the first installation waits for it as every upgrade does. A database of the same release is not there then:
   * with `false` it runs after the installation.
   *
   * @default true
   */
  readonly beforeInstall?: boolean;
  /**
   * Order among hooks, from -100 to 100; the account and the policy of the job come one earlier.
   *
   * @default 0
   */
  readonly weight?: number;
}

/**
 * What runs a `MigrationJob` before the rollout, and waits for it: a hook of the tool that applies the manifests.
 *
 * @example
 * new MigrationJob(chart, 'migrate', {
 *   image: 'registry.example.com/shop:1.8.2',
 *   args: ['migrate'],
 *   hook: RolloutHook.argoCd(),
 * }).connectTo(db);
 */
export class RolloutHook {
  /**
   * A hook of Argo CD, made anew for each sync. The one of the last sync stays, with its logs, until then.
   *
   * @param options its phase and wave
   */
  public static argoCd(options: ArgoCdHookOptions = {}): RolloutHook {
    const { phase = ArgoCdPhase.PRE_SYNC, wave = 0 } = options;
    return new RolloutHook(
      (order) => ({
        'argocd.argoproj.io/hook': phase,
        'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
        'argocd.argoproj.io/sync-wave': `${order}`,
      }),
      'wave',
      wave,
      phase,
    );
  }

  /**
   * A hook of Helm, for manifests that are templates of a chart, made anew for each upgrade.
   *
   * @param options when it runs
   */
  public static helm(options: HelmHookOptions = {}): RolloutHook {
    const { beforeInstall = true, weight = 0 } = options;
    return new RolloutHook(
      (order) => ({
        'helm.sh/hook': `${beforeInstall ? 'pre' : 'post'}-install,pre-upgrade`,
        'helm.sh/hook-delete-policy': 'before-hook-creation',
        'helm.sh/hook-weight': `${order}`,
      }),
      'weight',
      weight,
    );
  }

  private constructor(
    private readonly annotations: (order: number) => Record<string, string>,
    private readonly orderProp: string,
    private readonly order: number,
    private readonly phase?: ArgoCdPhase,
  ) {}

  /** @internal */
  public _check(checks: Checks): void {
    checks.oneOf('phase', this.phase, Object.values(ArgoCdPhase));
    checks.integer(this.orderProp, this.order, -100, 100);
  }

  /**
   * Annotations of the Job.
   *
   * @internal
   */
  public get _ofJob(): Record<string, string> {
    return this.annotations(this.order);
  }

  /**
   * Annotations of what it needs: a Job whose account comes with the rollout would wait for what waits for it.
   *
   * @internal
   */
  public get _ofItsNeeds(): Record<string, string> {
    return this.annotations(this.order - 1);
  }
}
