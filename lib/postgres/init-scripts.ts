import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { emitConfigMap, type ObjectHead } from '../pod/api-object';
import type { FirstStart } from './first-start';

/** Name of the ConfigMap with the scripts of a database. */
export function initScriptsName(name: string): string {
  return `${name}-init`;
}

/** The scripts of the first start; nothing where there are none. A change later runs nothing, so it restarts nothing. */
export function emitInitScripts(
  scope: Construct,
  { name, labels }: Pick<ObjectHead, 'name' | 'labels'>,
  { scripts }: FirstStart,
): ApiObject | undefined {
  if (scripts.length === 0) return undefined;
  const data = Object.fromEntries(scripts.map(({ file, sql }) => [file, sql]));
  return emitConfigMap(scope, 'init-scripts', { name: initScriptsName(name), labels }, data);
}
