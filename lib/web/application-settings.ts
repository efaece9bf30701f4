import type { Duration } from 'cdk8s';
import { EnvValue } from 'cdk8s-plus-27';
import type { Checks } from '../finding/checks';
import { secondsOf } from '../units/amounts';

/** Numbers of `ApplicationSettings.guide`. */
export interface GuideSettingsOptions {
  /**
   * Connections that the application's HTTP client may open: `HTTP_MAX_CONNECTIONS`.
   *
   * @default 100
   */
  readonly httpMaxConnections?: number;
  /**
   * Time-out of the application's HTTP client, in whole seconds: `HTTP_TIMEOUT`.
   *
   * @default Duration.seconds(30)
   */
  readonly httpTimeout?: Duration;
  /**
   * Time that the application caches a value, in whole seconds: `CACHE_TTL`.
   *
   * @default Duration.hours(1)
   */
  readonly cacheTtl?: Duration;
  /**
   * Entries of the application's own in-process cache: `CACHE_SIZE`.
   *
   * @default 1000
   */
  readonly cacheEntries?: number;
}

const DEFAULTS = { httpMaxConnections: 100, httpTimeout: 30, cacheTtl: 3600, cacheEntries: 1000 } as const;

/**
 * Settings that an application reads from its environment. Without them none of their variables is set.
 *
 * @example
 * new ScalableWebApp(chart, 'listings', {
 *   image: 'registry.example.com/listings:3.3.0',
 *   settings: ApplicationSettings.guide({ httpTimeout: Duration.seconds(5), cacheTtl: Duration.minutes(10) }),
 * });
 */
export class ApplicationSettings {
  /**
   * The guide's four: `HTTP_MAX_CONNECTIONS`, `HTTP_TIMEOUT`, `CACHE_TTL` and `CACHE_SIZE`.
   *
   * @param options numbers that differ
   */
  public static guide(options: GuideSettingsOptions = {}): ApplicationSettings {
    return new ApplicationSettings({
      ...DEFAULTS,
      ...(options.httpMaxConnections !== undefined && { httpMaxConnections: options.httpMaxConnections }),
      ...(options.httpTimeout && { httpTimeout: secondsOf(options.httpTimeout) }),
      ...(options.cacheTtl && { cacheTtl: secondsOf(options.cacheTtl) }),
      ...(options.cacheEntries !== undefined && { cacheEntries: options.cacheEntries }),
    });
  }

  private constructor(private readonly numbers: Readonly<Record<keyof typeof DEFAULTS, number>>) {}

  /** @internal */
  public _check(checks: Checks): void {
    checks.integer('httpMaxConnections', this.numbers.httpMaxConnections, 1, 1_000_000);
    checks.integer('httpTimeout', this.numbers.httpTimeout, 1, 3600);
    checks.integer('cacheTtl', this.numbers.cacheTtl, 0, 31_536_000);
    checks.integer('cacheEntries', this.numbers.cacheEntries, 0, 1_000_000_000);
  }

  /** @internal */
  public _env(): { [name: string]: EnvValue } {
    const { httpMaxConnections, httpTimeout, cacheTtl, cacheEntries } = this.numbers;
    return {
      HTTP_MAX_CONNECTIONS: EnvValue.fromValue(`${httpMaxConnections}`),
      HTTP_TIMEOUT: EnvValue.fromValue(`${httpTimeout}`),
      CACHE_TTL: EnvValue.fromValue(`${cacheTtl}`),
      CACHE_SIZE: EnvValue.fromValue(`${cacheEntries}`),
    };
  }
}
