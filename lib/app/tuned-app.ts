import { ApiObject, App, Chart, Yaml } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { mkdirSync, writeFileSync } from 'fs';
import { dirname, join } from 'path';
import { environmentOf } from '../pod/naming';
import { KubernetesVersion } from '../target/kubernetes-version';

/** Properties of a `TunedApp`. */
export interface TunedAppProps {
  /**
   * The oldest Kubernetes version that the manifests must run on; fields that it lacks are not emitted. A scope of the
   * app can have its own (`KubernetesVersion.V1_31.applyTo(scope)`).
   *
   * @default KubernetesVersion.V1_27
   */
  readonly kubernetesVersion?: KubernetesVersion;
  /**
   * Directory that the manifests are written to.
   *
   * @default - CDK8S_OUTDIR if defined, otherwise "dist"
   */
  readonly outdir?: string;
}

/** A manifest file that a synth wrote. */
export interface ManifestFile {
  /** Path below the output directory, with `/` between its parts. */
  readonly path: string;
  /** Construct path of the chart. */
  readonly chart: string;
}

/**
 * A cdk8s app that writes one file per chart, in a directory per scope above it: chart `data` in the scope `prod` goes
 * to `prod/data.k8s.yaml`.
 *
 * Everything is checked and rendered before the first file is written; what is wrong is reported at once, for all
 * constructs. Validation runs once, not once per chart, so the time to synthesize grows with the app and not with its
 * square. Charts come in the order they were made; dependencies between charts do not rename files.
 */
export class TunedApp extends App {
  /**
   * @param props target version and output directory
   */
  constructor(props: TunedAppProps = {}) {
    super({ outdir: props.outdir });
    (props.kubernetesVersion ?? KubernetesVersion.V1_27).applyTo(this);
  }

  /** Checks everything, then writes the manifests below the output directory. */
  public synth(): void {
    for (const [path, text] of this.render()) {
      const file = join(this.outdir, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, 'utf8');
    }
  }

  /** Checks everything and returns all manifests as one YAML text, in the order of the files. */
  public synthYaml(): string {
    return [...this.render().values()].join('---\n');
  }

  /** The files that `synth` writes. */
  public get manifestFiles(): ManifestFile[] {
    return chartsBelow(this).map((chart) => ({ path: fileOf(chart), chart: chart.node.path }));
  }

  private render(): Map<string, string> {
    const charts = chartsBelow(this);
    const problems = [...validations(this), ...collisions(charts)];
    if (problems.length > 0)
      throw new Error(`the app cannot be synthesized:\n${byConstruct(problems).join('\n')}`);
    return new Map(
      charts.map((chart) => [
        fileOf(chart),
        Yaml.stringify(...objectsOf(chart).map((object) => object.toJson() as Record<string, unknown>)),
      ]),
    );
  }
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

function chartsBelow(app: IConstruct): Chart[] {
  return app.node.findAll().filter((construct): construct is Chart => Chart.isChart(construct));
}

/** Objects of a chart without those of charts inside it, in the order they were made. */
function objectsOf(chart: Chart): ApiObject[] {
  return chart.node
    .findAll()
    .filter(
      (construct): construct is ApiObject =>
        ApiObject.isApiObject(construct) && Chart.of(construct) === chart,
    );
}

function fileOf(chart: Chart): string {
  return `${chart.node.path}.k8s.yaml`;
}

/** Two charts that end in one cluster may not hold the same object: the second would overwrite the first when applied. */
function collisions(charts: readonly Chart[]): string[] {
  const owners = new Map<string, string>();
  const problems: string[] = [];
  for (const object of charts.flatMap(objectsOf)) {
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
