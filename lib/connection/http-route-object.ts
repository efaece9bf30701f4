/** The HTTPRoutes of a Service: the one that leads to it, and the one that redirects to https. */
import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ServicePort } from 'kubernetes-types/core/v1';
import {
  HttpRoute,
  type HttpRouteSpecRules,
  type HttpRouteSpecRulesFilters,
  HttpRouteSpecRulesFiltersRequestRedirectScheme,
  HttpRouteSpecRulesFiltersRequestRedirectStatusCode,
  HttpRouteSpecRulesFiltersType,
  HttpRouteSpecRulesFiltersUrlRewritePathType,
  HttpRouteSpecRulesMatchesPathType,
} from '../../imports/gateway.networking.k8s.io';
import type { SelectorLabels } from '../pod/naming';
import { HTTP_PORT_NAME, PathType } from './exposed-path';
import {
  gatewaysOf,
  type HttpRouteExposureOptions,
  type HttpRoutePath,
  type HttpRouteTimeouts,
  millisecondsOf,
} from './http-route';

/** The Service that a route leads to. */
export interface RoutedService {
  readonly name: string;
  readonly labels: SelectorLabels;
  readonly ports: readonly ServicePort[];
}

/** Emits the HTTPRoute that leads to a Service. */
export function emitHttpRoute(
  scope: Construct,
  service: RoutedService,
  options: HttpRouteExposureOptions,
): ApiObject {
  const { name, labels } = service;
  const paths: readonly HttpRoutePath[] = options.paths ?? [
    { path: options.path ?? '/', rewritePrefix: options.rewritePrefix },
  ];
  return new HttpRoute(scope, 'http-route', {
    metadata: { name, labels: { ...labels } },
    spec: {
      hostnames: [...options.hosts],
      parentRefs: gatewaysOf(options).map(({ gateway, gatewayNamespace, sectionName, gatewayPort }) => ({
        name: gateway,
        namespace: gatewayNamespace,
        sectionName,
        port: gatewayPort,
      })),
      rules: paths.map((path) =>
        ruleOf(service, {
          ...path,
          requestHeaders: path.requestHeaders ?? options.requestHeaders,
          timeouts: path.timeouts ?? options.timeouts,
        }),
      ),
    },
  });
}

/** Emits the HTTPRoute at the listeners of plain HTTP, where an exposure names them. */
export function emitHttpsRedirect(
  scope: Construct,
  { name, labels }: RoutedService,
  options: HttpRouteExposureOptions,
): ApiObject | undefined {
  const parentRefs = gatewaysOf(options).flatMap(({ gateway, gatewayNamespace, redirectSectionName }) =>
    redirectSectionName === undefined
      ? []
      : [{ name: gateway, namespace: gatewayNamespace, sectionName: redirectSectionName }],
  );
  if (parentRefs.length === 0) return undefined;
  return new HttpRoute(scope, 'https-redirect', {
    metadata: { name: `${name}-https-redirect`, labels: { ...labels } },
    spec: {
      hostnames: [...options.hosts],
      parentRefs,
      rules: [
        {
          filters: [
            {
              type: HttpRouteSpecRulesFiltersType.REQUEST_REDIRECT,
              requestRedirect: {
                scheme: HttpRouteSpecRulesFiltersRequestRedirectScheme.HTTPS,
                statusCode: HttpRouteSpecRulesFiltersRequestRedirectStatusCode.VALUE_301,
              },
            },
          ],
        },
      ],
    },
  });
}

/** A rule for each path: a rewrite of a prefix may stand beside one path only, and ports differ. */
function ruleOf({ name, ports }: RoutedService, path: HttpRoutePath): HttpRouteSpecRules {
  const { portName = HTTP_PORT_NAME, pathType = PathType.PREFIX, timeouts } = path;
  const filters = filtersOf(path);
  return {
    matches: [{ path: { type: MATCHES[pathType], value: path.path } }],
    filters: filters.length === 0 ? undefined : filters,
    timeouts: timeouts && timeoutsOf(timeouts),
    backendRefs: [{ name, port: ports.find((port) => port.name === portName)?.port }],
  };
}

const MATCHES = {
  [PathType.PREFIX]: HttpRouteSpecRulesMatchesPathType.PATH_PREFIX,
  [PathType.EXACT]: HttpRouteSpecRulesMatchesPathType.EXACT,
};

function filtersOf({ requestHeaders, rewritePrefix }: HttpRoutePath): HttpRouteSpecRulesFilters[] {
  const filters: HttpRouteSpecRulesFilters[] = [];
  if (requestHeaders) {
    const { set, add, remove } = requestHeaders;
    filters.push({
      type: HttpRouteSpecRulesFiltersType.REQUEST_HEADER_MODIFIER,
      requestHeaderModifier: { set: set && headers(set), add: add && headers(add), remove },
    });
  }
  if (rewritePrefix !== undefined) {
    filters.push({
      type: HttpRouteSpecRulesFiltersType.URL_REWRITE,
      urlRewrite: {
        path: {
          type: HttpRouteSpecRulesFiltersUrlRewritePathType.REPLACE_PREFIX_MATCH,
          replacePrefixMatch: rewritePrefix,
        },
      },
    });
  }
  return filters;
}

function headers(of: Readonly<Record<string, string>>) {
  return Object.entries(of).map(([name, value]) => ({ name, value }));
}

function timeoutsOf({ request, backendRequest }: HttpRouteTimeouts) {
  return {
    request: request && gatewayDuration(millisecondsOf(request)),
    backendRequest: backendRequest && gatewayDuration(millisecondsOf(backendRequest)),
  };
}

/** A duration of the Gateway API (GEP-2257): numbers of at most five digits, each with its unit. */
function gatewayDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const rest = milliseconds % 1000;
  return `${seconds > 0 || rest === 0 ? `${seconds}s` : ''}${rest > 0 ? `${rest}ms` : ''}`;
}
