/** What people asked for in public, as docs/needs.md writes it: valid for every version of Kubernetes that can be meant. */
import * as tuned from 'cdk8s-tuned';
import { parseAllDocuments } from 'yaml';
import {
  customResourceValidator,
  isCustom,
  isForeign,
  kubernetesValidator,
  MINORS,
} from '../cluster/schemas';
import type { Manifest } from '../support/synth';
import { runSnippet } from './run-snippet';
import { documentationPages, snippetsOf } from './snippets';

const [page] = documentationPages().filter((one) => one.endsWith('needs.md'));
const snippets = snippetsOf(page, Object.keys(tuned));

/** What the first minor that can run a program says of those before it. */
const REFUSED: ReadonlyArray<readonly [minor: number, message: RegExp]> = [
  [29, /its proxy must be a native sidecar: Kubernetes 1\.29 or later/],
  [29, /on Kubernetes 1\.2[78].*native sidecar/],
  [30, /it has no `sleep`, which Kubernetes 1\.2[789] needs/],
];

function manifestsFor(source: string, minor: number): Manifest[] {
  const version = `{ kubernetesVersion: tuned.KubernetesVersion.fromString('1.${minor}') }`;
  const files = runSnippet({ source: source.replace('new TunedApp()', `new TunedApp(${version})`) });
  return [...files.values()].flatMap((text) =>
    parseAllDocuments(text).map((document): Manifest => document.toJS()),
  );
}

test('there are fifty and more', () => {
  expect(snippets.length).toBeGreaterThanOrEqual(50);
});

/** Paths of lists without elements: the API server drops them, and each `kubectl apply` would be a change. */
function emptyLists(value: unknown, path: string): string[] {
  if (Array.isArray(value) && value.length === 0) return [`${path} is empty`];
  return typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, one]) => emptyLists(one, `${path}.${key}`))
    : [];
}

/** What is wrong with the manifests of a program on a version; a refusal that says so is none. */
function problemsOn(source: string, minor: number): string[] {
  try {
    const objects = manifestsFor(source, minor);
    const [validate, custom] = [kubernetesValidator(minor), customResourceValidator()];
    return objects.flatMap((one) => [
      ...(isForeign(one) ? [] : (isCustom(one) ? custom : validate)(one)),
      ...emptyLists(one, `${one.kind} ${one.metadata.name}`),
    ]);
  } catch (error) {
    const { message } = error as Error;
    return REFUSED.some(([first, refusal]) => minor < first && refusal.test(message)) ? [] : [message];
  }
}

test.each(snippets.map((snippet) => [snippet.name, snippet.source]))(
  '%s is valid everywhere',
  (_, source) => {
    expect(MINORS.flatMap((minor) => problemsOn(source, minor))).toEqual([]);
  },
);
