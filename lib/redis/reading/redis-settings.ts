/** Settings of a Redis or Valkey of any manifests: what its file says, and the defaults of its engine. */
import { defaultOf, type EngineName } from '../configuration/redis-directives';

export class RedisSettings {
  constructor(
    /** Directives of the file by lower-case name: the arguments of each time it is there. */
    private readonly given: ReadonlyMap<string, readonly string[][]>,
    private readonly engine: EngineName,
  ) {}

  has(name: string): boolean {
    return this.given.has(name);
  }

  /** Every directive of the file with the arguments of each time it is there. */
  get all(): Iterable<readonly [name: string, uses: readonly string[][]]> {
    return this.given;
  }

  /** The arguments of each time that a directive is there; none where the file does not have it. */
  uses(name: string): readonly string[][] {
    return this.given.get(name) ?? [];
  }

  /** The first argument that holds: of the last line, or the default of the engine. */
  text(name: string): string {
    return this.uses(name).at(-1)?.[0] ?? defaultOf(name, this.engine) ?? '';
  }

  number(name: string): number {
    return Number(this.text(name));
  }
}
