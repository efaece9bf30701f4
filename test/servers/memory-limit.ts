/** A memory cgroup with the limit of a container: what is in it and needs more is killed, as it is by Kubernetes. */
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { basename, join } from 'path';

const V1 = '/sys/fs/cgroup/memory';
const V2 = '/sys/fs/cgroup';

/** `npm test` removes what is called after its directory, when it is interrupted. */
const RUN = `${basename(tmpdir())}-cdk8s-tuned`;

const isV1 = existsSync(join(V1, 'memory.limit_in_bytes'));

export class MemoryLimit {
  /** Why there can be none on this machine; undefined when there can. */
  static reason(): string | undefined {
    if (process.getuid?.() !== 0) return 'only root may make a memory cgroup';
    try {
      accessSync(isV1 ? V1 : V2, constants.W_OK);
      if (!isV1) delegateMemory();
      return undefined;
    } catch {
      return 'this machine has no writable memory cgroup';
    }
  }

  static of(name: string, bytes: number): MemoryLimit {
    const path = join(isV1 ? V1 : V2, `${RUN}-${process.pid}-${name}`);
    if (!isV1) delegateMemory();
    mkdirSync(path);
    writeFileSync(join(path, isV1 ? 'memory.limit_in_bytes' : 'memory.max'), `${bytes}`);
    if (!isV1 && existsSync(join(path, 'memory.swap.max'))) writeFileSync(join(path, 'memory.swap.max'), '0');
    return new MemoryLimit(path);
  }

  private constructor(private readonly path: string) {}

  /** A command that enters the cgroup as root, and runs the other one in it as `nobody`. */
  enter(command: readonly string[]): string[] {
    const script = 'echo $$ > "$0" && exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"';
    return ['sh', '-c', script, join(this.path, 'cgroup.procs'), ...command];
  }

  /** The most that was used at one time, in bytes; undefined where the kernel does not tell. */
  peakBytes(): number | undefined {
    const file = join(this.path, isV1 ? 'memory.max_usage_in_bytes' : 'memory.peak');
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  }

  /** How many processes the kernel has killed in it. */
  kills(): number {
    const text = readFileSync(join(this.path, isV1 ? 'memory.oom_control' : 'memory.events'), 'utf8');
    return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? NaN);
  }

  /** What is used now and cannot be given back: memory of processes, and memory that they share; no cached files. */
  heldBytes(): number {
    const stat = readFileSync(join(this.path, 'memory.stat'), 'utf8');
    const of = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1] ?? NaN);
    return of(isV1 ? 'total_rss' : 'anon') + of(isV1 ? 'total_shmem' : 'shmem');
  }

  /** Once everything in it has ended. */
  remove(): void {
    rmdirSync(this.path);
  }
}

function delegateMemory(): void {
  const file = join(V2, 'cgroup.subtree_control');
  if (!readFileSync(file, 'utf8').split(/\s+/).includes('memory')) writeFileSync(file, '+memory');
}
