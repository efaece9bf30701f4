/**
 * Manifests below paths, as people have them: every file is read, what cannot be read is told with its line and costs nothing
 * else, and what only a tool can render is told with the command that does.
 */
import { readdirSync, readFileSync, statSync } from 'fs';
import { basename, dirname, join, normalize, relative } from 'path';
import { isKustomizeFile, type Source, type SourcedDocument } from '../inventory/inventory';
import { isRecord, listAt, recordsAt, textAt } from '../inventory/json';
import { type ReadDocument, readDocuments } from '../inventory/reading/yaml-documents';
import { UsageError } from './command';
import { renderChart, type Rendered, renderKustomization } from './render';

/** Something that was not read. */
export interface Unread {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export interface ReadManifests {
  readonly documents: readonly SourcedDocument[];
  /** Whether there are objects that were not read: of a template, or of a file that is none. */
  readonly isPartial: boolean;
  /** What could not be read: the check is not whole. */
  readonly unread: readonly Unread[];
  /** What was not meant to be read as it is, or was read though it is not as it should be. */
  readonly notes: readonly string[];
  /** Files that were read as they are, with their text. */
  readonly texts: ReadonlyMap<string, string>;
  /** A line of a file. */
  readonly textOf: (file: string, line: number) => string | undefined;
}

const MANIFEST = /\.(ya?ml|json)$/i;
const KUSTOMIZATION = /^kustomization\.ya?ml$|^Kustomization$/;

export interface ReadOptions {
  /** Files that are not read. */
  readonly isIgnored?: (file: string) => boolean;
  /** Whether charts and kustomizations are rendered by their tools, and not told only. */
  readonly render?: boolean;
  /** Texts in the place of those of some files. */
  readonly texts?: ReadonlyMap<string, string>;
}

/** Documents of files, directories, and standard input, which is called "-". */
export function readManifests(
  paths: readonly string[],
  readInput: () => string,
  { isIgnored = () => false, render = false, texts = new Map() }: ReadOptions = {},
): ReadManifests {
  const files = paths
    .flatMap((path) => (path === '-' ? [] : filesBelow(path)))
    .filter((file) => !isIgnored(file))
    .map((file) => [file, () => texts.get(file) ?? readFileSync(file, 'utf8')] as const);
  return readTexts(new Map(files), { render, readInput: paths.includes('-') ? readInput : undefined });
}

/** Documents of files that are told by their texts, and of standard input where it is asked for. */
export function readTexts(
  files: ReadonlyMap<string, () => string>,
  { render = false, readInput }: Pick<ReadOptions, 'render'> & { readonly readInput?: () => string } = {},
): ReadManifests {
  const reader = new Reader();
  const charts = chartsOf([...files.keys()]);
  for (const [file, text] of files)
    if (!charts.some((chart) => isBelow(chart, file))) reader.readFile(file, text);
  for (const chart of charts) {
    if (render) reader.readRendered(join(chart, 'Chart.yaml'), renderChart(chart));
    else
      reader.notes.push(
        `${chart} is a Helm chart: its templates were not looked at; render them, such as by \`helm template ${chart} | cdk8s-tuned check -\`, or by --render`,
      );
  }
  if (render) reader.render();
  if (readInput) reader.read('standard input', readInput);
  const result = reader.result();
  return { ...result, isPartial: result.unread.length > 0 || (charts.length > 0 && !render) };
}

interface File {
  readonly file: string;
  readonly documents: readonly ReadDocument[];
  /** Whether it can be changed: it is a file, and not what a program wrote. */
  readonly isOwn: boolean;
}

class Reader {
  readonly notes: string[] = [];
  private files: File[] = [];
  private readonly unread: Unread[] = [];
  private readonly texts = new Map<string, string>();
  private readonly rows = new Map<string, readonly string[]>();

  readFile(file: string, text: () => string): void {
    this.read(file, text, true);
  }

  read(file: string, text: () => string, isOwn = false): void {
    try {
      const whole = text();
      this.texts.set(file, whole);
      const { documents, problems } = readDocuments(whole);
      this.files.push({ file, documents, isOwn });
      for (const { line, message, isRead } of problems) {
        if (isRead) this.notes.push(`${file}:${line}: ${message}`);
        else this.unread.push({ file, line, message });
      }
    } catch (error) {
      this.unread.push({ file, line: 1, message: (error as Error).message });
    }
  }

  /** What a tool wrote of a file. */
  readRendered(file: string, rendered: Rendered): void {
    if ('text' in rendered) this.read(`${file} (rendered)`, () => rendered.text);
    else this.unread.push({ file, line: 1, message: rendered.error });
  }

  /** Puts what kustomizations that no other one takes become in the place of the files below all of them. */
  render(): void {
    const all = this.files.flatMap(kustomizationsOf);
    const taken = new Set(all.flatMap(({ resources }) => [...resources]));
    const roots = all.filter(({ directory }) => !taken.has(normalize(directory)));
    this.files = this.files.filter(
      ({ file }) =>
        !all.some(({ directory, resources }) => isBelow(directory, file) || resources.has(normalize(file))),
    );
    for (const { directory } of roots)
      this.readRendered(join(directory, 'kustomization.yaml'), renderKustomization(directory));
  }

  /** Rows of a file, split when the first is asked for. */
  private rowsOf(file: string): readonly string[] {
    const known = this.rows.get(file) ?? this.texts.get(file)?.split('\n') ?? [];
    this.rows.set(file, known);
    return known;
  }

  result(): Omit<ReadManifests, 'isPartial'> {
    const kustomizations = this.files.flatMap(kustomizationsOf);
    const patches = new Set(kustomizations.flatMap((one) => one.patches));
    const skipped = this.files.filter(({ file }) => patches.has(normalize(file)));
    if (skipped.length > 0)
      this.notes.push(
        `${skipped.length} files are patches of kustomizations: they were not looked at by themselves; render the overlays, such as by \`kubectl kustomize ${kustomizations.find(({ patches: own }) => own.length > 0)?.directory} | cdk8s-tuned check -\`, or by --render`,
      );
    return {
      documents: this.files
        .filter((one) => !skipped.includes(one))
        .flatMap((one) =>
          one.documents.map((document) => ({
            value: document.value,
            source: sourceOf(one, document, kustomizations),
          })),
        ),
      unread: this.unread,
      notes: this.notes,
      texts: new Map(
        this.files.flatMap(({ file, isOwn }) => (isOwn ? [[file, this.texts.get(file) ?? ''] as const] : [])),
      ),
      textOf: (file, line) => this.rowsOf(file)[line - 1],
    };
  }
}

function sourceOf(
  { file, isOwn }: File,
  document: ReadDocument,
  kustomizations: readonly Kustomization[],
): Source {
  const [nearest] = kustomizations
    .filter(({ directory }) => isBelow(directory, file))
    .sort((a, b) => b.directory.length - a.directory.length);
  return {
    file,
    lineOf: (segments) => document.lineOf(segments),
    ...(isOwn && { spliceOf: (segments, edit) => document.spliceOf(segments, edit) }),
    unit: nearest?.directory,
    addsSelectors: nearest?.addsSelectors,
    namespace: nearest?.resources.has(normalize(file)) === true ? nearest.namespace : undefined,
  };
}

interface Kustomization {
  readonly directory: string;
  readonly namespace?: string;
  readonly addsSelectors: boolean;
  /** Files that it lists as resources. */
  readonly resources: ReadonlySet<string>;
  /** Files that are parts of objects, or of something else. */
  readonly patches: readonly string[];
}

/** What a kustomization says of the files around it. */
function kustomizationsOf({ file, documents }: File): Kustomization[] {
  const directory = dirname(file);
  const own = (name: unknown) => (typeof name === 'string' ? [normalize(join(directory, name))] : []);
  return documents.flatMap(({ value }) => {
    if (!isRecord(value) || !(isKustomizeFile(value) || KUSTOMIZATION.test(basename(file)))) return [];
    const listed = (field: string) => listAt(value, field).flatMap(own);
    return [
      {
        directory,
        namespace: textAt(value, 'namespace'),
        addsSelectors:
          isRecord(value.commonLabels) ||
          recordsAt(value, 'labels').some(({ includeSelectors }) => includeSelectors === true),
        resources: new Set([...listed('resources'), ...listed('bases'), ...listed('components')]),
        patches: [
          ...listed('patchesStrategicMerge'),
          ...recordsAt(value, 'patches').flatMap((one) => own(one.path)),
          ...recordsAt(value, 'patchesJson6902').flatMap((one) => own(one.path)),
          ...recordsAt(value, 'replacements').flatMap((one) => own(one.path)),
          ...['configurations', 'crds', 'generators', 'transformers', 'validators'].flatMap(listed),
        ],
      },
    ];
  });
}

/** Files below a path that may hold manifests, in the order of their names. */
function filesBelow(path: string): string[] {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(path).isDirectory();
  } catch {
    throw new UsageError(`${path} is not there`);
  }
  if (!isDirectory) return [path];
  return entriesBelow(path)
    .map((name) => join(path, name))
    .sort();
}

/** Whether a file of a directory may hold manifests, by its path below it. */
export function isManifest(path: string): boolean {
  const name = basename(path);
  return (MANIFEST.test(name) || KUSTOMIZATION.test(name)) && !/(^|\/)(node_modules|\.git)\//.test(path);
}

/** Names of files below a directory, links to files among them; what is no file, such as a pipe, is none. */
function entriesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true, encoding: 'utf8' })
    .filter((entry) => !entry.isDirectory() && !/(^|\/)(node_modules|\.git)\//.test(`${entry.parentPath}/`))
    .map((entry) => relative(path, join(entry.parentPath, entry.name)))
    .filter(isManifest)
    .filter((name) => mayBeRead(join(path, name)));
}

/** A link that leads nowhere is told when it is read; a pipe would be waited for. */
function mayBeRead(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch {
    return true;
  }
}

/** Directories of charts: they have a Chart.yaml and templates. */
function chartsOf(files: readonly string[]): string[] {
  const all = files
    .filter((file) => basename(file) === 'Chart.yaml')
    .map(dirname)
    .filter((directory) => files.some((file) => isBelow(join(directory, 'templates'), file)));
  return all.filter((chart) => !all.some((other) => other !== chart && isBelow(other, join(chart, 'x'))));
}

function isBelow(directory: string, file: string): boolean {
  return directory === '.' ? !file.startsWith('..') : normalize(file).startsWith(`${normalize(directory)}/`);
}
