/** One tree in cdk8s' own app and in ours, to compare what they make of it. */
import { ApiObject, type ApiObjectProps, App, type AppProps, Chart } from 'cdk8s';
import { TunedApp } from 'cdk8s-tuned';
import type { Construct } from 'constructs';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join, relative } from 'path';

/** Makes the constructs of an app. */
export type Build = (app: App) => void;

/** A fresh output directory for each test, and removed after it. */
export function scratchDirectory(): { readonly path: string } {
  const scratch = { path: '' };
  beforeEach(() => void (scratch.path = mkdtempSync(join(tmpdir(), 'cdk8s-tuned-app-'))));
  afterEach(() => rmSync(scratch.path, { recursive: true, force: true }));
  return scratch;
}

export function configMap(scope: Construct, id: string, more: Partial<ApiObjectProps> = {}): ApiObject {
  return new ApiObject(scope, id, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: id }, ...more });
}

/** Two charts without scopes and dependencies between them: here files have the same names in both apps. */
export const twoCharts: Build = (app) => {
  const shop = new Chart(app, 'shop', { namespace: 'shop', labels: { team: 'web' } });
  const settings = configMap(shop, 'settings', { data: { b: '2', a: '1' } });
  const namespace = new ApiObject(shop, 'namespace', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop' },
  });
  settings.addDependency(namespace);
  configMap(new Chart(app, 'data'), 'settings');
};

/** Files of a synth, by path and in the order of the paths. */
export function filesOf(app: App): Record<string, string> {
  app.synth();
  return filesIn(app.outdir);
}

/** All files but the list that only our app keeps. */
export function filesIn(directory: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== '.cdk8s-tuned')
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [relative(directory, file), readFileSync(file, 'utf8')]),
  );
}

/** What both apps write for one tree. */
export function bothFiles(directory: string, build: Build, props: AppProps = {}) {
  const ours = new TunedApp({ outdir: join(directory, 'ours'), ...props });
  const theirs = new App({ outdir: join(directory, 'theirs'), ...props });
  for (const app of [ours, theirs]) build(app);
  return { ours: filesOf(ours), theirs: filesOf(theirs) };
}

/** The text of all manifests, or the message of the refusal. */
export function textOrRefusal(app: App): { readonly text?: string; readonly refusal?: string } {
  try {
    return { text: app.synthYaml() };
  } catch (error) {
    return { refusal: (error as Error).message };
  }
}
