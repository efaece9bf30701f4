import type { Size } from 'cdk8s';
import type { NetworkPeer } from '../connection/network-peer';
import type { PostgresTablespaceProps } from './cloud-native-pg/tablespaces';
import type { PostgresBackup } from './postgres-backup';

/** What a commit waits for when too few standbys are there to confirm it. */
export enum SynchronousDurability {
  /** Until they are back: no commit that was confirmed is ever lost, and nobody writes meanwhile. */
  REQUIRED = 'required',
  /** Nothing: writes go on, with as many standbys as there are. */
  PREFERRED = 'preferred',
}

/** Properties of `PostgresTopology.statefulSet`. */
export interface StatefulSetOptions {
  /**
   * Instances: one. More of a StatefulSet would be that many databases which know nothing of each other, so another
   * number is refused; `PostgresTopology.cloudNativePg` runs several.
   *
   * @default 1
   */
  readonly instances?: number;
  /**
   * How it is backed up: `PostgresBackup.dump`. The superuser may then log in over the network, by its password.
   *
   * @default - not at all: a table that is dropped is gone, and so is all that a lost volume held
   */
  readonly backup?: PostgresBackup;
}

/** Properties of `PostgresTopology.cloudNativePg`. */
export interface CloudNativePgOptions {
  /**
   * Instances, from 1 to 20: a primary and its standbys. With three, a primary and its successor survive the loss of a
   * node. More than nine need a higher `max_wal_senders` than Postgres's 10, in `parameters`.
   *
   * @default 3
   */
  readonly instances?: number;
  /**
   * Size of a volume of its own for the WAL of each instance, at least 1Gi. A standby that was away catches up from what
   * it holds.
   *
   * @default - the WAL shares the data volume, of which it gets a fifth
   */
  readonly walStorage?: Size;
  /**
   * StorageClass of the volume for the WAL.
   *
   * @default - that of the data volume
   */
  readonly walStorageClassName?: string;
  /**
   * Tablespaces, each on a volume of its own in every instance; more can come later, and none goes. Settings do not change
   * for them. After a new one, a backup has to be taken before any moment can be restored again.
   *
   * @default - none: everything is on the data volume
   */
  readonly tablespaces?: PostgresTablespaceProps[];
  /**
   * Standbys that confirm a commit before its client hears of it, fewer than there are. Each commit takes a round trip
   * longer; in exchange a failover loses none.
   *
   * @default 0: standbys follow asynchronously, and a failover can lose the last moments
   */
  readonly synchronousStandbys?: number;
  /**
   * What happens to commits while too few standbys are there. Only with `synchronousStandbys`.
   *
   * @default SynchronousDurability.REQUIRED
   */
  readonly synchronousDurability?: SynchronousDurability;
  /**
   * Where backups go, and when: `PostgresBackup.objectStore` or `PostgresBackup.volumeSnapshot`.
   *
   * @default - nowhere: a table that is dropped is gone
   */
  readonly backup?: PostgresBackup;
  /**
   * Namespace of the operator, which must reach the instances.
   *
   * @default cnpg-system
   */
  readonly operatorNamespace?: string;
  /**
   * Where the API server is, such as `NetworkPeer.cidr('10.0.0.1/32')`.
   *
   * @default - anywhere: manifests do not know its address
   */
  readonly apiServer?: NetworkPeer;
  /**
   * Ports on which the API server answers: the instances tell it who is primary. Network policies see the port behind the
   * Service.
   *
   * @default - 443 and 6443
   */
  readonly apiServerPorts?: number[];
}

/** @internal */
export type TopologyShape =
  | ({ readonly kind: 'statefulSet' } & StatefulSetOptions)
  | ({ readonly kind: 'cloudNativePg' } & CloudNativePgOptions);

/**
 * What runs a `TunedPostgres`: a StatefulSet of one instance, which is the default, or the operator CloudNativePG.
 *
 * @example
 * new TunedPostgres(chart, 'payments', {
 *   storage: Size.gibibytes(100),
 *   topology: PostgresTopology.cloudNativePg({
 *     instances: 3,
 *     synchronousStandbys: 1, // a failover loses no payment that was confirmed
 *     walStorage: Size.gibibytes(20),
 *   }),
 * });
 */
export class PostgresTopology {
  /**
   * One instance in a StatefulSet: nothing to install. While its node is drained or lost, it is away.
   *
   * @param props how many
   */
  public static statefulSet(props: StatefulSetOptions = {}): PostgresTopology {
    return new PostgresTopology({ kind: 'statefulSet', ...props });
  }

  /**
   * A primary and its standbys, run by CloudNativePG 1.26 or newer, which must be installed: failover, rolling updates,
   * backups. The settings are the same as those of one instance; what the operator sets itself is left out.
   *
   * @param props how many, and what is backed up
   */
  public static cloudNativePg(props: CloudNativePgOptions = {}): PostgresTopology {
    return new PostgresTopology({ kind: 'cloudNativePg', ...props });
  }

  /** @internal */
  public readonly _shape: TopologyShape;

  private constructor(shape: TopologyShape) {
    this._shape = shape;
  }
}
