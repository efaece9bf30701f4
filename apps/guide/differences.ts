import { Checklist, type Finding, TunedApp } from 'cdk8s-tuned';
import { parseAllDocuments } from 'yaml';
import { GuideAsWritten } from './as-written';
import { GuideReconciled } from './reconciled';

/** A contradiction of the guide, what the checklist says of it, and what stands in its place. */
export interface Difference {
  readonly rule: string;
  /** The guide's own numbers, as the checklist found them. */
  readonly asWritten: string;
  /** The numbers now, as the manifests have them. */
  readonly reconciled: string;
  readonly why: string;
}

/** The reconciled stack; `read` follows a path into one of its objects. */
class Stack {
  constructor(private readonly objects: readonly unknown[]) {}

  read(kind: string, name: string, ...path: ReadonlyArray<string | number>): string {
    const object = this.objects.find(
      (one) => follow(one, ['kind']) === kind && follow(one, ['metadata', 'name']) === name,
    );
    const value = follow(object, path);
    if (typeof value !== 'string' && typeof value !== 'number')
      throw new Error(`the reconciled guide has no ${kind} ${name} with ${path.join('.')}`);
    return `${value}`;
  }

  /** A variable of the application. */
  variable(name: string): string {
    const env = ['spec', 'template', 'spec', 'containers', 0, 'env'];
    for (let index = 0; ; index += 1) {
      if (this.read('Deployment', 'scalable-app', ...env, index, 'name') === name)
        return this.read('Deployment', 'scalable-app', ...env, index, 'value');
    }
  }

  /** The line of a configuration file that begins with a name. */
  line(configMap: string, file: string, name: string): string {
    const text = this.read('ConfigMap', configMap, 'data', file);
    return new RegExp(`^ *(${name} [^;\\n]*)`, 'm').exec(text)?.[1] ?? '';
  }

  memoryLimit(name: string): string {
    return this.read(
      'StatefulSet',
      name,
      ...'spec.template.spec.containers'.split('.'),
      0,
      'resources',
      'limits',
      'memory',
    );
  }
}

function follow(value: unknown, path: ReadonlyArray<string | number>): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      at !== null && typeof at === 'object' ? (at as Record<string | number, unknown>)[key] : undefined,
    value,
  );
}

/** Where to look in the reconciled stack, and why the number changed. */
const CHANGES: ReadonlyArray<{
  readonly rule: string;
  readonly now: (stack: Stack) => string;
  readonly why: string;
}> = [
  {
    rule: 'DB-002',
    now: (stack) =>
      `pool ${stack.variable('DB_POOL_SIZE')} + overflow ${stack.variable('DB_MAX_OVERFLOW')}, solved for 20 replicas and a rollout`,
    why: 'the database refuses from the seventh pod on',
  },
  {
    rule: 'REL-001',
    now: (stack) =>
      `maxUnavailable ${stack.read('PodDisruptionBudget', 'scalable-app', 'spec', 'maxUnavailable')}`,
    why: 'no pod may ever be evicted: node drains hang',
  },
  {
    rule: 'HPA-006',
    now: (stack) => `updateMode ${updateMode(stack)}: it recommends`,
    why: 'both move the same ratio: they fight',
  },
  { rule: 'VPA-001', now: (stack) => `updateMode ${updateMode(stack)}`, why: 'deprecated since VPA 1.4' },
  {
    rule: 'OOM-002',
    now: (stack) =>
      `${stack.line('app-cache', 'cache.conf', 'maxmemory')} in a limit of ${stack.memoryLimit('app-cache')}`,
    why: 'the kernel kills Redis before it evicts; and Redis knows no "Gi"',
  },
  {
    rule: 'OOM-001',
    now: (stack) => `a limit of ${stack.memoryLimit('app-db')} for the same settings`,
    why: 'the tuned database does not fit its own container',
  },
  {
    rule: 'CAC-004',
    now: (stack) => stack.line('web-server', 'nginx.conf', 'proxy_no_cache'),
    why: 'a private answer is stored and served to others',
  },
  {
    rule: 'CAC-003',
    now: (stack) =>
      ['proxy_cache_lock', 'proxy_cache_background_update']
        .map((name) => stack.line('web-server', 'nginx.conf', name))
        .join('; '),
    why: 'a cold key sends every waiting client to the origin',
  },
];

function updateMode(stack: Stack): string {
  return stack.read('VerticalPodAutoscaler', 'scalable-app', 'spec', 'updatePolicy', 'updateMode');
}

export interface Guide {
  /** What the checklist says of the guide's own objects. */
  readonly asWritten: readonly Finding[];
  /** What it says of the reconciled stack. */
  readonly reconciled: readonly Finding[];
  readonly differences: readonly Difference[];
}

/** Synthesizes both stacks and compares them. */
export function compareGuide(): Guide {
  const asWritten = Checklist.check(synthesize((app) => new GuideAsWritten(app, 'as-written')));
  const objects = synthesize((app) => new GuideReconciled(app, 'reconciled'));
  const stack = new Stack(objects);
  return {
    asWritten,
    reconciled: Checklist.check(objects),
    differences: CHANGES.map(({ rule, now, why }) => ({
      rule,
      asWritten: asWritten.find((finding) => finding.rule === rule)?.measured ?? 'not found',
      reconciled: now(stack),
      why,
    })),
  };
}

function synthesize(make: (app: TunedApp) => unknown): unknown[] {
  const app = new TunedApp();
  make(app);
  return parseAllDocuments(app.synthYaml()).map((document) => document.toJS() as unknown);
}
