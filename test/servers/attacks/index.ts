/** All attacks. A family whose attacks take time, or many visitors, is made beside the others. */
import type { Attack } from './attack';
import { BODIES } from './bodies';
import { CACHE_CONTROL } from './cache-control';
import { CROWDS } from './crowds';
import { DECEPTION } from './deception';
import { ENCODINGS, LATER_ENCODINGS } from './encodings';
import { ERRORS } from './errors';
import { HOSTS } from './hosts';
import { HTTP2 } from './http2';
import { KEYS } from './keys';
import { PRIVACY } from './privacy';
import { LATER_SMUGGLING, SMUGGLING } from './smuggling';
import { STALE } from './stale';
import { UNKEYED } from './unkeyed';
import { CHANGED_VALIDATORS, VALIDATORS } from './validators';
import { LATER_VARY, VARY } from './vary';

/** Attacks of single visitors. */
export const ATTACKS: readonly Attack[] = [
  ...PRIVACY,
  ...CACHE_CONTROL,
  ...VARY,
  ...KEYS,
  ...UNKEYED,
  ...BODIES,
  ...DECEPTION,
  ...ERRORS,
  ...VALIDATORS,
  ...CHANGED_VALIDATORS,
  ...ENCODINGS,
  ...HOSTS,
  ...SMUGGLING,
  ...HTTP2,
];

/**
 * Attacks that harm ours as they harm the wrong file. They are in docs/attacks.md as such. One that ours withstands fails its
 * test, and moves to its family.
 */
export const LATER: readonly Attack[] = [...LATER_VARY, ...LATER_ENCODINGS, ...LATER_SMUGGLING];

/** Attacks of many, and those on pages that have expired. */
export const ATTACKS_IN_TIME: readonly Attack[] = [...STALE, ...CROWDS];
