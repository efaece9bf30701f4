import { type IntentNumbers, SCALING_INTENTS } from './scaling-intents';

/**
 * What people want of scaling, as a target of CPU use and a behaviour in both directions. A policy without an intent
 * has that of the guide. Percent of CPU are percent of the request.
 *
 * @example
 * new ScalableWebApp(chart, 'quotes', {
 *   image: 'registry.example.com/quotes:5.2.0',
 *   scaling: ScalingPolicy.cpu({ intent: ScalingIntent.LATENCY_CRITICAL, min: 3, max: 40 }),
 * });
 */
export class ScalingIntent {
  /** The guide's: 70 % CPU; double every 30 s; after 300 s, half every 60 s. */
  public static readonly GUIDE = new ScalingIntent(SCALING_INTENTS.guide);
  /** Traffic that follows the day: 70 % CPU; half more every minute; after 5 minutes, a fifth less every minute. */
  public static readonly STEADY_WEB = new ScalingIntent(SCALING_INTENTS.steadyWeb);
  /** Traffic that doubles within a minute: 60 % CPU; double every 15 s; after 10 minutes, a fifth less every minute. */
  public static readonly SPIKY_WEB = new ScalingIntent(SCALING_INTENTS.spikyWeb);
  /** Slow answers cost more than pods: 50 % CPU; double every 15 s; after 15 minutes, a tenth less every minute. */
  public static readonly LATENCY_CRITICAL = new ScalingIntent(SCALING_INTENTS.latencyCritical);
  /** Work that nobody waits for: 80 % CPU; double every minute after a minute; after 2 minutes, half every minute. */
  public static readonly BATCH = new ScalingIntent(SCALING_INTENTS.batch);
  /** Pods cost more than slow answers: 80 % CPU; half more every minute after a minute; after 2 minutes, all at once. */
  public static readonly COST_SAVING = new ScalingIntent(SCALING_INTENTS.costSaving);

  private constructor(
    /** @internal */
    public readonly _numbers: IntentNumbers,
  ) {}
}
