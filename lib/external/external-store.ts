import { Construct } from 'constructs';
import type { MetricsEndpoint } from '../connection/monitored';
import type { NetworkIdentity, NetworkPeer } from '../connection/network-peer';
import { Checks } from '../finding/checks';
import type { StoreExporter } from './store-exporter';

/**
 * A store that exists elsewhere: an `ExternalPostgres` or an `ExternalRedis`. It can be watched once it has an exporter, whose pod
 * is then what is scraped.
 *
 * @example
 * for (const store of chart.node.findAll()) {
 *   // a policy of one's own: what the app uses is watched
 *   if (store instanceof ExternalStore && !store.exporter) throw new Error(`${store.name} has no exporter`);
 * }
 */
export abstract class ExternalStore extends Construct {
  /** Name, from which those of its Secret and of its exporter are made. */
  public abstract readonly name: string;
  /** Connections that clients may open. */
  public abstract readonly clientConnections?: number;

  private added?: StoreExporter;

  /** The exporter of `addExporter`; undefined while none was added. */
  public get exporter(): StoreExporter | undefined {
    return this.added;
  }

  /** Name of the exporter's Deployment. Refused without one, as all that is asked to watch the store. */
  public get workloadName(): string | undefined {
    return this.watched.name;
  }

  /** The pod of the exporter, as network policies name it. */
  public get networkIdentity(): NetworkIdentity {
    return this.watched.networkIdentity;
  }

  /** Whether the exporter has a CPU limit. */
  public get hasCpuLimit(): boolean {
    return this.watched.hasCpuLimit;
  }

  /** Where the exporter answers. */
  public get metricsEndpoint(): MetricsEndpoint | undefined {
    return this.watched.metricsEndpoint;
  }

  /**
   * Lets a peer scrape the exporter.
   *
   * @param peer who may
   */
  public allowScrapeFrom(peer: NetworkPeer): void {
    this.watched._allowScrapeFrom(peer);
  }

  /**
   * Adds the exporter, once.
   *
   * @param check checks the props of the kind
   * @param make makes it
   * @internal
   */
  protected _addExporter(check: (checks: Checks) => void, make: () => StoreExporter): StoreExporter {
    const checks = Checks.of(this);
    if (this.added)
      checks.fail('addExporter', this.added.name, 'there is an exporter already; remove a call');
    check(checks.at('addExporter'));
    checks.throwIfAny();
    this.added = make();
    return this.added;
  }

  private get watched(): StoreExporter {
    const checks = Checks.of(this);
    if (!this.added)
      checks.fail(
        'exporter',
        undefined,
        'a store elsewhere has no metrics of its own here; call `addExporter()` first',
      );
    checks.throwIfAny();
    return this.added as StoreExporter;
  }
}
