/** The hosts and paths that an Ingress or an HTTPRoute takes requests for, and the ports of the Service that they lead to. */
import type { Checks } from '../finding/checks';
import { hostRule, routePathRule } from '../units/names';

/** How the path of a request is compared. */
export enum PathType {
  /** The path and what is below it, by whole segments: `/api` takes `/api` and `/api/orders`, but not `/apis`. */
  PREFIX = 'Prefix',
  /** The path alone. */
  EXACT = 'Exact',
}

/** A path of the hosts, and the port of the Service that it leads to. */
export interface ExposedPath {
  /** Path, such as `/api`. */
  readonly path: string;
  /**
   * How it is compared with that of a request.
   *
   * @default PathType.PREFIX
   */
  readonly pathType?: PathType;
  /**
   * Name of the port: `http`, or one of the `ports` of a `ScalableWebApp` that speaks TCP. Whoever the exposure lets in
   * may reach it.
   *
   * @default http
   */
  readonly portName?: string;
}

/** A port of the pods that a path may lead to. */
export interface ReachablePort {
  readonly name: string;
  readonly port: number;
  readonly protocol?: string;
}

/** The port that answers HTTP. */
export const HTTP_PORT_NAME = 'http';

/** What both kinds of routes say of their paths. */
export interface ExposedPaths {
  readonly path?: string;
  readonly paths?: readonly ExposedPath[];
}

/** The paths of a route: those given, or the one that is meant by default. */
export function pathsOf({ path = '/', paths }: ExposedPaths): readonly ExposedPath[] {
  return paths ?? [{ path }];
}

export function checkHosts(checks: Checks, hosts: readonly string[]): void {
  if (hosts.length === 0) checks.fail('hosts', hosts, 'allowed: at least one host name');
  hosts.forEach((host, index) => {
    checks.text(`hosts[${index}]`, host, hostRule);
    if (hosts.indexOf(host) < index) checks.fail(`hosts[${index}]`, host, 'it is there already; remove one');
  });
}

export function checkPaths(
  checks: Checks,
  { path, paths }: ExposedPaths,
  further: readonly ReachablePort[],
): void {
  checks.text('path', path, routePathRule);
  if (!paths) return;
  if (path !== undefined) checks.fail('path', path, '`paths` is there too; move it into `paths`');
  if (paths.length === 0) checks.fail('paths', paths, 'allowed: at least one path, or leave it out');
  const names = [
    HTTP_PORT_NAME,
    ...further.filter(({ protocol = 'TCP' }) => protocol === 'TCP').map(({ name }) => name),
  ];
  const seen = new Set<string>();
  paths.forEach((one, index) => {
    const at = checks.at(`paths[${index}]`);
    at.text('path', one.path, routePathRule);
    at.oneOf('pathType', one.pathType, Object.values(PathType));
    at.oneOf('portName', one.portName, names);
    const { pathType = PathType.PREFIX } = one;
    // A slash at the end of a prefix takes and leaves nothing.
    const taken = pathType === PathType.PREFIX ? `${one.path}/`.replace(/\/+$/, '/') : one.path;
    const key = `${pathType} ${taken}`;
    if (seen.has(key)) at.fail('path', one.path, 'another path takes the same requests; remove one');
    seen.add(key);
  });
}
