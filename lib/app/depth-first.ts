/** What a walk came to. */
export interface Walk<Node> {
  /** Nodes that were reached, each after its successors. */
  readonly order: readonly Node[];
  /** Closed paths that were met, no two of them with a node in common; each begins anywhere. */
  readonly cycles: ReadonlyArray<readonly Node[]>;
}

/** Walks a graph depth first, on a stack of its own: a chain of dependencies may be longer than the stack of a program. */
export function depthFirst<Node>(
  starts: Iterable<Node>,
  successors: (node: Node) => Iterable<Node>,
): Walk<Node> {
  const order: Node[] = [];
  const cycles: Node[][] = [];
  const met = new Set<Node>();
  const finished = new Set<Node>();
  const onCycle = new Set<Node>();
  const stack: Array<{ readonly node: Node; readonly rest: Iterator<Node> }> = [];
  const enter = (node: Node) => {
    met.add(node);
    stack.push({ node, rest: successors(node)[Symbol.iterator]() });
  };
  const close = (node: Node) => {
    const cycle = stack.slice(stack.findIndex((open) => open.node === node)).map((open) => open.node);
    if (cycle.some((member) => onCycle.has(member))) return;
    cycles.push(cycle);
    cycle.forEach((member) => onCycle.add(member));
  };
  for (const start of starts) {
    if (!met.has(start)) enter(start);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const step = top.rest.next();
      if (step.done) {
        finished.add(top.node);
        order.push(top.node);
        stack.pop();
      } else if (!met.has(step.value)) enter(step.value);
      else if (!finished.has(step.value)) close(step.value);
    }
  }
  return { order, cycles };
}
