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

/** What the replicas accept where they have a budget of their own; undefined where they have none. */
export function acceptedByReplicas(props: ExternalPostgresProps): InstanceConnections | undefined {
  const { readOnlyMaxConnections: maxConnections, readOnlyInstance } = props;
  if (maxConnections === undefined) return readOnlyInstance?._connections;
  const reserved = acceptedBy(props)?.reserved ?? SUPERUSER_RESERVED_CONNECTIONS;
  return { maxConnections, reserved, isLowerBound: false };
}

/** Connections that a server keeps for who runs it. */
export function superuserReservedOf(
  { superuserReservedConnections }: ExternalPostgresProps,
  accepted: InstanceConnections | undefined,
): number {
  return superuserReservedConnections ?? accepted?.reserved ?? SUPERUSER_RESERVED_CONNECTIONS;
}

/** Connections of a server that are nobody's pool. */
export function reservedOf(props: ExternalPostgresProps, accepted: InstanceConnections | undefined): number {
  const { reservedConnections = RESERVED_CONNECTIONS } = props;
  return reservedConnections + superuserReservedOf(props, accepted);
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
  checkPoolerCertificate(checks, props);
  props.peer._check(checks, 'peer');
  props.readOnlyPeer?._check(checks, 'readOnlyPeer');
  checks.integer('reservedConnections', props.reservedConnections, 0, MOST_CONNECTIONS);
  checks.integer('superuserReservedConnections', props.superuserReservedConnections, 0, MOST_CONNECTIONS);
  checkConnections(checks, props);
  if (props.readOnlyHost === undefined) {
    const { readOnlyPeer, readOnlyMaxConnections, readOnlyInstance } = props;
    for (const [prop, value] of Object.entries({ readOnlyPeer, readOnlyMaxConnections, readOnlyInstance }))
      if (value !== undefined)
        checks.fail(prop, value, 'there are no replicas without `readOnlyHost`; give it, or remove this');
  }
}

function checkPoolerCertificate(
  checks: Checks,
  { poolerCertificate, requirePoolerTls, sslMode }: ExternalPostgresProps,
): void {
  checks.text('poolerCertificate', poolerCertificate?.name, dnsSubdomainRule);
  if (poolerCertificate !== undefined && (sslMode === undefined || sslMode === PostgresSslMode.DISABLE))
    checks.fail(
      'sslMode',
      sslMode,
      'poolers with a `poolerCertificate` may reach the server without TLS; set it to PostgresSslMode.REQUIRE or stricter',
    );
  if (requirePoolerTls !== undefined && poolerCertificate === undefined)
    checks.fail('requirePoolerTls', requirePoolerTls, 'there is no certificate; set `poolerCertificate`');
}

function checkConnections(checks: Checks, props: ExternalPostgresProps): void {
  const { instance, maxConnections, readOnlyMaxConnections, readOnlyInstance } = props;
  if (instance === undefined && maxConnections === undefined)
    checks.fail(
      'maxConnections',
      undefined,
      'give what the server accepts (SHOW max_connections), or `instance`, the class that it runs on',
    );
  if (instance !== undefined && maxConnections !== undefined)
    checks.fail('maxConnections', maxConnections, '`instance` says it too; give one of them');
  if (readOnlyInstance !== undefined && readOnlyMaxConnections !== undefined)
    checks.fail(
      'readOnlyMaxConnections',
      readOnlyMaxConnections,
      '`readOnlyInstance` says it too; give one of them',
    );
  checks.integer('maxConnections', maxConnections, 1, MOST_CONNECTIONS);
  checks.integer('readOnlyMaxConnections', readOnlyMaxConnections, 1, MOST_CONNECTIONS);
  instance?._check(checks.at('instance'));
  readOnlyInstance?._check(checks.at('readOnlyInstance'));
  if (!checks.passed) return;
  checkRest(checks, props, instance ? 'instance' : 'maxConnections', acceptedBy(props));
  const replicas = readOnlyInstance ? 'readOnlyInstance' : 'readOnlyMaxConnections';
  checkRest(checks, props, replicas, acceptedByReplicas(props));
}

/** Something must be left for pools. */
function checkRest(
  checks: Checks,
  props: ExternalPostgresProps,
  prop: string,
  accepted: InstanceConnections | undefined,
): void {
  const reserved = reservedOf(props, accepted);
  if (accepted && accepted.maxConnections <= reserved)
    checks.fail(prop, accepted.maxConnections, `nothing is left for pools: ${reserved} of them are reserved`);
}

/** Poolers know no authority by themselves, unlike a client with the bundle of its system. */
export function checkPoolerTls(
  checks: Checks,
  { sslMode, certificateAuthority }: ExternalPostgresProps,
): void {
  if (verifiesCertificate({ sslMode }) && certificateAuthority === undefined)
    checks.fail(
      'sslMode',
      sslMode,
      'poolers know no authority by themselves; give `certificateAuthority`, or connect without `addPooler`',
    );
}

/** The driver of the exporter has no `prefer`, so nobody can be asked first. */
export function checkExporterTls(checks: Checks, { sslMode }: ExternalPostgresProps): void {
  if (sslMode === undefined)
    checks.fail(
      'sslMode',
      undefined,
      'the exporter has to know whether to encrypt; set `sslMode` of the database, such as PostgresSslMode.REQUIRE',
    );
}

/** Whether who connects looks at the certificate. */
export function verifiesCertificate({ sslMode }: Pick<ExternalPostgresProps, 'sslMode'>): boolean {
  return sslMode === PostgresSslMode.VERIFY_CA || sslMode === PostgresSslMode.VERIFY_FULL;
}
