/** Every program of docs/needs.md, as the API server takes it. */
import * as tuned from 'cdk8s-tuned';
import { parseAllDocuments } from 'yaml';
import { isForeign } from '../cluster/schemas';
import { runSnippet } from '../project/run-snippet';
import { documentationPages, snippetsOf } from '../project/snippets';
import type { Manifest } from '../support/synth';
import { ControlPlane } from './control-plane';

const [page] = documentationPages().filter((one) => one.endsWith('needs.md'));
const snippets = snippetsOf(page, Object.keys(tuned));

let plane: ControlPlane;
const namespaces = new Set<string>();
beforeAll(async () => {
  plane = await ControlPlane.start();
});
afterAll(() => plane?.stop());

test.each(snippets.map((snippet) => [snippet.name, snippet.source]))('%s is admitted', async (_, source) => {
  const version = `{ kubernetesVersion: tuned.KubernetesVersion.V1_31 }`;
  const files = runSnippet({ source: source.replace('new TunedApp()', `new TunedApp(${version})`) });
  const objects = [...files.values()]
    .flatMap((text) => parseAllDocuments(text).map((document): Manifest => document.toJS()))
    .filter((object) => !isForeign(object));
  for (const { kind, metadata } of objects) {
    const name = kind === 'Namespace' ? metadata.name : metadata.namespace;
    if (name === undefined || namespaces.has(name)) continue;
    namespaces.add(name);
    await plane.createNamespace(name);
  }
  const { code, stderr } = await plane.tryApply(objects, '--dry-run=server');
  expect({ code, refused: stderr.split('\n').filter((line) => line.startsWith('Error')) }).toEqual({
    code: 0,
    refused: [],
  });
});
