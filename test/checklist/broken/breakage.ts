/** A field of the passing stack that is set to something wrong, and where such fields are. */
import { find, type Manifest } from '../../support/synth';

export interface Breakage {
  readonly what: string;
  readonly breakIt: (objects: Manifest[]) => void;
  /** Exactly the rules that should speak. */
  readonly rules: readonly string[];
}

export const containersOf = (objects: Manifest[], kind: string, name: string): Manifest[] =>
  find(objects, kind, name).spec.template.spec.containers;
export const web = (objects: Manifest[]) => containersOf(objects, 'Deployment', 'shop-web')[0];
const conf = (objects: Manifest[], name: string, key: string, edit: (text: string) => string) => {
  const { data } = find(objects, 'ConfigMap', name);
  const before: string = data[key];
  data[key] = edit(before);
  if (data[key] === before) throw new Error(`${name}/${key} has no such line`);
};
export const nginx = (objects: Manifest[], edit: (text: string) => string) =>
  conf(objects, 'edge-proxy', 'nginx.conf', edit);
export const redis = (objects: Manifest[], edit: (text: string) => string) =>
  conf(objects, 'data-cache', 'cache.conf', edit);
export const postgres = (objects: Manifest[], edit: (text: string) => string) =>
  conf(objects, 'data-db', 'postgresql.conf', edit);
export const pgbouncer = (objects: Manifest[], edit: (text: string) => string) =>
  conf(objects, 'reports-db-pooler', 'pgbouncer.ini', edit);
export const spec = (objects: Manifest[], kind: string, name: string) => find(objects, kind, name).spec;
export const hpa = (objects: Manifest[], name: string) => spec(objects, 'HorizontalPodAutoscaler', name);
export const setEnv = (container: Manifest, name: string, value: string) => {
  container.env = [...(container.env ?? []).filter((one: Manifest) => one.name !== name), { name, value }];
};
