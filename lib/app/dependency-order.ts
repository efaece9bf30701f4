import { ApiObject, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { shownPath } from './construct-path';
import { depthFirst } from './depth-first';

/** A construct in the tree. */
interface Vertex {
  readonly construct: IConstruct;
  /** Position in the tree, depth first. */
  readonly start: number;
  /** Position behind its last descendant. */
  end: number;
  readonly parent: Vertex | undefined;
  /** The nearest chart, which may be itself; none for the app and the scopes above the charts. */
  readonly chart: Vertex | undefined;
  /** What it depends on, in the order it was said; between charts, with what that follows from. */
  readonly dependencies: Map<Vertex, Cause>;
}

/** A dependency as it was said. */
interface Cause {
  readonly from: Vertex;
  readonly to: Vertex;
}

/** Objects that others depend on as a whole: one node for all of them, where cdk8s draws an edge for every pair. */
interface Group {
  readonly of: Vertex;
  readonly objects: readonly Vertex[];
}

type Node = Vertex | Group;

/**
 * The order in which cdk8s writes charts, and the objects of a chart: as they were made, but after what they depend on.
 *
 * The rules are those of `resolveDependencies` and `DependencyGraph` in cdk8s. A dependency between constructs is one
 * between all their objects; one between constructs of two charts is also one between the charts, and a chart depends on
 * the charts in it. cdk8s finds the order in a time that grows exponentially with the length of a chain of charts; here
 * it grows with the number of constructs and dependencies, and nothing is added to the tree.
 */
export class DependencyOrder {
  /** Dependencies that no order can keep, each with the path of a construct in front; empty when there is an order. */
  readonly problems: readonly string[];
  /** All charts. */
  readonly charts: readonly Chart[];

  private readonly tree: readonly Vertex[];
  private readonly vertices: ReadonlyMap<IConstruct, Vertex>;
  private readonly groups = new Map<Vertex, Group>();

  constructor(app: IConstruct) {
    this.tree = treeOf(app);
    this.vertices = new Map(this.tree.map((vertex) => [vertex.construct, vertex]));
    const refused = this.readDependencies();
    const said = depthFirst(this.tree, (vertex) => vertex.dependencies.keys()).cycles;
    this.addDependenciesOfCharts();
    const ofCharts = depthFirst(this.tree.filter(isChart), chartsNeededBy).cycles;
    const [root] = this.tree;
    const walk = depthFirst<Node>([...this.unneededIn(root), ...this.tree], (node) =>
      this.successors(node, root),
    );
    const ofObjects = walk.cycles.map((cycle) => cycle.filter(isVertex));
    // What was said explains the cycle between charts, and that the one between their objects.
    const cycles = [said, ofCharts, ofObjects].find((found) => found.length > 0) ?? [];
    this.problems = [...refused, ...cycles.map(cycleText)];
    this.charts = walk.order
      .filter(isVertex)
      .filter(isChart)
      .map(({ construct }) => construct as Chart);
  }

  /** Objects of each chart without those of charts inside it, by chart and in the order of `charts`. */
  objectsByChart(): Map<Chart, ApiObject[]> {
    return new Map(this.charts.map((chart) => [chart, this.objectsOf(this.vertices.get(chart)!)]));
  }

  private objectsOf(chart: Vertex): ApiObject[] {
    return depthFirst<Node>(this.unneededIn(chart), (node) => this.successors(node, chart))
      .order.filter(isVertex)
      .filter((vertex) => isObject(vertex) && vertex.chart === chart)
      .map(({ construct }) => construct as ApiObject);
  }

  /** Fills in the dependencies that were said, and returns those that cannot be kept. */
  private readDependencies(): string[] {
    const problems = new Set<string>();
    for (const from of this.tree) {
      for (const construct of from.construct.node.dependencies) {
        const to = this.vertices.get(construct);
        const refusal = to === undefined ? notInApp(construct) : this.refusal(from, to);
        if (refusal !== undefined) problems.add(`${nameOf(from.construct)}: depends on ${refusal}`);
        else if (to !== undefined) from.dependencies.set(to, { from, to });
      }
    }
    return [...problems];
  }

  private refusal(from: Vertex, to: Vertex): string | undefined {
    const target = nameOf(to.construct);
    if (from.chart === undefined)
      return `${target}, but is in no chart, and only charts and what is in them have an order; let its charts depend on ${target}`;
    if (to.chart === undefined)
      return `${target}, which is in no chart, and only charts and what is in them have an order; depend on the charts in it`;
    if (from === to) return 'itself; remove that dependency';
    const [outer, inner] = holds(from, to) ? [from, to] : [to, from];
    if (from.chart !== to.chart || !holds(outer, inner)) return undefined;
    const shared = this.groupOf(inner).objects;
    if (shared.length < 2) return undefined;
    const [one, two] = shared.map(({ construct }) => nameOf(construct));
    const whole = nameOf(outer.construct);
    return `${target}, and one is part of the other, so ${one} and ${two} would depend on each other; name the parts of ${whole} that depend, or the one object that they depend on`;
  }

  /** What dependencies say of charts: a chart comes after the charts in it, and after those that its parts depend on. */
  private addDependenciesOfCharts(): void {
    const add = (from: Vertex, to: Vertex, cause: Cause) => {
      if (!from.dependencies.has(to)) from.dependencies.set(to, cause);
    };
    for (const vertex of this.tree.filter(isChart)) {
      const { parent } = vertex;
      if (parent !== undefined && isChart(parent)) add(parent, vertex, { from: parent, to: vertex });
    }
    for (const cause of this.tree.flatMap((vertex) => [...vertex.dependencies.values()])) {
      const [from, to] = [cause.from.chart!, cause.to.chart!];
      if (from !== to) add(from, to, cause);
    }
  }

  /** What must come before a node, as far as it is below a scope. */
  private *successors(node: Node, scope: Vertex): Iterable<Node> {
    if (!isVertex(node)) return yield* node.objects;
    for (const dependency of node.dependencies.keys()) if (holds(scope, dependency)) yield dependency;
    if (!isObject(node)) return;
    for (const whole of wholesOf(node)) {
      for (const dependency of whole.dependencies.keys()) {
        if (!holds(scope, dependency)) continue;
        const group = this.groupOf(dependency);
        if (dependency.chart === node.chart && holds(dependency, node))
          yield* group.objects.filter((object) => object !== node);
        else yield group;
      }
    }
  }

  /** Constructs below a scope that nothing there depends on, in the order in which cdk8s begins with them. */
  private unneededIn(scope: Vertex): Vertex[] {
    const part = this.tree.slice(scope.start, scope.end);
    const needed = new Set<Vertex>();
    const whole = new Set<Vertex>();
    for (const vertex of part) {
      for (const dependency of vertex.dependencies.keys()) {
        if (!holds(scope, dependency)) continue;
        needed.add(dependency);
        if (whole.has(dependency)) continue;
        const { objects } = this.groupOf(vertex);
        const apart = !holds(dependency, vertex) && !holds(vertex, dependency);
        if (objects.length > 0 && apart) whole.add(dependency);
        for (const object of this.groupOf(dependency).objects)
          if (objects.some((other) => other !== object)) needed.add(object);
      }
    }
    // cdk8s keeps them in an object by path, where whole numbers come first.
    const byPath = Object.fromEntries(part.map((vertex) => [vertex.construct.node.path, vertex]));
    return Object.values(byPath).filter((vertex) => !needed.has(vertex));
  }

  /** Objects at and below a construct that belong to its chart. */
  private groupOf(vertex: Vertex): Group {
    const known = this.groups.get(vertex);
    if (known !== undefined) return known;
    const objects = this.tree
      .slice(vertex.start, vertex.end)
      .filter((below) => isObject(below) && below.chart === vertex.chart);
    const group = { of: vertex, objects };
    this.groups.set(vertex, group);
    return group;
  }
}

function treeOf(app: IConstruct): Vertex[] {
  const tree: Vertex[] = [];
  const add = (construct: IConstruct, parent: Vertex | undefined) => {
    const start = tree.length;
    const own = { construct, start, end: start, parent, dependencies: new Map<Vertex, Cause>() };
    const vertex: Vertex & { chart: Vertex | undefined } = { ...own, chart: parent?.chart };
    if (Chart.isChart(construct)) vertex.chart = vertex;
    tree.push(vertex);
    construct.node.children.forEach((child) => add(child, vertex));
    vertex.end = tree.length;
  };
  add(app, undefined);
  return tree;
}

function isVertex(node: Node): node is Vertex {
  return 'construct' in node;
}

function isChart(vertex: Vertex): boolean {
  return vertex.chart === vertex;
}

function isObject({ construct }: Vertex): boolean {
  return ApiObject.isApiObject(construct);
}

/** Whether a construct is another one or above it. */
function holds(outer: Vertex, inner: Vertex): boolean {
  return outer.start <= inner.start && inner.start < outer.end;
}

/** The constructs of its chart that an object is part of, the chart first and itself last. */
function wholesOf(object: Vertex): Vertex[] {
  const wholes = [object];
  for (let whole = object; whole !== whole.chart; wholes.unshift(whole)) whole = whole.parent!;
  return wholes;
}

function chartsNeededBy(chart: Vertex): Vertex[] {
  return [...chart.dependencies.keys()].filter((dependency) => isChart(dependency));
}

function nameOf(construct: IConstruct): string {
  return shownPath(construct.node.path);
}

function notInApp(construct: IConstruct): string {
  return `${nameOf(construct)}, which is not part of this app; the order between two apps is up to what applies them`;
}

/** `a: depends on itself: a => b => a`, with what a step follows from that nobody said. */
function cycleText(cycle: readonly Vertex[]): string {
  const first = nameOf(cycle[0].construct);
  const steps = cycle.map((from, index) => {
    const to = cycle[(index + 1) % cycle.length];
    return `${nameOf(to.construct)}${reasonOf(from, to)}`;
  });
  const shown = steps.length > 10 ? [...steps.slice(0, 5), '…', ...steps.slice(-4)] : steps;
  return `${first}: depends on itself: ${[first, ...shown].join(' => ')}; remove one of these dependencies`;
}

function reasonOf(from: Vertex, to: Vertex): string {
  if (isChart(from) && to.parent === from) return ' (a chart in it)';
  const cause = from.dependencies.get(to) ?? causeBetweenObjects(from, to);
  if (cause === undefined || (cause.from === from && cause.to === to)) return '';
  return ` (${nameOf(cause.from.construct)} depends on ${nameOf(cause.to.construct)})`;
}

function causeBetweenObjects(from: Vertex, to: Vertex): Cause | undefined {
  return wholesOf(from)
    .flatMap((whole) => [...whole.dependencies.values()])
    .find((cause) => holds(cause.to, to));
}
