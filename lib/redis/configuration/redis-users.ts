/** Users of a server of one pod, as lines of an ACL file that is written at start. */
import { CacheAccess } from '../cache-user';

/** Variable of the container with the password of the application. */
export const APP_PASSWORD_VARIABLE = 'APP_PASSWORD';

/** A command that is allowed besides, and why. */
export interface Grant {
  readonly command: string;
  readonly reason: string;
}

/** A user besides those that every cache has. */
export interface OwnUser {
  readonly name: string;
  readonly passwordKey: string;
  readonly keys: readonly string[];
  readonly channels: readonly string[];
  readonly access: CacheAccess;
  readonly grants: readonly Grant[];
}

/** Who may do what. */
export interface Users {
  /** What the application may do besides. */
  readonly grants: readonly Grant[];
  readonly own: readonly OwnUser[];
  /** Whether who sends a password without a name is the application. */
  readonly passwordOnly: boolean;
}

/** Asked when clients connect, and to find the primary: they tell of the server, not of keys. */
const ASKED_AT_CONNECT = '+info +role';

/**
 * What the application may do: all but administer. It may empty its database, which is what "clear cache" of frameworks
 * does, and list the connections, which libraries of queues and pools do.
 */
export const APP_RIGHTS = `allkeys allchannels +@all -@admin -@dangerous ${ASKED_AT_CONNECT} +flushdb +client|list`;

/** What the exporter may do: read statistics, but no keys. */
export const EXPORTER_RIGHTS =
  'resetkeys resetchannels -@all +ping +info +config|get +slowlog|get +slowlog|len +latency|latest +latency|histogram +client|list +client|setname +cluster|info';

const COMMANDS: Readonly<Record<CacheAccess, string>> = {
  [CacheAccess.READ_WRITE]: `+@all -@admin -@dangerous ${ASKED_AT_CONNECT}`,
  [CacheAccess.READ]:
    `-@all +@read +@connection +@transaction -@admin -@dangerous ${ASKED_AT_CONNECT} ` +
    '+subscribe +unsubscribe +psubscribe +punsubscribe +ssubscribe +sunsubscribe',
  [CacheAccess.GRANTED]: `-@all +@connection -@admin -@dangerous ${ASKED_AT_CONNECT}`,
};

/** Commands that tell the names of all keys, whatever the patterns of the user. */
const BEYOND_KEYS = '-scan -randomkey -client|tracking';

/** What a user may do, as it stands in an ACL file. */
function rightsOf({ keys, channels, access, grants }: OwnUser): string {
  return [
    'resetkeys',
    ...keys.map((pattern) => `~${pattern}`),
    'resetchannels',
    ...channels.map((pattern) => `&${pattern}`),
    COMMANDS[access],
    ...(keys.includes('*') ? [] : [BEYOND_KEYS]),
    ...granted(grants),
  ].join(' ');
}

const granted = (grants: readonly Grant[]) => grants.map(({ command }) => `+${command}`);

/** Variable of the container with the password of a user: by place, since a name may have characters that no variable has. */
export function passwordVariable(index: number): string {
  return `USER_${index + 1}_PASSWORD`;
}

/**
 * Writes the users before the server starts, from passwords in its environment. Only their digests are written, and
 * only to memory. Unless passwords alone are taken, whoever has not logged in may ask PING and nothing else: that is what
 * the probes do.
 */
export function startScript({ grants, own, passwordOnly }: Users): string {
  const app = [APP_RIGHTS, ...granted(grants)].join(' ');
  const reasons = [...reasonsOf('app', grants), ...own.flatMap((user) => reasonsOf(user.name, user.grants))];
  return `set -eu
umask 077
digest() {
  printf '%s' "$1" | sha256sum | cut -d ' ' -f 1
}
app=$(digest "\${${APP_PASSWORD_VARIABLE}:?the Secret has no password}")
exporter=$(digest "\${EXPORTER_PASSWORD:?the Secret has no exporter-password}")
${own.map(({ passwordKey }, index) => `user_${index + 1}=$(digest "\${${passwordVariable(index)}:?the Secret has no ${passwordKey}}")\n`).join('')}${reasons.join('')}cat > "$ACL_FILE" <<ACL
user default on ${passwordOnly ? `#$app ${app}` : 'nopass resetkeys resetchannels -@all +ping'}
user app on #$app ${app}
user exporter on #$exporter ${EXPORTER_RIGHTS}
${own.map((user, index) => `user ${user.name} on #$user_${index + 1} ${rightsOf(user)}\n`).join('')}ACL
exec "$@"
`;
}

/** An ACL file takes no comments, so that the reasons stand before it. */
function reasonsOf(name: string, grants: readonly Grant[]): string[] {
  return grants.map(({ command, reason }) => `# ${name} may ${command}: ${reason}\n`);
}
