/** Versions of nginx, and what may be emitted for one. */
import { parseImage } from '../../units/image';

export interface NginxVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** Reads `1.30.4`; undefined when the text is no version. */
export function parseNginxVersion(text: string): NginxVersion | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  return match ? { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) } : undefined;
}

/** The version that an image's tag names, as the official images do: `1.30.4`, `1.31.3-alpine`. */
export function versionOfImage(image: string): NginxVersion | undefined {
  const [, version] = /^(\d+\.\d+\.\d+)(?:-[A-Za-z0-9._-]+)?$/.exec(parseImage(image).tag ?? '') ?? [];
  return version === undefined ? undefined : parseNginxVersion(version);
}

function atLeast(version: NginxVersion, major: number, minor: number, patch: number): boolean {
  return (
    version.major > major ||
    (version.major === major &&
      (version.minor > minor || (version.minor === minor && version.patch >= patch)))
  );
}

/** What is known of a server; of an unknown version nothing is. */
export class NginxFeatures {
  constructor(private readonly version: NginxVersion | undefined) {}

  /** `server … resolve` in an upstream, in open source since 1.27.3 (CHANGES). */
  get resolvesUpstreams(): boolean {
    return this.version !== undefined && atLeast(this.version, 1, 27, 3);
  }

  /**
   * `max_headers`, since 1.29.8 (CHANGES). Before, a client of HTTP/2 gets 32 thousand lines out of as many bytes, which
   * hold 2 MB for each of its requests (the "HTTP/2 bomb").
   */
  get limitsHeaders(): boolean {
    return this.version !== undefined && atLeast(this.version, 1, 29, 8);
  }

  /** Certificates named by a variable are kept between handshakes since 1.27.4 (CHANGES). */
  get cachesCertificates(): boolean {
    return this.version !== undefined && atLeast(this.version, 1, 27, 4);
  }

  /** Variables have all lines of a header of an answer, since 1.23.0 (CHANGES); before, the first. */
  get joinsHeaders(): boolean {
    return this.version !== undefined && atLeast(this.version, 1, 23, 0);
  }

  /** Fixes of CVE-2026-60005 and CVE-2026-42533: stable since 1.30.4, mainline since 1.31.3 (CHANGES). */
  get hasSafeCaptures(): boolean {
    if (this.version === undefined) return false;
    const { major, minor, patch } = this.version;
    return atLeast(this.version, 1, 30, 4) && !(major === 1 && minor === 31 && patch < 3);
  }
}
