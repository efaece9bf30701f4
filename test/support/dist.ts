import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { parseAllDocuments } from 'yaml';
import { ROOT } from '../project/snippets';
import type { Manifest } from './synth';

export const DIST = join(ROOT, 'dist');

/** Environments of the committed manifests. */
export const ENVIRONMENTS = readdirSync(DIST)
  .filter((name) => !name.startsWith('.'))
  .sort();

/** Stacks of an environment, as their files are called. */
export function stacksOf(environment: string): string[] {
  return readdirSync(join(DIST, environment))
    .map((file) => file.replace(/\.k8s\.yaml$/, ''))
    .sort();
}

/** Objects of a committed manifest file, as kubectl would read them. */
export function fromDist(environment: string, stack: string): Manifest[] {
  const text = readFileSync(join(DIST, environment, `${stack}.k8s.yaml`), 'utf8');
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS();
  });
}

/** All objects of an environment. */
export function allFromDist(environment: string): Manifest[] {
  return stacksOf(environment).flatMap((stack) => fromDist(environment, stack));
}
