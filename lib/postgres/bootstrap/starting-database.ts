import type { CloudNativePgOptions } from '../postgres-topology';
import type { TunedPostgresProps } from '../tuned-postgres-props';

/** A database that is about to start. */
export interface StartingDatabase {
  readonly name: string;
  readonly props: TunedPostgresProps;
  readonly engine: CloudNativePgOptions;
}
