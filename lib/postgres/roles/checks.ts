import type { Checks } from '../../finding/checks';
import { configKeyRule, databaseNameRule, dnsSubdomainRule, roleNameRule } from '../../units/names';
import { DEFAULT_DATABASE, DEFAULT_ROLE } from '../first-start';
import { EXPORTER_ROLE } from '../pooler/pgbouncer-files';
import { PostgresVersion } from '../postgres-workload';
import type { TunedPostgresProps } from '../tuned-postgres-props';
import { PostgresPrivilege, type PostgresRoleProps } from './postgres-role';

/** Records what is wrong with the roles of a database; `operatorRoles` are those of an operator that makes them. */
export function checkRoles(
  checks: Checks,
  props: TunedPostgresProps,
  operatorRoles: readonly string[] | undefined,
): void {
  const isManaged = operatorRoles !== undefined;
  const seen = new Set([props.user ?? DEFAULT_ROLE, ...(operatorRoles ?? [EXPORTER_ROLE])]);
  props.roles?.forEach((role, index) => {
    const own = checks.at(`roles[${index}]`);
    own.text('name', role.name, roleNameRule);
    if (seen.has(role.name)) own.fail('name', role.name, 'there is a role of this name; choose another');
    seen.add(role.name);
    own.oneOf('privilege', role.privilege, Object.values(PostgresPrivilege));
    own.integer('connectionLimit', role.connectionLimit, 1, 1000);
    own.text('credentials', role.credentials?.name, dnsSubdomainRule);
    own.text('passwordKey', role.passwordKey, configKeyRule);
    checkPlaces(own, props, role);
    if (isManaged) checkManaged(own, role);
    else if (props.version === PostgresVersion.V13 && role.privilege !== PostgresPrivilege.OWNER)
      own.fail(
        'privilege',
        role.privilege ?? PostgresPrivilege.READ,
        'Postgres 13 has no roles that read or write everything; use `version` 14 or newer',
      );
  });
}

function checkPlaces(
  checks: Checks,
  props: TunedPostgresProps,
  { databases, privilege }: PostgresRoleProps,
): void {
  if (databases === undefined) return;
  if (databases.length === 0)
    checks.fail('databases', databases, 'allowed: at least one; leave it out for all');
  const known = [props.database ?? DEFAULT_DATABASE, ...(props.databases ?? [])];
  databases.forEach((name, index) => {
    checks.text(`databases[${index}]`, name, databaseNameRule);
    checks.oneOf(`databases[${index}]`, name, known);
  });
  if (privilege === PostgresPrivilege.OWNER)
    checks.fail(
      'databases',
      databases,
      'an owner is one of all databases, which have one owner; leave it out',
    );
}

/** What the operator has no fields for. */
function checkManaged(
  checks: Checks,
  { databases, privilege, credentials, passwordKey }: PostgresRoleProps,
): void {
  if (databases !== undefined)
    checks.fail('databases', databases, 'CloudNativePG grants nothing by database; leave it out');
  if (privilege === PostgresPrivilege.OWNER)
    checks.fail(
      'privilege',
      privilege,
      'what it makes would not be the application’s, since CloudNativePG sets nothing of a role; let migrations log in as the application',
    );
  if (credentials === undefined)
    checks.fail(
      'credentials',
      undefined,
      'CloudNativePG reads the password of each role from a Secret of type kubernetes.io/basic-auth; set it',
    );
  if (passwordKey !== undefined && passwordKey !== 'password')
    checks.fail('passwordKey', passwordKey, 'CloudNativePG reads the key "password"; leave it out');
}
