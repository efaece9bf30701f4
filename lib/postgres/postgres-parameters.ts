import { parseSize } from './postgres-units';

/**
 * Parameters that the tuning computes with, and how each is read. A value of the user's for one of these takes part in
 * the memory bound.
 */
const READ = {
  shared_buffers: parseSize,
  wal_buffers: parseSize,
  work_mem: parseSize,
  autovacuum_work_mem: parseSize,
  max_wal_size: parseSize,
  max_connections: parseWhole,
  superuser_reserved_connections: parseWhole,
  max_parallel_workers: parseWhole,
  autovacuum_max_workers: parseWhole,
  hash_mem_multiplier: parseNumber,
} as const satisfies Record<string, (text: string) => number | undefined>;

export type ComputedParameter = keyof typeof READ;

const COMMAND = 'it runs a command in the database container';
const CONSTRUCT = 'the construct sets it together with ports, volumes and probes';
const CODE = 'it loads code from a path';

/** Parameters that a user cannot set, and why. */
const REFUSED: Readonly<Record<string, string>> = {
  archive_cleanup_command: COMMAND,
  archive_command: COMMAND,
  recovery_end_command: COMMAND,
  restore_command: COMMAND,
  ssl_passphrase_command: COMMAND,
  archive_library: CODE,
  dynamic_library_path: CODE,
  extension_control_path: CODE,
  jit_provider: CODE,
  local_preload_libraries: CODE,
  allow_alter_system: CONSTRUCT,
  config_file: CONSTRUCT,
  data_directory: CONSTRUCT,
  dynamic_shared_memory_type: CONSTRUCT,
  external_pid_file: CONSTRUCT,
  hba_file: CONSTRUCT,
  ident_file: CONSTRUCT,
  include: 'it is no parameter; a file of its own would not be in the pod',
  include_dir: 'it is no parameter; a file of its own would not be in the pod',
  include_if_exists: 'it is no parameter; a file of its own would not be in the pod',
  listen_addresses: CONSTRUCT,
  logging_collector: 'the log goes to standard error, where the cluster collects it',
  password_encryption: CONSTRUCT,
  port: CONSTRUCT,
  ssl: CONSTRUCT,
  unix_socket_directories: CONSTRUCT,
  unix_socket_group: CONSTRUCT,
  unix_socket_permissions: CONSTRUCT,
  autovacuum: 'without it dead rows are never removed and transaction ids run out; tune its scale factors',
  fsync: 'without it a crash of the node loses the database',
  full_page_writes: 'without it a crash of the node can leave torn pages',
  huge_pages: 'the pod requests no huge pages, and a try on a node that has some ends in SIGBUS',
};

const NAME = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/;

export interface ParameterProblem {
  readonly name: string;
  readonly value: unknown;
  readonly allowed: string;
}

/** The user's parameters, read; those of them that the tuning computes with are numbers. */
export interface ReadParameters {
  readonly computed: Readonly<Partial<Record<ComputedParameter, number>>>;
  readonly problems: readonly ParameterProblem[];
}

export function readParameters(parameters: Readonly<Record<string, string>>): ReadParameters {
  const computed: Partial<Record<ComputedParameter, number>> = {};
  const problems: ParameterProblem[] = [];
  for (const [name, value] of Object.entries(parameters)) {
    const refused = REFUSED[name];
    if (!NAME.test(name)) {
      problems.push({
        name,
        value,
        allowed: 'the name of a parameter has lower-case letters, digits, "_" and at most one "."',
      });
    } else if (refused !== undefined) problems.push({ name, value, allowed: `it cannot be set: ${refused}` });
    else if (isComputed(name)) {
      const read = READ[name](value);
      if (read === undefined) problems.push({ name, value, allowed: `allowed: ${expected(name)}` });
      else computed[name] = read;
    }
  }
  return { computed, problems };
}

function isComputed(name: string): name is ComputedParameter {
  return Object.hasOwn(READ, name);
}

function expected(name: ComputedParameter): string {
  if (READ[name] === parseSize)
    return 'a size with its unit, such as 64kB, 16MB or 4GB (Postgres would read a bare number in blocks)';
  return READ[name] === parseWhole ? 'a whole number' : 'a number from 1 to 1000';
}

function parseWhole(text: string): number | undefined {
  return /^\d{1,7}$/.test(text) ? Number(text) : undefined;
}

function parseNumber(text: string): number | undefined {
  const number = /^\d{1,4}(\.\d+)?$/.test(text) ? Number(text) : undefined;
  return number !== undefined && number >= 1 && number <= 1000 ? number : undefined;
}
