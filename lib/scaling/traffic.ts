import type { Duration } from 'cdk8s';
import type { Checks } from '../finding/checks';
import { secondsOf } from '../units/amounts';
import {
  formatShape,
  type LoadPoint,
  type LoadShape,
  parseLoadCsv,
  parseShape,
  problemsOfShape,
  ShapeError,
  type ShapeName,
  shapeOf,
} from './simulator/load-shape';

/** Load that grows. */
export interface RampTraffic {
  /** Requests per second before. */
  readonly from: number;
  /** Requests per second after. */
  readonly to: number;
  /**
   * When it begins.
   *
   * @default Duration.minutes(1)
   */
  readonly start?: Duration;
  /**
   * How long it takes; zero is a step.
   *
   * @default Duration.minutes(10)
   */
  readonly rise?: Duration;
  /**
   * Length of the whole, up to a week.
   *
   * @default - 20 minutes more than start and rise
   */
  readonly length?: Duration;
}

/** Load that jumps up and falls back. */
export interface SpikeTraffic {
  /** Requests per second before and after. */
  readonly base: number;
  /** Requests per second of the spike. */
  readonly peak: number;
  /**
   * When it begins.
   *
   * @default Duration.minutes(1)
   */
  readonly start?: Duration;
  /**
   * How long the way up takes; the way down takes no time.
   *
   * @default - no time at all
   */
  readonly rise?: Duration;
  /**
   * How long the peak lasts.
   *
   * @default Duration.minutes(10)
   */
  readonly hold?: Duration;
  /**
   * Time from one spike to the next.
   *
   * @default - there is only one
   */
  readonly every?: Duration;
  /**
   * Length of the whole, up to a week.
   *
   * @default - 20 minutes more than the first spike, or than the second when there are several
   */
  readonly length?: Duration;
}

/** Load of a day: a cosine, lowest at the start. */
export interface DiurnalTraffic {
  /** Requests per second at night. */
  readonly low: number;
  /** Requests per second at noon. */
  readonly high: number;
  /**
   * Length of a day.
   *
   * @default Duration.hours(24)
   */
  readonly period?: Duration;
  /**
   * Length of the whole, up to a week.
   *
   * @default - one day
   */
  readonly length?: Duration;
}

/** Load that grows and falls back at once, again and again. */
export interface SawtoothTraffic {
  /** Requests per second at the start of a tooth. */
  readonly low: number;
  /** Requests per second at its end. */
  readonly high: number;
  /**
   * Length of a tooth.
   *
   * @default Duration.minutes(15)
   */
  readonly period?: Duration;
  /**
   * Length of the whole, up to a week.
   *
   * @default - four teeth
   */
  readonly length?: Duration;
}

/** A point of measured load. */
export interface TrafficPoint {
  /** Time since the start. */
  readonly at: Duration;
  /** Load at that time; between two points it follows a straight line. */
  readonly requestsPerSecond: number;
}

/**
 * Load over time, in requests per second, as a simulation takes it. Requests are whatever the workload counts: jobs are
 * fine too. What is out of range is refused where the load is used.
 *
 * @example
 * const sale = Traffic.spike({ base: 30, peak: 100, rise: Duration.minutes(1), hold: Duration.minutes(20) });
 * const measured = Traffic.csv('seconds,requests\n0,20\n600,90\n1800,30');
 * for (const load of [sale, measured]) {
 *   web.requireScaling(load, { timeToCapacity: Duration.minutes(2), flaps: 0 }, { capacityPerPod: 20 });
 * }
 */
export class Traffic {
  /**
   * Load that never changes.
   *
   * @param requestsPerSecond from 0 to 10⁹
   * @param length how long, from 15 seconds to a week; 30 minutes by default
   */
  public static constant(requestsPerSecond: number, length?: Duration): Traffic {
    return Traffic.shaped('constant', { rate: requestsPerSecond }, { length });
  }

  /**
   * Load that grows from one rate to another and stays there.
   *
   * @param props rates and times
   */
  public static ramp(props: RampTraffic): Traffic {
    const { from, to, ...times } = props;
    return Traffic.shaped('ramp', { from, to }, { ...times });
  }

  /**
   * Load that jumps up and falls back, once or again and again.
   *
   * @param props rates and times
   */
  public static spike(props: SpikeTraffic): Traffic {
    const { base, peak, ...times } = props;
    return Traffic.shaped('spike', { base, peak }, { ...times });
  }

  /**
   * Load that swells and ebbs with the day.
   *
   * @param props rates and times
   */
  public static diurnal(props: DiurnalTraffic): Traffic {
    const { low, high, ...times } = props;
    return Traffic.shaped('diurnal', { low, high }, { ...times });
  }

  /**
   * Load that grows and falls back at once, again and again.
   *
   * @param props rates and times
   */
  public static sawtooth(props: SawtoothTraffic): Traffic {
    const { low, high, ...times } = props;
    return Traffic.shaped('sawtooth', { low, high }, { ...times });
  }

  /**
   * Measured load.
   *
   * @param points from 2 to 10,000, in order of time
   */
  public static points(points: TrafficPoint[]): Traffic {
    const read = points.map(({ at, requestsPerSecond }): LoadPoint => ({
      seconds: secondsOf(at),
      requestsPerSecond,
    }));
    return new Traffic({ kind: 'points', points: read });
  }

  /**
   * Measured load as text, a line `seconds,requestsPerSecond` for each point, in order of time. A first line of names,
   * empty lines and lines that begin with `#` are left out; anything else is refused with its number.
   *
   * @param text the text of the file, not its name
   */
  public static csv(text: string): Traffic {
    return Traffic.read(() => parseLoadCsv(text));
  }

  /**
   * Load in the notation of the command line, such as `spike:base=100,peak=1000,hold=10m`.
   *
   * @param text a shape, `:` and its numbers, joined by `,`; times in seconds, or with `s`, `m` or `h`
   */
  public static fromText(text: string): Traffic {
    return Traffic.read(() => parseShape(text));
  }

  private static shaped(
    kind: ShapeName,
    rates: Readonly<Record<string, number>>,
    times: Readonly<Record<string, Duration | undefined>>,
  ): Traffic {
    const seconds = Object.fromEntries(
      Object.entries(times).map(([name, time]) => [name, time && secondsOf(time)]),
    );
    return new Traffic(shapeOf(kind, { ...rates, ...seconds }));
  }

  private static read(parse: () => LoadShape): Traffic {
    try {
      return new Traffic(parse());
    } catch (error) {
      if (error instanceof ShapeError) return new Traffic(undefined, error.message);
      throw error;
    }
  }

  private constructor(
    private readonly shape: LoadShape | undefined,
    private readonly unreadable = '',
  ) {}

  /** The load in the notation of the command line. */
  public toString(): string {
    return this.shape ? formatShape(this.shape) : this.unreadable;
  }

  /** @internal */
  public _check(checks: Checks): void {
    if (!this.shape) return checks.fail('traffic', 'not readable', this.unreadable);
    for (const { name, value, allowed } of problemsOfShape(this.shape))
      checks.at('traffic').fail(name, value, `allowed: ${allowed}`);
  }

  /**
   * The shape; call `_check` before.
   *
   * @internal
   */
  public get _shape(): LoadShape {
    return this.shape ?? { kind: 'points', points: [] };
  }
}
