/** Namespaces of their own for servers: a container without privileges, and some kernels, give none. */
import { spawnSync } from 'child_process';
import { UNPRIVILEGED } from './harness';

/** Why `unshare` with these options cannot do this here, as the user of the tests or of the servers; undefined: it can. */
export function namespaceReason(
  options: readonly string[],
  command: readonly string[],
  user: { readonly uid?: number; readonly gid?: number } = {},
): string | undefined {
  const { status } = spawnSync('unshare', [...options, ...command], { cwd: '/', ...user });
  return status === 0 ? undefined : `this machine gives no namespaces (${options.join(' ')})`;
}

/** What makes a mount namespace as the user of the tests: root can, anybody else needs to be root in a user namespace. */
export const MOUNT_NAMESPACE = [...(UNPRIVILEGED.uid === undefined ? ['--map-root-user'] : []), '--mount'];
export const NETWORK_NAMESPACE = [...(UNPRIVILEGED.uid === undefined ? ['--map-root-user'] : []), '--net'];
/** What makes one as the user of the servers. */
export const SERVERS_MOUNT_NAMESPACE = ['--user', '--map-current-user', '--keep-caps', '--mount'];

/** A file system of one's own, somewhere that is there. */
export const MOUNTING = ['mount', '-t', 'tmpfs', 'tmpfs', '/mnt'];
/** Processes of their own, of which a signal to all reaches no others. */
export const SERVERS_PROCESS_NAMESPACE = ['--user', '--map-current-user', '--pid', '--fork', '--kill-child'];
