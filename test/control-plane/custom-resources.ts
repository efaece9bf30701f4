/** Definitions of the custom resources that our manifests may hold; they lie beside the project (see CONTRIBUTING.md). */
import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { parseAllDocuments } from 'yaml';
import { ROOT } from '../project/snippets';
import type { Manifest } from '../support/synth';

const DIRECTORY = join(ROOT, '../shared/schemas/crds');

export function customResourceDefinitions(): Manifest[] {
  return readdirSync(DIRECTORY)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .flatMap((file) => parseAllDocuments(readFileSync(join(DIRECTORY, file), 'utf8')))
    .map((document): Manifest => document.toJS())
    .filter((definition) => definition?.kind === 'CustomResourceDefinition');
}
