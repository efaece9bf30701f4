/** Who comes through the poolers of a database. */
import type { ConnectionPool } from '../../connection/connection-pool';
import type { DatabaseLogin } from '../../connection/database-connection';
import type { NetworkIdentity } from '../../connection/network-peer';

/** A consumer that poolers let in. */
export interface PooledConsumer {
  readonly identity: NetworkIdentity;
  readonly pool: ConnectionPool;
  readonly login: DatabaseLogin;
}

/** Each role once, with the first Secret that was named for it. */
export function distinctLogins(logins: readonly DatabaseLogin[]): DatabaseLogin[] {
  return logins.filter(({ user }, place) => logins.findIndex((one) => one.user === user) === place);
}

/** Secrets of one name hold one password, also where those of the consumers are in different namespaces. */
export function secretProblems(logins: readonly DatabaseLogin[]): string[] {
  const all = distinctLogins(logins);
  return all.flatMap(({ user, credentials: { name } }, place) => {
    const other = all.slice(0, place).find(({ credentials }) => credentials.name === name);
    return other
      ? [
          `the roles "${other.user}" and "${user}" have Secrets of one name, "${name}", and the poolers need both passwords in their own namespace; give one of them another name`,
        ]
      : [];
  });
}
