import type { ImageCapabilities } from '../image-capabilities';
import type { PostgresVersion } from '../postgres-workload';
import { definitionOf, explainUnknown, valueProblem } from './parameter-definition';
import { parseSize } from './postgres-units';

/**
 * Parameters that the tuning computes with, and how each is read. A value of the user's for one of these takes part in
 * the memory bound, or in what else is derived from it.
 */
const READ = {
  shared_buffers: readSize,
  wal_buffers: readSize,
  work_mem: readSize,
  maintenance_work_mem: readSize,
  autovacuum_work_mem: readSize,
  temp_buffers: readSize,
  max_wal_size: readSize,
  min_wal_size: readSize,
  wal_keep_size: readSize,
  max_slot_wal_keep_size: readSize,
  max_connections: Number,
  superuser_reserved_connections: Number,
  reserved_connections: Number,
  max_worker_processes: Number,
  max_parallel_workers: Number,
  max_parallel_workers_per_gather: Number,
  autovacuum_max_workers: Number,
  hash_mem_multiplier: Number,
  max_wal_senders: Number,
} as const satisfies Record<string, (text: string) => number | undefined>;

export type ComputedParameter = keyof typeof READ;

/** Of those, what is a size and no number. */
const SIZES: ReadonlySet<string> = new Set(
  Object.entries(READ)
    .filter(([, read]) => read === readSize)
    .map(([name]) => name),
);

const COMMAND = 'it runs a command in the database container';
const CONSTRUCT = 'the construct sets it together with ports, volumes and probes';
const TLS = 'give the Secret with the certificate in `certificate`';
const CODE = 'it loads code from a path';
const INCLUDE = 'it is no parameter; a file of its own would not be in the pod';
const RECOVERY = 'it is for a recovery or a standby, which this engine does not run';

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
  session_preload_libraries: CODE,
  shared_preload_libraries: 'name the libraries in `preloadLibraries`',
  allow_alter_system: CONSTRUCT,
  config_file: CONSTRUCT,
  data_directory: CONSTRUCT,
  dynamic_shared_memory_type: CONSTRUCT,
  external_pid_file: CONSTRUCT,
  hba_file: CONSTRUCT,
  ident_file: CONSTRUCT,
  listen_addresses: CONSTRUCT,
  password_encryption: CONSTRUCT,
  port: CONSTRUCT,
  ssl: TLS,
  unix_socket_directories: CONSTRUCT,
  unix_socket_group: CONSTRUCT,
  unix_socket_permissions: CONSTRUCT,
  include: INCLUDE,
  include_dir: INCLUDE,
  include_if_exists: INCLUDE,
  primary_conninfo: RECOVERY,
  primary_slot_name: RECOVERY,
  promote_trigger_file: RECOVERY,
  log_destination: 'the log goes to standard error, where the cluster collects it',
  logging_collector: 'the log goes to standard error, where the cluster collects it',
  autovacuum: 'without it dead rows are never removed and transaction ids run out; tune its scale factors',
  fsync: 'without it a crash of the node loses the database',
  full_page_writes: 'without it a crash of the node can leave torn pages',
  ignore_invalid_pages: 'it hides damage that a recovery finds',
  zero_damaged_pages: 'it destroys the rows of a damaged page',
  huge_pages: 'set `hugePages`, which requests them for the pod; a try without a request can end in SIGBUS',
  restart_after_crash: 'without it a backend that crashes takes the pod down',
};

const REFUSED_PATTERNS: ReadonlyArray<readonly [RegExp, string]> = [
  [/^recovery_target/, RECOVERY],
  [/^ssl_/, TLS],
];

const CUSTOM_NAME = /^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$/;

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

export function readParameters(
  parameters: Readonly<Record<string, string>>,
  version: PostgresVersion,
  image: ImageCapabilities,
): ReadParameters {
  const computed: Partial<Record<ComputedParameter, number>> = {};
  const problems: ParameterProblem[] = [];
  for (const [name, value] of Object.entries(parameters)) {
    const allowed = problemOf(name, value, version, image);
    if (allowed !== undefined) problems.push({ name, value, allowed });
    else if (isComputed(name)) computed[name] = READ[name](value);
  }
  return { computed, problems };
}

function problemOf(
  name: string,
  value: string,
  version: PostgresVersion,
  image: ImageCapabilities,
): string | undefined {
  // Of an extension; a server takes any, known to it or not.
  if (CUSTOM_NAME.test(name)) return undefined;
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    return 'the name of a parameter has letters, digits, "_" and at most one "."';
  const refused = Object.hasOwn(REFUSED, name.toLowerCase())
    ? REFUSED[name.toLowerCase()]
    : REFUSED_PATTERNS.find(([pattern]) => pattern.test(name.toLowerCase()))?.[1];
  if (refused !== undefined) return `it cannot be set: ${refused}`;
  const definition = definitionOf(name, version);
  if (!definition) return explainUnknown(name, version);
  if (definition.name !== name) return `it is spelt ${definition.name}`;
  if (definition.context === 'internal')
    return 'it cannot be set: it only shows how the server was built or initialized';
  if (SIZES.has(name) && readSize(value) === undefined)
    return 'allowed: a size with its unit, such as 64kB, 16MB or 4GB (Postgres would read a bare number in blocks or kB)';
  return valueProblem(definition, value) ?? capabilityProblem(name, value.toLowerCase(), image);
}

/** Values that the server knows and the image, or its pod, cannot do. */
function capabilityProblem(name: string, value: string, image: ImageCapabilities): string | undefined {
  if (name === 'io_method' && value === 'io_uring') {
    return `it cannot be set: ${image.ioUring ? 'the seccomp profile RuntimeDefault, which the pod runs under, forbids its calls' : 'the image is built without it'}`;
  }
  const library = name === 'wal_compression' || name === 'default_toast_compression' ? value : '';
  if ((library === 'lz4' && !image.lz4) || (library === 'zstd' && !image.zstd))
    return `it cannot be set: the ${image.name} is built without ${library}`;
  return undefined;
}

function isComputed(name: string): name is ComputedParameter {
  return Object.hasOwn(READ, name);
}

/** Bytes of a size; 0 needs no unit. A special value such as -1 is none: what it stands for could not be computed with. */
function readSize(text: string): number | undefined {
  return text === '0' ? 0 : parseSize(text);
}
