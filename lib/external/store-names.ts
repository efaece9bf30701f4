/** Names that whoever runs a store has given: stricter than a server, since they stand in URLs and variables. */

/** Key of a Secret. */
export const PASSWORD_KEY = 'password';

/** Database of a server that somebody else runs. */
export function databaseNameRule(text: string): string | undefined {
  return /^\w[\w.-]{0,62}$/.test(text)
    ? undefined
    : 'at most 63 letters, digits and "_.-", not starting with "." or "-"';
}
