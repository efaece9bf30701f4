/**
 * What each family of images is, and what it was built with. Sources: the Dockerfiles of docker-library/postgres
 * (`--with-lz4` since 14, `--with-zstd` since 15, `--with-liburing` since 18, docker-library/postgres#1366) and of
 * cloudnative-pg/postgres-containers, which installs the packages of PGDG.
 */
import { parseImage } from '../units/image';
import { PostgresImageFamily, type PostgresVersion } from './postgres-workload';

export interface ImageCapabilities {
  /** Name in messages. */
  readonly name: string;
  /** User and group of the server. Another family on the same volume finds files that it may not read. */
  readonly user: number;
  /** Where the volume is mounted. */
  readonly mountPath: string;
  /** Where the data lies in it: in a sub-directory, because the root of a volume holds `lost+found`. */
  readonly pgdata: string;
  readonly lz4: boolean;
  readonly zstd: boolean;
  /** Built with liburing. The seccomp profile RuntimeDefault forbids its calls all the same (containerd#9320). */
  readonly ioUring: boolean;
  /** Initializes an empty volume by itself. CloudNativePG's images leave that to the operator. */
  readonly initializes: boolean;
}

const USERS: Readonly<Record<PostgresImageFamily, number>> = {
  [PostgresImageFamily.DEBIAN]: 999,
  [PostgresImageFamily.ALPINE]: 70,
  [PostgresImageFamily.CLOUD_NATIVE_PG]: 26,
};

export function imageCapabilities(family: PostgresImageFamily, version: PostgresVersion): ImageCapabilities {
  const major = Number(version);
  return {
    name: `${family} image of Postgres ${version}`,
    user: USERS[family],
    ...paths(family, version),
    lz4: major >= 14,
    zstd: major >= 15,
    ioUring: major >= 18,
    initializes: family !== PostgresImageFamily.CLOUD_NATIVE_PG,
  };
}

/** Since 18 the official image declares its volume one level up, and refuses a mount at the old place. */
function paths(family: PostgresImageFamily, version: PostgresVersion) {
  if (family === PostgresImageFamily.CLOUD_NATIVE_PG)
    return { mountPath: '/var/lib/postgresql/data', pgdata: '/var/lib/postgresql/data/pgdata' };
  return Number(version) >= 18
    ? { mountPath: '/var/lib/postgresql', pgdata: `/var/lib/postgresql/${version}/docker` }
    : { mountPath: '/var/lib/postgresql/data', pgdata: '/var/lib/postgresql/data/pgdata' };
}

/**
 * Major version of an image by its tag, such as `14.20`, `18-alpine` or `14-3.4`, or `pg14` in it, as TimescaleDB has; undefined
 * when it does not tell.
 */
export function majorOf(image: string): number | undefined {
  const { tag = '' } = parseImage(image);
  const major = /(?:^|-)pg(\d{2})(?!\d)/.exec(tag)?.[1] ?? /^v?(\d{2})(?!\d)/.exec(tag)?.[1];
  return major === undefined ? undefined : Number(major);
}

/** Family of an image by its tag: the Alpine variants of the official image say so. */
export function familyOf(image: string | undefined): PostgresImageFamily {
  return parseImage(image ?? '').tag?.includes('alpine')
    ? PostgresImageFamily.ALPINE
    : PostgresImageFamily.DEBIAN;
}
