import { PostgresPrivilege, type PostgresRoleProps } from '../roles/postgres-role';
import type { Cluster } from './types';

const GROUPS: Readonly<Record<PostgresPrivilege, readonly string[]>> = {
  [PostgresPrivilege.READ]: ['pg_read_all_data'],
  [PostgresPrivilege.WRITE]: ['pg_read_all_data', 'pg_write_all_data'],
  [PostgresPrivilege.OWNER]: [],
};

/** Roles that the operator makes and keeps as they are declared; one that is no longer declared stays. */
export function managedRoles(
  roles: readonly PostgresRoleProps[] = [],
): Pick<NonNullable<Cluster['spec']>, 'managed'> {
  if (roles.length === 0) return {};
  return {
    managed: {
      roles: roles.map(({ name, privilege = PostgresPrivilege.READ, connectionLimit, credentials }) => ({
        name,
        ensure: 'present',
        login: true,
        connectionLimit,
        inRoles: GROUPS[privilege],
        passwordSecret: credentials && { name: credentials.name },
      })),
    },
  };
}
