/** How connections to a Postgres are encrypted, in the words of libpq. */
export enum PostgresSslMode {
  /** Not at all. */
  DISABLE = 'disable',
  /** Encrypted; libpq does not look who answers, node-postgres does. */
  REQUIRE = 'require',
  /** Encrypted, and the certificate is signed by a known authority. */
  VERIFY_CA = 'verify-ca',
  /** Encrypted, the certificate is signed by a known authority, and it is that of the host. */
  VERIFY_FULL = 'verify-full',
}
