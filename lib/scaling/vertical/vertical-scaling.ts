import { Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import type { Checks } from '../../finding/checks';
import { VPA_SINCE_MINOR } from '../../target/features';
import { bytesOf, sizeText } from '../../units/amounts';
import { dnsLabelRule } from '../../units/names';
import { formatBytes, formatCpu, MIB, parseCpu } from '../../units/quantity';
import type { ScaledPod } from '../scaled-pod';
import type { ScalingPolicy } from '../scaling-policy';
import { ControlledValues, type VerticalBounds, type VerticalScalingOptions } from './vertical-scaling-props';

/** Modes of the API that are emitted. */
export type UpdateMode = 'Off' | 'Initial' | 'Recreate' | 'InPlaceOrRecreate';

const DEFAULT_VPA_VERSION = '1.5';

/**
 * Whether a VerticalPodAutoscaler sizes the requests of pods, or only recommends sizes. It must be installed in the
 * cluster. Where replicas follow both CPU and memory, every mode that acts is refused: two controllers of one number fight.
 *
 * @example
 * new ScalableWebApp(chart, 'reports', {
 *   image: 'registry.example.com/reports:1.8.2',
 *   scaling: ScalingPolicy.cpu({ min: 3, max: 12 }), // so only memory is left to size
 *   verticalScaling: VerticalScaling.recreate({ maxMemory: Size.gibibytes(2) }),
 * });
 */
export class VerticalScaling {
  /**
   * Nobody: recommendations only, to be read and put into the profile. Never moves a pod. Mode `Off`.
   *
   * @param props bounds of the recommendation, by default the guide's
   */
  public static recommend(props: VerticalScalingOptions = {}): VerticalScaling {
    return new VerticalScaling('Off', props);
  }

  /**
   * New pods get the recommended requests; running pods are left alone.
   *
   * @param props bounds, by default the guide's
   */
  public static initial(props: VerticalScalingOptions = {}): VerticalScaling {
    return new VerticalScaling('Initial', props);
  }

  /**
   * Pods are evicted, one at a time under their disruption budget, and come back with the recommended requests.
   *
   * @param props bounds, by default the guide's
   */
  public static recreate(props: VerticalScalingOptions = {}): VerticalScaling {
    return new VerticalScaling('Recreate', props);
  }

  /**
   * Containers are resized while they run; a pod whose node has no room is evicted. Needs Kubernetes 1.33 and release 1.5
   * of the VerticalPodAutoscaler; refused for an older target version.
   *
   * @param props bounds, by default the guide's
   */
  public static inPlaceOrRecreate(props: VerticalScalingOptions = {}): VerticalScaling {
    return new VerticalScaling('InPlaceOrRecreate', props);
  }

  /**
   * The guide's mode `Auto`, deprecated since release 1.4. It is rewritten to `Recreate`, which it meant, and the checklist
   * says so (VPA-003).
   *
   * @param props bounds, by default the guide's
   */
  public static auto(props: VerticalScalingOptions = {}): VerticalScaling {
    return new VerticalScaling('Recreate', props, 'updateMode Auto is now Recreate');
  }

  private constructor(
    /** @internal */
    public readonly _mode: UpdateMode,
    /** @internal */
    public readonly _props: VerticalScalingOptions,
    /**
     * What was asked for and what it became, where that differs.
     *
     * @internal
     */
    public readonly _rewritten?: string,
  ) {}

  /**
   * A VerticalPodAutoscaler may move only what no HorizontalPodAutoscaler measures: both react to the same ratio of
   * usage to request, and fight.
   *
   * @internal
   */
  public _check(checks: Checks, scaling: ScalingPolicy, pod: ScaledPod): void {
    const { containers, minReplicas } = this._props;
    checkBounds(checks, this._props);
    for (const [name, own] of Object.entries(containers ?? {})) {
      checks.at('containers').text('name', name, dnsLabelRule);
      checkBounds(checks.at(`containers.${name}`), { ...this._props, ...own });
    }
    checks.integer('minReplicas', minReplicas, 1, 10_000);
    this.checkVersions(checks, pod);
    if (this._mode !== 'Off' && this._controlledResources(scaling).length === 0) {
      checks.fail(
        'mode',
        this._mode,
        'the HorizontalPodAutoscaler already follows both CPU and memory, and two controllers of one number fight; use VerticalScaling.recommend(), or ScalingPolicy.cpu() and leave memory to the VerticalPodAutoscaler',
      );
    }
  }

  /**
   * Resources of a container, or of all, that nothing else moves.
   *
   * @internal
   */
  public _controlledResources(scaling: ScalingPolicy, container?: string): Array<'cpu' | 'memory'> {
    const all = ['cpu', 'memory'] as const;
    if (this._mode === 'Off') return [...all];
    const scaled = scaling._scaledResources(container);
    return all.filter((name) => !scaled.includes(name));
  }

  private checkVersions(checks: Checks, { version }: ScaledPod): void {
    const given = this._props.vpaVersion ?? DEFAULT_VPA_VERSION;
    const [, minor] = /^1\.(\d{1,2})(?:\.\d{1,3})?$/.exec(given) ?? [];
    if (minor === undefined) {
      checks.fail('vpaVersion', given, 'allowed: a release of the VerticalPodAutoscaler, such as "1.6"');
      return;
    }
    if (this._mode !== 'InPlaceOrRecreate') return;
    if (!version._has('inPlacePodResize')) {
      checks.fail(
        'mode',
        this._mode,
        `Kubernetes ${version.toString()} cannot resize running pods; use VerticalScaling.recreate(), or set the target version to 1.33 or later`,
      );
    }
    if (Number(minor) < VPA_SINCE_MINOR.inPlaceOrRecreate) {
      checks.fail(
        'vpaVersion',
        given,
        `it does not resize running pods; allowed: 1.${VPA_SINCE_MINOR.inPlaceOrRecreate} or later, or VerticalScaling.recreate()`,
      );
    }
  }
}

function checkBounds(checks: Checks, bounds: VerticalBounds): void {
  const { minCpu, minMemory, maxCpu, maxMemory } = amountsOf(bounds);
  const cpu = 'allowed: a CPU quantity of at least 1m';
  const memory = 'allowed: at least 1Mi';
  if (!(minCpu >= 1)) checks.fail('minCpu', bounds.minCpu?.amount, cpu);
  if (!(maxCpu >= 1)) checks.fail('maxCpu', bounds.maxCpu?.amount, cpu);
  if (!(minMemory >= MIB && Number.isInteger(minMemory)))
    checks.fail('minMemory', bounds.minMemory && sizeText(bounds.minMemory), memory);
  if (!(maxMemory >= MIB && Number.isInteger(maxMemory)))
    checks.fail('maxMemory', bounds.maxMemory && sizeText(bounds.maxMemory), memory);
  if (minCpu > maxCpu) checks.fail('minCpu', formatCpu(minCpu), `it is above maxCpu (${formatCpu(maxCpu)})`);
  if (minMemory > maxMemory)
    checks.fail('minMemory', formatBytes(minMemory), `it is above maxMemory (${formatBytes(maxMemory)})`);
  checks.oneOf('controlledValues', bounds.controlledValues, Object.values(ControlledValues));
}

/** Bounds as numbers: millicores and bytes. The defaults are the guide's. */
export function amountsOf(bounds: VerticalBounds) {
  const { minCpu = Cpu.millis(50), maxCpu = Cpu.units(2) } = bounds;
  const { minMemory = Size.mebibytes(64), maxMemory = Size.gibibytes(4) } = bounds;
  return {
    minCpu: parseCpu(minCpu.amount) ?? NaN,
    maxCpu: parseCpu(maxCpu.amount) ?? NaN,
    minMemory: bytesOf(minMemory),
    maxMemory: bytesOf(maxMemory),
  };
}
