/** Checks of the props of an `ExternalPostgres`, and what they say of its connections. */
import { RESERVED_CONNECTIONS } from '../connection/pool-budget';
import { PostgresSslMode } from '../connection/postgres-ssl-mode';
import type { Checks } from '../finding/checks';
import { defaultOf, newestDefinitionOf } from '../postgres/parameters/parameter-definition';
import { PostgresVersion } from '../postgres/postgres-workload';
import { dnsSubdomainRule, loginNameRule } from '../units/names';
import type { ExternalPostgresProps } from './external-postgres-props';
import type { InstanceConnections } from './instance-connections';
import { databaseNameRule } from './store-names';

const SUPERUSER_RESERVED_CONNECTIONS = Number(defaultOf('superuser_reserved_connections', undefined));
const MOST_CONNECTIONS = newestDefinitionOf('max_connections')?.most as number;

/** What the server accepts, as given or by its instance; undefined where neither is given. */
export function acceptedBy({
  maxConnections,
  instance,
}: ExternalPostgresProps): InstanceConnections | undefined {
  return maxConnections === undefined
    ? instance?._connections
    : { maxConnections, reserved: SUPERUSER_RESERVED_CONNECTIONS, isLowerBound: false };
}

/** Connections that are nobody's pool. */
export function reservedOf(props: ExternalPostgresProps): number {
  const { reservedConnections = RESERVED_CONNECTIONS, superuserReservedConnections: own } = props;
  return reservedConnections + (own ?? acceptedBy(props)?.reserved ?? SUPERUSER_RESERVED_CONNECTIONS);
}

export function checkProps(checks: Checks, props: ExternalPostgresProps): void {
  checks.text('host', props.host, dnsSubdomainRule);
  checks.text('readOnlyHost', props.readOnlyHost, dnsSubdomainRule);
  checks.port('port', props.port);
  checks.text('database', props.database, databaseNameRule);
  props.databases?.forEach((name, index) => checks.text(`databases[${index}]`, name, databaseNameRule));
  checks.text('user', props.user, loginNameRule);
  checks.text('credentials', props.credentials?.name, dnsSubdomainRule);
  checks.oneOf('version', props.version, Object.values(PostgresVersion));
  checks.oneOf('sslMode', props.sslMode, Object.values(PostgresSslMode));
  checks.text('certificateAuthority', props.certificateAuthority?.name, dnsSubdomainRule);
  if (props.certificateAuthority !== undefined && props.sslMode === undefined)
    checks.fail(
      'certificateAuthority',
      props.certificateAuthority.name,
      'nobody looks at a certificate without `sslMode`; set it, or remove this',
    );
  props.peer._check(checks, 'peer');
  props.readOnlyPeer?._check(checks, 'readOnlyPeer');
  checks.integer('reservedConnections', props.reservedConnections, 0, MOST_CONNECTIONS);
  checks.integer('superuserReservedConnections', props.superuserReservedConnections, 0, MOST_CONNECTIONS);
  checkConnections(checks, props);
  if (props.readOnlyHost === undefined) {
    const { readOnlyPeer, readOnlyMaxConnections } = props;
    for (const [prop, value] of Object.entries({ readOnlyPeer, readOnlyMaxConnections }))
      if (value !== undefined)
        checks.fail(prop, value, 'there are no replicas without `readOnlyHost`; give it, or remove this');
  }
}

function checkConnections(checks: Checks, props: ExternalPostgresProps): void {
  const { instance, maxConnections, readOnlyMaxConnections } = props;
  if (instance === undefined && maxConnections === undefined)
    checks.fail(
      'maxConnections',
      undefined,
      'give what the server accepts (SHOW max_connections), or `instance`, the class that it runs on',
    );
  if (instance !== undefined && maxConnections !== undefined)
    checks.fail('maxConnections', maxConnections, '`instance` says it too; give one of them');
  checks.integer('maxConnections', maxConnections, 1, MOST_CONNECTIONS);
  checks.integer('readOnlyMaxConnections', readOnlyMaxConnections, 1, MOST_CONNECTIONS);
  instance?._check(checks.at('instance'));
  if (!checks.passed) return;
  const reserved = reservedOf(props);
  const prop = instance === undefined ? 'maxConnections' : 'instance';
  const accepted = { [prop]: acceptedBy(props)?.maxConnections, readOnlyMaxConnections };
  for (const [name, value] of Object.entries(accepted))
    if (value !== undefined && value <= reserved)
      checks.fail(name, value, `nothing is left for pools: ${reserved} of them are reserved`);
}

/** Poolers know no authority by themselves, unlike a client with the bundle of its system. */
export function checkPoolerTls(
  checks: Checks,
  { sslMode, certificateAuthority }: ExternalPostgresProps,
): void {
  const verifies = sslMode === PostgresSslMode.VERIFY_CA || sslMode === PostgresSslMode.VERIFY_FULL;
  if (verifies && certificateAuthority === undefined)
    checks.fail(
      'sslMode',
      sslMode,
      'poolers know no authority by themselves; give `certificateAuthority`, or connect without `addPooler`',
    );
}
