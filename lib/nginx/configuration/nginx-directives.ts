/** What nginx does where a configuration says nothing. */
import { NGINX_ROWS } from './directive-table';

interface NginxDirectiveFacts {
  /** Version that it came with, where the documentation says it. */
  readonly since: string;
  /** Arguments that hold by default; empty where there are none. */
  readonly otherwise: readonly string[];
}

const FACTS: ReadonlyMap<string, NginxDirectiveFacts> = new Map(
  NGINX_ROWS.map((row) => {
    const [name, since = '', ...otherwise] = row.split(' ');
    return [name, { since, otherwise: otherwise.filter((word) => word !== '') }] as const;
  }),
);

/** Default arguments of a directive; of sizes that follow the page of the machine, those of 4 KiB. */
export function defaultArgs(name: string): readonly string[] {
  return (FACTS.get(name)?.otherwise ?? []).map((word) => word.split('|')[0]);
}

/** Version that a directive came with, where the documentation says it. */
export function sinceVersion(name: string): string | undefined {
  return FACTS.get(name)?.since || undefined;
}
