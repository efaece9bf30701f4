/** What is wrong with an import, and what in it contradicts the database that it makes. */
import { PostgresSslMode } from '../../connection/postgres-ssl-mode';
import type { Checks } from '../../finding/checks';
import { configKeyRule, dnsSubdomainRule, loginNameRule } from '../../units/names';
import { formatBytes } from '../../units/quantity';
import { DEFAULT_DATABASE, DEFAULT_ROLE } from '../first-start';
import { parseSize } from '../parameters/postgres-units';
import { MEMORY_SHARE } from '../tuning/memory-budget';
import type { Tuning } from '../tuning/postgres-tuning';
import type { ImportShape, PostgresBootstrap } from './postgres-bootstrap';
import type { StartingDatabase } from './starting-database';

/** Most tables that are restored at a time; a proposal. */
const MOST_JOBS = 16;

export function checkImport(checks: Checks, start: StartingDatabase, source: ImportShape): void {
  checks.made(source, ['peer']);
  checks.text('host', source.host, dnsSubdomainRule);
  checks.port('port', source.port);
  source.peer._check(checks, 'peer');
  checks.text('user', source.user, loginNameRule);
  const { credentials }: Partial<ImportShape> = source;
  if (credentials === undefined)
    checks.fail('credentials', undefined, 'allowed: an existing Secret with the password of `user`');
  checks.text('credentials', credentials?.name, dnsSubdomainRule);
  checks.text('passwordKey', source.passwordKey, configKeyRule);
  checks.oneOf('sslMode', source.sslMode, Object.values(PostgresSslMode));
  checks.integer('jobs', source.jobs, 1, MOST_JOBS);
  checkAuthority(checks, source);
  if (source.kind === 'importDatabase') return checks.text('database', source.database, importedNameRule);
  const { props } = start;
  checkNames(checks, 'databases', source.databases, {
    name: props.database ?? DEFAULT_DATABASE,
    is: 'the `database` of the construct',
  });
  checkNames(checks, 'roles', source.roles, {
    name: props.user ?? DEFAULT_ROLE,
    is: 'the `user` of the construct',
  });
}

/** While an import restores, nobody is connected: what is not shared buffers is for its indexes. */
export function checkImportMemory(
  checks: Checks,
  bootstrap: PostgresBootstrap | undefined,
  { settings, sharedBuffers }: Tuning,
  memoryBytes: number,
): void {
  const shape = bootstrap?._shape;
  if (!shape || shape.kind === 'recovery' || shape.jobs === undefined) return;
  const setting = settings.find(({ name }) => name === 'maintenance_work_mem')?.value ?? '';
  const index = parseSize(setting) ?? 0;
  const most = Math.floor((MEMORY_SHARE * memoryBytes - sharedBuffers) / index);
  if (shape.jobs > Math.max(1, most))
    checks.fail(
      'jobs',
      shape.jobs,
      `each takes up to maintenance_work_mem (${setting}) beside shared_buffers; allowed in ${formatBytes(memoryBytes)}: at most ${Math.max(1, most)}`,
    );
}

function checkAuthority(checks: Checks, { sslMode, certificateAuthority }: ImportShape): void {
  checks.text('certificateAuthority', certificateAuthority?.name, dnsSubdomainRule);
  const isChecked = sslMode === PostgresSslMode.VERIFY_CA || sslMode === PostgresSslMode.VERIFY_FULL;
  if (isChecked && !certificateAuthority)
    checks.fail(
      'certificateAuthority',
      undefined,
      `${sslMode} checks the certificate by it; give a Secret with ca.crt`,
    );
  if (!isChecked && certificateAuthority)
    checks.fail(
      'certificateAuthority',
      certificateAuthority.name,
      'nobody looks at it; set `sslMode` to VERIFY_CA or VERIFY_FULL, or remove it',
    );
}

function checkNames(
  checks: Checks,
  prop: string,
  names: readonly string[] | undefined,
  needed: { readonly name: string; readonly is: string },
): void {
  names?.forEach((name, index) => checks.text(`${prop}[${index}]`, name, importedNameRule));
  if (names && !names.includes(needed.name))
    checks.fail(prop, names, `applications need ${needed.name}, ${needed.is}; add it, or name another there`);
  if (names && new Set(names).size < names.length) checks.fail(prop, names, 'one is named twice; remove it');
}

/** A name that a server has already, and that needs no quotes in a connection string. */
function importedNameRule(text: string): string | undefined {
  return /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/.test(text)
    ? undefined
    : 'at most 63 letters, digits, "_" and "-", not starting with a digit or "-"';
}
