/** How a consumer is told of a service, in the cluster or outside of it. */
import { EnvValue } from 'cdk8s-plus-27';
import type { Checks } from '../finding/checks';
import { envNameRule } from '../units/names';
import type { ConnectionBinding } from './connection';

/** Names of the variables that tell an application of a service; only those that are named are set. */
export interface ServiceVariables {
  /**
   * Its URL, such as `https://api.example.com/v1`.
   *
   * @default - it is not told
   */
  readonly url?: string;
  /**
   * Its host name.
   *
   * @default - it is not told
   */
  readonly host?: string;
  /**
   * Its port.
   *
   * @default - it is not told
   */
  readonly port?: string;
}

/** How a consumer uses a service. */
export interface ServiceConnectionOptions {
  /**
   * How the consumer is told of it.
   *
   * @default - as the service says
   */
  readonly variables?: ServiceVariables;
}

/** Where a service answers, for one consumer. */
export interface ServiceAddress {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly path?: string;
}

/** Ports that a URL does not say. */
const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };
const TOLD: ReadonlyArray<keyof ServiceVariables> = ['url', 'host', 'port'];

/** URL of a service; the port stands in it where it is not that of the scheme. */
export function urlOf({ scheme, host, port, path = '' }: ServiceAddress): string {
  return `${scheme}://${host}${PORTS[scheme] === port ? '' : `:${port}`}${path}`;
}

/** The URL under the id of a construct: `card-payments` is `CARD_PAYMENTS_URL`. */
export function variablesNamedAfter(id: string): ServiceVariables {
  return { url: `${id.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_URL` };
}

/** Whether a variable can have the name that `variablesNamedAfter` makes; what cannot is recorded. */
export function checkVariablesNamedAfter(checks: Checks, id: string): void {
  const { url = '' } = variablesNamedAfter(id);
  if (envNameRule(url) !== undefined)
    checks.fail('id', id, `no variable can be called ${url}; name one in \`variables\``);
}

export function checkServiceVariables(checks: Checks, variables: ServiceVariables): void {
  const at = checks.at('variables');
  const names = TOLD.flatMap((what) => variables[what] ?? []);
  if (names.length === 0) checks.fail('variables', variables, 'allowed: at least one of url, host and port');
  for (const what of TOLD) at.text(what, variables[what], envNameRule);
  if (new Set(names).size < names.length) checks.fail('variables', names, 'two values cannot have one name');
}

/** The variables of a consumer. */
export function serviceEnv(variables: ServiceVariables, address: ServiceAddress): ConnectionBinding['env'] {
  const told = { url: urlOf(address), host: address.host, port: `${address.port}` };
  return Object.fromEntries(
    TOLD.flatMap((what) => {
      const name = variables[what];
      return name === undefined ? [] : [[name, EnvValue.fromValue(told[what])] as const];
    }),
  );
}
