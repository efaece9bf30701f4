import { Size } from 'cdk8s';
import type { Cpu } from 'cdk8s-plus-27';
import type { Checks } from '../finding/checks';
import { bytesOf, sizeText } from '../units/amounts';
import { MIB, parseBytes, parseCpu } from '../units/quantity';
import type { ContainerResources } from './resources';

/** Requests and limits of a profile. */
export interface WorkloadProfileOptions {
  /** CPU that the scheduler sets aside, and the base of CPU utilisation. */
  readonly cpuRequest: Cpu;
  /**
   * CPU above which the container is throttled; at least the request.
   *
   * @default - no limit: spare CPU of the node may be used
   */
  readonly cpuLimit?: Cpu;
  /** Memory that the scheduler sets aside. */
  readonly memoryRequest: Size;
  /** Memory above which the kernel kills the container; at least the request. */
  readonly memoryLimit: Size;
  /**
   * Local disk (logs, writable layer, emptyDir) that the scheduler sets aside.
   *
   * @default Size.mebibytes(128)
   */
  readonly ephemeralStorageRequest?: Size;
  /**
   * Local disk above which the kubelet evicts the pod; at least the request.
   *
   * @default Size.gibibytes(1)
   */
  readonly ephemeralStorageLimit?: Size;
}

/** Requests and limits written as Kubernetes quantities, as they come from configuration data. */
export interface WorkloadProfileQuantities {
  /** CPU request, such as `100m`. */
  readonly cpuRequest: string;
  /**
   * CPU limit, such as `500m` or `2`.
   *
   * @default - no limit: spare CPU of the node may be used
   */
  readonly cpuLimit?: string;
  /** Memory request, such as `128Mi`. */
  readonly memoryRequest: string;
  /** Memory limit, such as `512Mi`. */
  readonly memoryLimit: string;
  /**
   * Local disk request, such as `128Mi`.
   *
   * @default 128Mi
   */
  readonly ephemeralStorageRequest?: string;
  /**
   * Local disk limit, such as `1Gi`.
   *
   * @default 1Gi
   */
  readonly ephemeralStorageLimit?: string;
}

/** Each amount in the units of ContainerResources; undefined where the text is no quantity. */
type Amounts = { readonly [K in keyof Required<WorkloadProfileQuantities>]: Amount | undefined };
interface Amount {
  readonly given: string;
  readonly parsed: number | undefined;
}

/**
 * A named size: requests and limits of CPU, memory and ephemeral storage of the main container. Where it is used, what is
 * no quantity is refused, and so is a limit below its request.
 *
 * CPU and memory of the five named profiles are the sizing table of the guide; it has no ephemeral storage, which is
 * ours (logs and scratch; without a limit one pod can fill the node's disk).
 *
 * @example
 * new ScalableWebApp(chart, 'export', {
 *   image: 'registry.example.com/export:2.3.0',
 *   profile: WorkloadProfile.WEB_API.withMemory(Size.gibibytes(1)).withoutCpuLimit(),
 * });
 * const measured = { cpuRequest: '250m', memoryRequest: '384Mi', memoryLimit: '768Mi' }; // such as from a file
 * new BackgroundWorker(chart, 'importer', {
 *   image: 'registry.example.com/importer:2.3.0',
 *   profile: WorkloadProfile.fromQuantities(measured),
 * });
 */
export class WorkloadProfile {
  /** Web API: 100m–500m CPU, 128Mi–512Mi memory. */
  public static readonly WEB_API = WorkloadProfile.fromQuantities({
    cpuRequest: '100m',
    cpuLimit: '500m',
    memoryRequest: '128Mi',
    memoryLimit: '512Mi',
  });
  /** Heavy compute: 500m–2 CPU, 512Mi–2Gi memory. */
  public static readonly HEAVY_COMPUTE = WorkloadProfile.fromQuantities({
    cpuRequest: '500m',
    cpuLimit: '2',
    memoryRequest: '512Mi',
    memoryLimit: '2Gi',
    ephemeralStorageRequest: '512Mi',
    ephemeralStorageLimit: '2Gi',
  });
  /** Background job: 50m–200m CPU, 64Mi–256Mi memory. */
  public static readonly BACKGROUND_JOB = WorkloadProfile.fromQuantities({
    cpuRequest: '50m',
    cpuLimit: '200m',
    memoryRequest: '64Mi',
    memoryLimit: '256Mi',
  });
  /** Database: 500m–4 CPU, 1Gi–4Gi memory. */
  public static readonly DATABASE = WorkloadProfile.fromQuantities({
    cpuRequest: '500m',
    cpuLimit: '4',
    memoryRequest: '1Gi',
    memoryLimit: '4Gi',
  });
  /** Cache (Redis): 100m–1 CPU, 256Mi–2Gi memory. */
  public static readonly CACHE = WorkloadProfile.fromQuantities({
    cpuRequest: '100m',
    cpuLimit: '1',
    memoryRequest: '256Mi',
    memoryLimit: '2Gi',
  });

  /**
   * A profile of your own.
   *
   * @param props requests and limits; a limit below its request is refused where the profile is used
   */
  public static custom(props: WorkloadProfileOptions): WorkloadProfile {
    return new WorkloadProfile({
      cpuRequest: ofCpu(props.cpuRequest),
      cpuLimit: props.cpuLimit && ofCpu(props.cpuLimit),
      memoryRequest: ofSize(props.memoryRequest),
      memoryLimit: ofSize(props.memoryLimit),
      ephemeralStorageRequest: ofSize(props.ephemeralStorageRequest ?? Size.mebibytes(128)),
      ephemeralStorageLimit: ofSize(props.ephemeralStorageLimit ?? Size.gibibytes(1)),
    });
  }

  /**
   * A profile from Kubernetes quantities, for sizes that are data.
   *
   * @param quantities requests and limits; what is no quantity is refused where the profile is used
   */
  public static fromQuantities(quantities: WorkloadProfileQuantities): WorkloadProfile {
    const bytes = (text: string): Amount => ({ given: text, parsed: parseBytes(text) });
    const cpu = (text: string): Amount => ({ given: text, parsed: parseCpu(text) });
    return new WorkloadProfile({
      cpuRequest: cpu(quantities.cpuRequest),
      cpuLimit: quantities.cpuLimit === undefined ? undefined : cpu(quantities.cpuLimit),
      memoryRequest: bytes(quantities.memoryRequest),
      memoryLimit: bytes(quantities.memoryLimit),
      ephemeralStorageRequest: bytes(quantities.ephemeralStorageRequest ?? '128Mi'),
      ephemeralStorageLimit: bytes(quantities.ephemeralStorageLimit ?? '1Gi'),
    });
  }

  private constructor(private readonly amounts: Amounts) {}

  /**
   * The same profile with another memory size: request and limit are both this, so that the memory is there when the
   * container needs it.
   *
   * @param memory request and limit
   */
  public withMemory(memory: Size): WorkloadProfile {
    return this.with({ memoryRequest: ofSize(memory), memoryLimit: ofSize(memory) });
  }

  /**
   * The same profile with another CPU request and limit.
   *
   * @param request CPU that is set aside
   * @param limit CPU above which the container is throttled; no limit when it is left out
   */
  public withCpu(request: Cpu, limit?: Cpu): WorkloadProfile {
    return this.with({ cpuRequest: ofCpu(request), cpuLimit: limit && ofCpu(limit) });
  }

  /**
   * The same profile without a CPU limit: no throttling, at the price of noisy neighbours.
   */
  public withoutCpuLimit(): WorkloadProfile {
    return this.with({ cpuLimit: undefined });
  }

  /**
   * The same profile with another amount of local disk.
   *
   * @param request local disk that is set aside
   * @param limit local disk above which the pod is evicted
   */
  public withEphemeralStorage(request: Size, limit: Size): WorkloadProfile {
    return this.with({ ephemeralStorageRequest: ofSize(request), ephemeralStorageLimit: ofSize(limit) });
  }

  /**
   * Records every amount that is no quantity or contradicts another.
   *
   * @internal
   */
  public _check(checks: Checks): void {
    const { amounts } = this;
    const pairs = [
      ['cpuRequest', 'cpuLimit', 1, 'a CPU quantity of at least 1m, such as 250m or 2'],
      ['memoryRequest', 'memoryLimit', MIB, 'a memory quantity of at least 1Mi, such as 512Mi or 2Gi'],
      [
        'ephemeralStorageRequest',
        'ephemeralStorageLimit',
        MIB,
        'a storage quantity of at least 1Mi, such as 1Gi',
      ],
    ] as const;
    for (const [requestName, limitName, least, allowed] of pairs) {
      const [request, limit] = [amounts[requestName], amounts[limitName]];
      const bad = (amount: Amount | undefined) => amount !== undefined && !((amount.parsed ?? NaN) >= least);
      if (bad(request)) checks.fail(requestName, request?.given, `allowed: ${allowed}`);
      if (bad(limit)) checks.fail(limitName, limit?.given, `allowed: ${allowed}`);
      if (bad(request) || bad(limit) || !request || !limit) continue;
      if ((request.parsed ?? 0) > (limit.parsed ?? 0)) {
        checks.fail(
          requestName,
          request.given,
          `it is above ${limitName} (${limit.given}); lower it or raise ${limitName}`,
        );
      }
    }
  }

  /**
   * The amounts as numbers; only after `_check` has passed.
   *
   * @internal
   */
  public _resources(): ContainerResources {
    const { amounts } = this;
    const number = (amount: Amount | undefined) => amount?.parsed ?? NaN;
    return {
      cpuRequestMillis: number(amounts.cpuRequest),
      cpuLimitMillis: amounts.cpuLimit && number(amounts.cpuLimit),
      memoryRequestBytes: number(amounts.memoryRequest),
      memoryLimitBytes: number(amounts.memoryLimit),
      ephemeralRequestBytes: number(amounts.ephemeralStorageRequest),
      ephemeralLimitBytes: number(amounts.ephemeralStorageLimit),
    };
  }

  private with(changes: Partial<Amounts>): WorkloadProfile {
    return new WorkloadProfile({ ...this.amounts, ...changes });
  }
}

function ofCpu(cpu: Cpu): Amount {
  return { given: cpu.amount, parsed: parseCpu(cpu.amount) };
}

function ofSize(size: Size): Amount {
  const bytes = bytesOf(size);
  return { given: sizeText(size), parsed: Number.isSafeInteger(bytes) ? bytes : undefined };
}
