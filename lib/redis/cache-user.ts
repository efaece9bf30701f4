/** What a user of a cache may do with the keys that are its own. */
export enum CacheAccess {
  /** Read and write: what the application may, but for `FLUSHDB` and `CLIENT LIST`, which reach beyond its keys. */
  READ_WRITE = 'read-write',
  /** Read, and subscribe. */
  READ = 'read',
  /** Log in, `PING`, `INFO`, and what `allowCommands` adds. */
  GRANTED = 'granted',
}

/** A user of a cache besides `app`, `exporter` and `default`. */
export interface CacheUser {
  /**
   * Name to log in with: a letter, then up to 62 letters, digits, `-` and `_`. `app`, `exporter` and `default` are
   * refused, and so is a name that is there twice.
   */
  readonly name: string;
  /** Key of the Secret `credentials` with its password, such as `reports-password`. */
  readonly passwordKey: string;
  /**
   * Patterns of the keys that it may use, such as `orders:*`; `*` for all. At least one. Letters, digits and
   * `:_.-*?[]{}/@,+=|` are allowed. Unless one of them is `*`, it may not `SCAN`, `RANDOMKEY` or `CLIENT TRACKING`, which
   * tell the names of all keys.
   */
  readonly keys: string[];
  /**
   * Patterns of the channels that it may publish and subscribe to, such as `orders:*`, or `__keyevent@0__:*` for keyspace
   * events. The same characters as in `keys`.
   *
   * @default - none
   */
  readonly channels?: string[];
  /**
   * What it may do.
   *
   * @default CacheAccess.READ_WRITE
   */
  readonly access?: CacheAccess;
  /**
   * Commands that it may use besides, each with the reason in at least ten characters, as `allowCommands` of the cache;
   * the same ones are refused. `flushdb`, `keys`, `scan` and `monitor` reach beyond its keys.
   *
   * @default - none
   */
  readonly allowCommands?: { [command: string]: string };
}
