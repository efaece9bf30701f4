import { Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import {
  type VerticalPodAutoscalerSpec,
  VerticalPodAutoscalerSpecResourcePolicyContainerPoliciesMaxAllowed as MaxAllowed,
  VerticalPodAutoscalerSpecResourcePolicyContainerPoliciesMinAllowed as MinAllowed,
  VerticalPodAutoscalerSpecUpdatePolicyUpdateMode as UpdateMode,
} from '../../imports/autoscaling.k8s.io';
import type { Checks } from '../finding/checks';
import { bytesOf } from '../sizing/workload-profile';
import { formatBytes, formatCpu, MIB, parseCpu } from '../units/quantity';
import type { ScalingPolicy } from './scaling-policy';

/** Bounds of what a VerticalPodAutoscaler may ask for. */
export interface VerticalScalingProps {
  /**
   * Least CPU request.
   *
   * @default Cpu.millis(50)
   */
  readonly minCpu?: Cpu;
  /**
   * Least memory request.
   *
   * @default Size.mebibytes(64)
   */
  readonly minMemory?: Size;
  /**
   * Most CPU request; at least `minCpu`.
   *
   * @default Cpu.units(2)
   */
  readonly maxCpu?: Cpu;
  /**
   * Most memory request; at least `minMemory`.
   *
   * @default Size.gibibytes(4)
   */
  readonly maxMemory?: Size;
}

/** Who sizes the requests of running pods. The VerticalPodAutoscaler must be installed in the cluster. */
export class VerticalScaling {
  /**
   * Nobody: recommendations only, to be read and put into the profile. Never moves a pod.
   *
   * @param props bounds of the recommendation, by default the guide's
   */
  public static recommend(props: VerticalScalingProps = {}): VerticalScaling {
    return new VerticalScaling(UpdateMode.OFF, props);
  }

  /**
   * New pods get the recommended requests; running pods are left alone.
   *
   * @param props bounds, by default the guide's
   */
  public static initial(props: VerticalScalingProps = {}): VerticalScaling {
    return new VerticalScaling(UpdateMode.INITIAL, props);
  }

  /**
   * Pods are evicted, one at a time under their disruption budget, and come back with the recommended requests. What
   * the guide's `Auto`, deprecated since VPA 1.4, did.
   *
   * @param props bounds, by default the guide's
   */
  public static recreate(props: VerticalScalingProps = {}): VerticalScaling {
    return new VerticalScaling(UpdateMode.RECREATE, props);
  }

  private constructor(
    private readonly mode: UpdateMode,
    private readonly props: VerticalScalingProps,
  ) {}

  /**
   * A VerticalPodAutoscaler may move only what no HorizontalPodAutoscaler measures: both react to the same ratio of
   * usage to request, and fight.
   *
   * @internal
   */
  public _check(checks: Checks, scaling: ScalingPolicy): void {
    const { minCpu, minMemory, maxCpu, maxMemory } = this.amounts();
    const cpu = 'allowed: a CPU quantity of at least 1m';
    const memory = 'allowed: at least 1Mi';
    if (!(minCpu >= 1)) checks.fail('minCpu', this.props.minCpu?.amount, cpu);
    if (!(maxCpu >= 1)) checks.fail('maxCpu', this.props.maxCpu?.amount, cpu);
    if (!(minMemory >= MIB && Number.isInteger(minMemory)))
      checks.fail('minMemory', this.props.minMemory?.asString(), memory);
    if (!(maxMemory >= MIB && Number.isInteger(maxMemory)))
      checks.fail('maxMemory', this.props.maxMemory?.asString(), memory);
    if (minCpu > maxCpu)
      checks.fail('minCpu', formatCpu(minCpu), `it is above maxCpu (${formatCpu(maxCpu)})`);
    if (minMemory > maxMemory) {
      checks.fail('minMemory', formatBytes(minMemory), `it is above maxMemory (${formatBytes(maxMemory)})`);
    }
    if (this.mode !== UpdateMode.OFF && this.controlledResources(scaling).length === 0) {
      checks.fail(
        'mode',
        this.mode,
        'the HorizontalPodAutoscaler already follows both CPU and memory, and two controllers of one number fight; use VerticalScaling.recommend(), or ScalingPolicy.cpu() and leave memory to the VerticalPodAutoscaler',
      );
    }
  }

  /** @internal */
  public _render(
    target: { readonly kind: string; readonly name: string },
    scaling: ScalingPolicy,
  ): VerticalPodAutoscalerSpec {
    const { minCpu, minMemory, maxCpu, maxMemory } = this.amounts();
    const resources = this.controlledResources(scaling);
    const bounds = <T>(
      type: { fromString(text: string): T },
      cpu: number,
      memory: number,
    ): { [name: string]: T } => ({
      ...(resources.includes('cpu') && { cpu: type.fromString(formatCpu(cpu)) }),
      ...(resources.includes('memory') && { memory: type.fromString(formatBytes(memory)) }),
    });
    return {
      targetRef: { apiVersion: 'apps/v1', kind: target.kind, name: target.name },
      updatePolicy: { updateMode: this.mode },
      resourcePolicy: {
        containerPolicies: [
          {
            containerName: '*',
            controlledResources: resources,
            minAllowed: bounds(MinAllowed, minCpu, minMemory),
            maxAllowed: bounds(MaxAllowed, maxCpu, maxMemory),
          },
        ],
      },
    };
  }

  private controlledResources(scaling: ScalingPolicy): string[] {
    const all = ['cpu', 'memory'] as const;
    return this.mode === UpdateMode.OFF
      ? [...all]
      : all.filter((name) => !scaling._scaledResources.includes(name));
  }

  private amounts() {
    const { minCpu = Cpu.millis(50), maxCpu = Cpu.units(2) } = this.props;
    const { minMemory = Size.mebibytes(64), maxMemory = Size.gibibytes(4) } = this.props;
    return {
      minCpu: parseCpu(minCpu.amount) ?? NaN,
      maxCpu: parseCpu(maxCpu.amount) ?? NaN,
      minMemory: bytesOf(minMemory),
      maxMemory: bytesOf(maxMemory),
    };
  }
}
