import { type IConnectionTarget, isDatabase } from '../connection/connection';
import { ConnectionPool } from '../connection/connection-pool';

/** One for the statements, and one that holds a lock meanwhile, as Flyway and Rails do. */
export const DIRECT_CONNECTIONS = 2;

/**
 * A database past its pooler, with a pool of so many connections that does not change with other consumers: what changed a
 * Job would make another one of it. A connection with options of its own, and what is no database, are taken as they are.
 */
export function pastPooler(target: IConnectionTarget, size: number): IConnectionTarget {
  const pool = ConnectionPool.fixed({ size });
  return isDatabase(target) ? target.connection({ direct: true, pool }) : target;
}
