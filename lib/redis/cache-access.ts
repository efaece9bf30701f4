import type { Checks, TextRule } from '../finding/checks';
import { reasonRule } from '../finding/suppression';
import type { CacheRedisProps } from './cache-redis-props';
import { CacheAccess, type CacheUser } from './cache-user';
import { argumentsOf, settingRefusal } from './configuration/own-settings';
import { grantRefusal } from './configuration/redis-commands';
import type { EngineTarget } from './configuration/redis-directives';
import type { Grant, Users } from './configuration/redis-users';
import type { TopologyShape } from './redis-topology';
import type { Directive } from './tuning/redis-tuning';

/** Users that every cache has. */
const TAKEN_NAMES = ['app', 'exporter', 'default'];
/** What the Secret has by itself. */
const TAKEN_KEYS = ['password', 'exporter-password', 'operator-password', 'user.acl'];

/** What is shown of a value that may be a password. */
const HIDDEN = '…';

/** Props that become part of the ACL file, which a server of an operator reads from its Secret. */
export function checkOperatorAccess(checks: Checks, props: CacheRedisProps, shape: TopologyShape): void {
  if (shape.kind === 'standalone') return;
  const inSecret =
    "the operator's servers read their users from the key user.acl of the Secret; write it there, and remove this";
  if (props.allowCommands) checks.fail('allowCommands', Object.keys(props.allowCommands), inSecret);
  if (props.users) {
    const names = props.users.map(({ name }) => name);
    checks.fail('users', names, inSecret);
  }
  if (props.passwordOnlyClients === true) {
    checks.fail(
      'passwordOnlyClients',
      true,
      'the operator logs in as the user default, with a password and all rights; give clients the name app, and remove this',
    );
  }
}

/** Checks who may do what. */
export function checkAccess(checks: Checks, props: CacheRedisProps, target: EngineTarget): void {
  const hasModules = (props.modules ?? []).length > 0;
  checkGrants(checks, props.allowCommands, target, hasModules);
  props.users?.forEach((user, index) => {
    const at = checks.at(`users[${index}]`);
    at.text('name', user.name, userNameRule);
    const others = props.users?.slice(0, index).map(({ name }) => name) ?? [];
    if (others.includes(user.name)) at.fail('name', user.name, 'another user has it; give each its own');
    at.text('passwordKey', user.passwordKey, passwordKeyRule);
    if (user.keys.length === 0)
      at.fail('keys', user.keys, 'allowed: at least one pattern, such as orders:*, or * for all keys');
    user.keys.forEach((pattern, place) => at.text(`keys[${place}]`, pattern, patternRule));
    user.channels?.forEach((pattern, place) => at.text(`channels[${place}]`, pattern, patternRule));
    at.oneOf('access', user.access, Object.values(CacheAccess));
    checkGrants(at, user.allowCommands, target, hasModules);
  });
}

function checkGrants(
  checks: Checks,
  allowed: Readonly<Record<string, string>> | undefined,
  target: EngineTarget,
  hasModules: boolean,
): void {
  const at = checks.at('allowCommands');
  for (const [command, reason] of Object.entries(allowed ?? {})) {
    const refusal = grantRefusal(command, target, hasModules);
    if (refusal === undefined) at.text(command, reason, reasonRule);
    else at.fail(command, reason, refusal);
  }
}

const userNameRule: TextRule = (text) =>
  /^[A-Za-z][A-Za-z0-9_-]{0,62}$/.test(text) && !TAKEN_NAMES.includes(text)
    ? undefined
    : `a letter, then at most 62 letters, digits, "-" and "_"; not ${TAKEN_NAMES.join(', ')}, which every cache has`;

const passwordKeyRule: TextRule = (text) =>
  /^[A-Za-z0-9][-._A-Za-z0-9]{0,252}$/.test(text) && !TAKEN_KEYS.includes(text)
    ? undefined
    : `a key of the Secret: at most 253 letters, digits, "-", "_" and ".", beginning with a letter or digit; not ${TAKEN_KEYS.join(', ')}`;

/** The shell and the server read the pattern; neither finds anything else in these characters. */
const patternRule: TextRule = (text) =>
  /^[A-Za-z0-9:_.\-*?[\]{}/@,+=|]{1,200}$/.test(text)
    ? undefined
    : 'a pattern of 1 to 200 letters, digits and :_.-*?[]{}/@,+=|';

/** A path that the configuration file needs no quotes for. */
const moduleRule: TextRule = (text) =>
  /^(\/[A-Za-z0-9_+-][A-Za-z0-9._+-]*)+$/.test(text) && text.length <= 512
    ? undefined
    : 'the absolute path of a file of the image, such as /usr/local/lib/redis/modules/rejson.so: letters, digits and ._+-';

/** Checks what is added to the configuration. */
export function checkSettings(checks: Checks, props: CacheRedisProps, target: EngineTarget): void {
  for (const [name, value] of Object.entries(props.settings ?? {})) {
    const refusal = settingRefusal(name, value, target);
    if (refusal === undefined) checks.at('settings').text(name, value);
    else checks.at('settings').fail(name, /pass|auth/.test(name) ? HIDDEN : value, refusal);
  }
  props.modules?.forEach((path, index) => {
    checks.text(`modules[${index}]`, path, moduleRule);
    if (props.modules?.indexOf(path) !== index)
      checks.fail(`modules[${index}]`, path, 'it is there twice; remove one');
  });
}

/** What is added to the configuration, once it has been checked. */
export function ownDirectives(props: CacheRedisProps): Directive[] {
  return [
    ...Object.entries(props.settings ?? {}).map(([name, value]) => ({
      name,
      args: argumentsOf(name, value),
      reason: 'set in settings',
    })),
    ...(props.modules ?? []).map((path) => ({ name: 'loadmodule', args: [path], reason: 'set in modules' })),
  ];
}

/** Who may do what, once it has been checked. */
export function usersOf(props: CacheRedisProps): Users {
  return {
    grants: grantsOf(props.allowCommands),
    own: (props.users ?? []).map((user: CacheUser) => ({
      name: user.name,
      passwordKey: user.passwordKey,
      keys: user.keys,
      channels: user.channels ?? [],
      access: user.access ?? CacheAccess.READ_WRITE,
      grants: grantsOf(user.allowCommands),
    })),
    passwordOnly: props.passwordOnlyClients === true,
  };
}

function grantsOf(allowed: Readonly<Record<string, string>> | undefined): Grant[] {
  return Object.entries(allowed ?? {}).map(([command, reason]) => ({ command, reason }));
}
