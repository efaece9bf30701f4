import { ApiObject, App, type AppProps, Chart, Yaml, YamlOutputType } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { writeTree } from '../files/write-tree';
import { Checks } from '../finding/checks';
import { environmentOf } from '../pod/naming';
import { KubernetesVersion } from '../target/kubernetes-version';
import { DependencyOrder } from './dependency-order';
import {
  documentsOf,
  type ObjectsByChart,
  pathProblems,
  type PlannedFile,
  plannedFiles,
} from './manifest-layout';
import { YamlPrinter } from './yaml-printer';

/** Properties of a `TunedApp`: those of an `App`, and the target version. */
export interface TunedAppProps extends AppProps {
  /**
   * The oldest Kubernetes version that the manifests must run on; fields that it lacks are not emitted. A scope of the
   * app can have its own (`KubernetesVersion.V1_31.applyTo(scope)`).
   *
   * @default KubernetesVersion.V1_30
   */
  readonly kubernetesVersion?: KubernetesVersion;
}

/** A manifest file that a synth writes. */
export interface ManifestFile {
  /** Path below the output directory, with `/` between its parts. */
  readonly path: string;
  /** Construct path of the chart. Empty for the one file of `YamlOutputType.FILE_PER_APP`. */
  readonly chart: string;
}

/**
 * A cdk8s app that writes one file per chart, in a directory per scope above it: chart `data` in the scope `prod` goes
 * to `prod/data.k8s.yaml`.
 *
 * Everything is checked and rendered before the first file is written; what is wrong is reported at once, for all
 * constructs. Validation runs once, not once per chart, so the time to synthesize grows with the app and not with its
 * square.
 *
 * All else is as in `App`: its props and the variables `CDK8S_OUTDIR`, `CDK8S_RECORD_CONSTRUCT_METADATA`,
 * `CDK8S_DISABLE_SORT` and `CDK8S_LEGACY_HASH` hold, objects and charts come in the same order (as they were made, but
 * after what they depend on), and `chart.toJson()` and `Testing.synth(chart)` return the objects of the file. What differs:
 *
 * - Files are named by the construct path, without a hash. `App` numbers them (`0000-`, `0001-`, …) as soon as a chart
 *   depends on another or is inside one, so that `kubectl apply -f dist/` keeps the order; here a dependency renames no
 *   file, and the order between charts is that of `synthYaml()`, of `charts` and of `YamlOutputType.FILE_PER_APP`.
 * - With `YamlOutputType.FILE_PER_RESOURCE` an object lies in the directory of its chart's scope
 *   (`prod/ConfigMap.settings.k8s.yaml`), with `FOLDER_PER_CHART_FILE_PER_RESOURCE` in one of its chart
 *   (`prod/data/ConfigMap.settings.k8s.yaml`). Two objects that would share a file are refused; in `App` the second
 *   overwrites the first.
 * - Dependencies in a circle are refused with their path, also those that `App` overlooks, where it leaves objects out. So is
 *   a dependency that says nothing of an order: on a construct of another app, or from or on a scope above the charts.
 * - An object that is made twice in one environment is refused, and so are a `yamlOutputType` that is none and an
 *   `outputFileExtension` with a directory in it. Each message is `path: what is wrong`.
 * - `synth` leaves `construct.node.dependencies` as they are. `chart.toJson()` is cdk8s' own, and looks at the whole app
 *   each time; a chart that overrides it is asked for its manifests, except for `FOLDER_PER_CHART_FILE_PER_RESOURCE`.
 *
 * @example
 * const app = new TunedApp({ kubernetesVersion: KubernetesVersion.V1_31 });
 * for (const environment of ['staging', 'prod']) {
 *   const scope = new Construct(app, environment);
 *   const chart = new Chart(scope, 'data', { namespace: `shop-${environment}` });
 *   new TunedPostgres(chart, 'db', { storage: Size.gibibytes(100) });
 * }
 * app.synth(); // writes dist/staging/data.k8s.yaml and dist/prod/data.k8s.yaml
 */
export class TunedApp extends App {
  private readonly recordsMetadata: boolean;

  /**
   * @param props target version, and what an `App` takes
   */
  constructor(props: TunedAppProps = {}) {
    super(props);
    const checks = Checks.of(this);
    const types = Object.values(YamlOutputType).filter((type) => typeof type === 'string');
    if (typeof this.yamlOutputType !== 'number' || YamlOutputType[this.yamlOutputType] === undefined)
      checks.fail(
        'yamlOutputType',
        this.yamlOutputType,
        `allowed: ${types.map((type) => `YamlOutputType.${type}`).join(', ')}`,
      );
    checks.text('outputFileExtension', this.outputFileExtension, (text) =>
      /[/\\]/.test(text)
        ? 'the end of a file name, such as ".yaml"; for another directory use `outdir`'
        : undefined,
    );
    checks.throwIfAny();
    this.recordsMetadata =
      props.recordConstructMetadata ?? process.env.CDK8S_RECORD_CONSTRUCT_METADATA === 'true';
    (props.kubernetesVersion ?? KubernetesVersion.V1_30).applyTo(this);
  }

  /**
   * All charts, in the order in which they are written: as they were made, but after what they depend on. Throws when
   * dependencies form a circle.
   */
  public get charts(): Chart[] {
    return [...this.order().charts];
  }

  /**
   * Checks everything, then writes the manifests below the output directory, and `construct-metadata.json` when it is asked
   * for. Throws before the first file when something is wrong.
   *
   * The directory holds the old manifests or the new ones. Files that are the same are not touched, those of objects that are
   * gone are removed, and files of others stay. What `synth` wrote is listed in `.cdk8s-tuned`, which belongs into the
   * repository with the manifests.
   */
  public synth(): void {
    const charts = this.checked();
    const printer = newPrinter();
    const files = this.filesOf(charts).map((file) => ({ ...file, text: printer.print(file.documents()) }));
    if (this.recordsMetadata) files.push(metadataFile(charts));
    throwIfAny(pathProblems(files));
    writeTree(this.outdir, files);
  }

  /** Checks everything and returns all manifests as one YAML text, a chart after those that it depends on. */
  public synthYaml(): string {
    return newPrinter().print([...this.checked()].flatMap(([chart, objects]) => documentsOf(chart, objects)));
  }

  /** The manifests that `synth` writes, a chart after those that it depends on. */
  public get manifestFiles(): ManifestFile[] {
    return this.filesOf(this.order().objectsByChart()).map(({ path, chart }) => ({ path, chart }));
  }

  private filesOf(charts: ObjectsByChart): readonly PlannedFile[] {
    return plannedFiles(charts, this.yamlOutputType, this.outputFileExtension);
  }

  private order(problems: readonly string[] = []): DependencyOrder {
    const order = new DependencyOrder(this);
    throwIfAny([...problems, ...order.problems]);
    return order;
  }

  private checked(): ObjectsByChart {
    return this.order([...validations(this), ...collisions(this)]).objectsByChart();
  }
}

function throwIfAny(problems: readonly string[]): void {
  if (problems.length > 0)
    throw new Error(`the app cannot be synthesized:\n${byConstruct(problems).join('\n')}`);
}

/** As `Yaml.stringify` prints documents, and by it where they are unusual. */
function newPrinter(): YamlPrinter {
  return new YamlPrinter((document) => Yaml.stringify(document));
}

/** Where each object was made, by its name, which is how validation plugins of cdk8s-cli ask for it. */
function metadataFile(charts: ObjectsByChart) {
  const objects = [...charts.values()].flat();
  const resources = Object.fromEntries(objects.map(({ name, node }) => [name, { path: node.path }]));
  return {
    path: 'construct-metadata.json',
    chart: '',
    holds: 'the metadata of the constructs',
    documents: () => [],
    text: JSON.stringify({ version: '1.0.0', resources }),
  };
}

/** What the constructs say of themselves, each line with the path of its construct in front. */
function validations(app: IConstruct): string[] {
  return app.node
    .findAll()
    .flatMap((construct) =>
      construct.node
        .validate()
        .map((message) => (construct.node.path === '' ? message : `${construct.node.path}: ${message}`)),
    );
}

/** What is wrong with a construct and its children stands together: a line begins with a path. */
function byConstruct(problems: readonly string[]): string[] {
  const path = (problem: string) => problem.slice(0, problem.indexOf(':'));
  return [...problems].sort((a, b) => (path(a) < path(b) ? -1 : path(a) > path(b) ? 1 : 0));
}

/** Two charts that end in one cluster may not hold the same object: the second would overwrite the first when applied. */
function collisions(app: IConstruct): string[] {
  const owners = new Map<string, string>();
  const problems: string[] = [];
  for (const object of app.node.findAll()) {
    if (!ApiObject.isApiObject(object)) continue;
    const chart = Chart.of(object);
    const namespace = object.metadata.namespace ?? chart.namespace ?? '';
    const key = [environmentOf(object), object.apiGroup, object.kind, namespace, object.name];
    const id = key.join('\n');
    const owner = owners.get(id);
    if (owner === undefined) owners.set(id, object.node.path);
    else {
      problems.push(
        `${object.node.path}: ${object.kind} ${object.name} is also made by ${owner}; give one of them another \`name\``,
      );
    }
  }
  return problems;
}
