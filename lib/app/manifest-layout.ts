import { type ApiObject, Chart, YamlOutputType } from 'cdk8s';
import { isFileName, RECORD } from '../files/file-record';
import { shownPath } from './construct-path';

/** A file to write: documents are rendered when they are asked for. */
export interface PlannedFile {
  /** Path below the output directory, with `/` between its parts. */
  readonly path: string;
  /** Construct path of the chart, or nothing for a file of all charts. */
  readonly chart: string;
  /** What the file holds, as a message names it. */
  readonly holds: string;
  readonly documents: () => readonly unknown[];
}

/** Charts and their objects, both in the order in which they are written. */
export type ObjectsByChart = ReadonlyMap<Chart, readonly ApiObject[]>;

/** The files of an app. As in cdk8s, but a chart lies in the directory of its scope, and no name has a hash or a number. */
export function plannedFiles(
  charts: ObjectsByChart,
  type: YamlOutputType,
  extension: string,
): readonly PlannedFile[] {
  const all = [...charts];
  switch (type) {
    case YamlOutputType.FILE_PER_APP: {
      const documents = () => all.flatMap(([chart, objects]) => documentsOf(chart, objects));
      return all.length === 0 ? [] : [{ path: `app${extension}`, chart: '', holds: 'the app', documents }];
    }
    case YamlOutputType.FILE_PER_CHART:
      return all.map(([chart, objects]) => ({
        path: `${chart.node.path}${extension}`,
        chart: chart.node.path,
        holds: `chart ${shownPath(chart.node.path)}`,
        documents: () => documentsOf(chart, objects),
      }));
    case YamlOutputType.FILE_PER_RESOURCE:
      return all.flatMap(([chart, objects]) =>
        documentsOf(chart, objects)
          .filter((document) => document !== undefined)
          .map((document) => {
            const { kind, metadata } = document as Named;
            const directory = chart.node.scope?.node.path ?? '';
            return fileOfObject(chart, directory, kind, metadata?.name, extension, () => document);
          }),
      );
    case YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE:
      return all.flatMap(([chart, objects]) =>
        objects.map((object) => {
          const { kind, metadata } = object;
          const render = () => object.toJson() as unknown;
          return fileOfObject(chart, chart.node.path, kind, metadata.name, extension, render);
        }),
      );
  }
}

/** Documents of a chart, in the order of its objects. */
export function documentsOf(chart: Chart, objects: readonly ApiObject[]): unknown[] {
  // A chart that says itself what it becomes is asked; cdk8s' own answer takes a look at the whole app for each chart.
  const own = chart.toJson !== Chart.prototype.toJson;
  return own ? Object.values(chart.toJson()) : objects.map((object) => object.toJson() as unknown);
}

/** Files that cannot be written, or not beside the others, each with the path of a construct in front. */
export function pathProblems(files: ReadonlyArray<Pick<PlannedFile, 'path' | 'chart' | 'holds'>>): string[] {
  const byPath = new Map<string, string>();
  const problems: string[] = [];
  for (const { path, chart, holds } of files) {
    const wrong = path.split('/').find((part) => !isFileName(part) || part.startsWith(RECORD));
    const other = byPath.get(path);
    if (wrong !== undefined)
      problems.push(
        `${shownPath(chart)}: ${holds} would be written to ${JSON.stringify(path)}, and ${JSON.stringify(wrong)} cannot be the name of a file or directory; give the construct another id`,
      );
    else if (other !== undefined)
      problems.push(
        `${shownPath(chart)}: ${holds} would be written to ${path}, as would ${other}; give one of them another name, or use YamlOutputType.FILE_PER_CHART`,
      );
    else byPath.set(path, holds);
  }
  for (const { path, chart, holds } of files) {
    const parts = path.split('/');
    const file = parts
      .map((_, index) => parts.slice(0, index).join('/'))
      .find((directory) => byPath.has(directory));
    if (file !== undefined)
      problems.push(
        `${shownPath(chart)}: ${holds} would be written to ${path}, but ${file} is a file, of ${byPath.get(file)}; use an outputFileExtension that tells files from directories`,
      );
  }
  return problems;
}

interface Named {
  readonly kind: string;
  readonly metadata?: { readonly name?: string };
}

function fileOfObject(
  chart: Chart,
  directory: string,
  kind: string,
  name: string | undefined,
  extension: string,
  render: () => unknown,
): PlannedFile {
  // The letters that cdk8s leaves in.
  const file = `${kind}.${name}`.replace(/[^0-9a-zA-Z-_.]/g, '');
  return {
    path: `${directory === '' ? '' : `${directory}/`}${file}${extension}`,
    chart: chart.node.path,
    holds: `${kind} ${name} of chart ${shownPath(chart.node.path)}`,
    documents: () => [render()],
  };
}
