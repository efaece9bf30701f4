import type { EnvValue, ISecret } from 'cdk8s-plus-27';
import { PostgresPrivilege, type PostgresRoleProps } from './postgres-role';
import type { RoleRequest } from './setup-emitter';

/** A role with its defaults, and where its password is. */
export interface PostgresRole {
  readonly request: RoleRequest;
  readonly password: EnvValue;
}

/** Roles of a database that have been checked. */
export function rolesOf(
  roles: readonly PostgresRoleProps[],
  databases: readonly string[],
  shared: ISecret,
): PostgresRole[] {
  return roles.map((role) => {
    const { name, credentials, connectionLimit } = role;
    const key = role.passwordKey ?? (credentials ? 'password' : `${name}-password`);
    return {
      request: {
        name,
        privilege: role.privilege ?? PostgresPrivilege.READ,
        databases: role.databases ?? databases,
        ...(connectionLimit !== undefined && { connectionLimit }),
      },
      password: (credentials ?? shared).envValue(key),
    };
  });
}
