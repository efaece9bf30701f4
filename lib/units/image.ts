/** References of container images, read as container runtimes read them (distribution/reference). */

export interface ImageReference {
  /** Host, with its port; undefined for what the runtime looks up by itself. */
  readonly registry?: string;
  /** Path in the registry: `library/postgres`. */
  readonly repository: string;
  /** Last part of the path: `postgres`. */
  readonly name: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** Reads `registry.example.com:5000/team/app:1.4@sha256:…`; of what is none, as much as there is. */
export function parseImage(image: string): ImageReference {
  const [withoutDigest, digest] = image.split('@', 2) as [string, string | undefined];
  const slash = withoutDigest.indexOf('/');
  const first = withoutDigest.slice(0, Math.max(0, slash));
  // A host has a dot or a port, or is localhost; anything else is a part of the path.
  const registry = /[.:]|^localhost$/.test(first) ? first : undefined;
  const path = registry === undefined ? withoutDigest : withoutDigest.slice(slash + 1);
  const [, repository = path, tag] = /^(.*?)(?::([^/]*))?$/.exec(path) ?? [];
  return { registry, repository, name: repository.split('/').pop() ?? '', tag, digest };
}
