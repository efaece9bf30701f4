import type { Size } from 'cdk8s';
import type { Checks } from '../../finding/checks';
import { BYTES, bytesOf } from '../../units/amounts';
import { dnsSubdomainRule, roleNameRule } from '../../units/names';
import { formatBytes, GIB } from '../../units/quantity';
import { DEFAULT_ROLE } from '../first-start';
import type { TunedPostgresProps } from '../tuned-postgres-props';
import type { Cluster } from './types';

/** A tablespace of a database on CloudNativePG: a volume of its own in every instance. */
export interface PostgresTablespaceProps {
  /** Name of it, as SQL names it: lower-case letters, digits and "_", not starting with `pg_`. */
  readonly name: string;
  /** Size of its volume, at least 1Gi. It can grow as `storage` can, and nothing shrinks. */
  readonly storage: Size;
  /**
   * StorageClass of its volume.
   *
   * @default - that of the data volume
   */
  readonly storageClassName?: string;
  /**
   * Role that may use it: the `user`, one of `roles`, or `postgres`.
   *
   * @default - the `user`
   */
  readonly owner?: string;
  /**
   * Whether temporary tables, and what sorts write to disk, go there (`temp_tablespaces`).
   *
   * @default false
   */
  readonly temporary?: boolean;
}

const SUPERUSER = 'postgres';

type TablespaceSpec = Pick<NonNullable<Cluster['spec']>, 'tablespaces'>;

export function tablespacesOf(
  tablespaces: readonly PostgresTablespaceProps[] = [],
  props: TunedPostgresProps,
): TablespaceSpec {
  if (tablespaces.length === 0) return {};
  return {
    tablespaces: tablespaces.map(({ name, storage, storageClassName, owner, temporary }) => ({
      name,
      owner: { name: owner ?? props.user ?? DEFAULT_ROLE },
      storage: {
        size: formatBytes(bytesOf(storage)),
        storageClass: storageClassName ?? props.storageClassName,
      },
      ...(temporary === true && { temporary }),
    })),
  };
}

export function checkTablespaces(
  checks: Checks,
  tablespaces: readonly PostgresTablespaceProps[] = [],
  props: TunedPostgresProps,
): void {
  const owners = ownersOf(props);
  const seen = new Set<string>();
  tablespaces.forEach((tablespace, index) => {
    const own = checks.at(`tablespaces[${index}]`);
    own.text('name', tablespace.name, tablespaceNameRule);
    if (seen.has(tablespace.name))
      own.fail('name', tablespace.name, 'there is a tablespace of this name; choose another');
    seen.add(tablespace.name);
    const bytes = own.requiredAmount('storage', tablespace.storage, BYTES);
    if (bytes !== undefined && !(Number.isSafeInteger(bytes) && bytes >= GIB))
      own.fail('storage', tablespace.storage.asString(), 'allowed: at least 1Gi');
    own.text('storageClassName', tablespace.storageClassName, dnsSubdomainRule);
    if (owners) own.oneOf('owner', tablespace.owner, owners);
    else own.text('owner', tablespace.owner, ownerRule);
  });
}

/** Roles that are known to be there; undefined where others come with the data. */
function ownersOf({ bootstrap, user, roles = [] }: TunedPostgresProps): readonly string[] | undefined {
  const shape = bootstrap?._shape;
  const comeAlong =
    shape?.kind === 'importServer' ? shape.roles : shape?.kind === 'recovery' ? undefined : [];
  return comeAlong && [user ?? DEFAULT_ROLE, ...roles.map(({ name }) => name), ...comeAlong, SUPERUSER];
}

function ownerRule(text: string): string | undefined {
  return text === SUPERUSER ? undefined : roleNameRule(text);
}

/**
 * A name that is the same with and without quotes, and that a volume can have: the operator puts "tbs-" before it, and "-" for
 * each "_". Names that begin with "pg_" are Postgres's own.
 */
function tablespaceNameRule(text: string): string | undefined {
  return /^(?!pg_)[a-z_][a-z0-9_]{0,57}[a-z0-9]$/.test(text)
    ? undefined
    : 'from 2 to 59 lower-case letters, digits and "_", not starting with a digit or "pg_", not ending in "_"';
}
