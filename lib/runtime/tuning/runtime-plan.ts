/** What a runtime is told of its container, and what that leaves for everything that is not its heap. */
import type { ContainerResources } from '../../sizing/resources';
import { MIB } from '../../units/quantity';

/** One setting; several of one variable are joined by spaces. */
export interface RuntimeSetting {
  /** Environment variable that carries it. */
  readonly variable: string;
  readonly value: string;
  readonly reason: string;
}

export interface RuntimePlan {
  readonly settings: readonly RuntimeSetting[];
  /** Processes of the application in a pod: each has a pool of connections of its own. */
  readonly processes: number;
  /** What one process may fill with objects. Enforced by the runtime, but for Python and Ruby, which have no bound. */
  readonly heapBytes: number;
  /** What the limit leaves for the rest of all processes. */
  readonly outsideBytes: number;
}

/** Whole CPUs of the limit, rounded up, as the JVM, Go and .NET round; undefined for no limit. */
export function limitedCpus({ cpuLimitMillis }: ContainerResources): number | undefined {
  return cpuLimitMillis === undefined ? undefined : Math.ceil(cpuLimitMillis / 1000);
}

/** CPUs to start processes for: without a limit only those that were asked for are certain. */
export function cpusForProcesses(resources: ContainerResources): number {
  return limitedCpus(resources) ?? Math.ceil(resources.cpuRequestMillis / 1000);
}

export const clamp = (value: number, least: number, most: number) => Math.max(least, Math.min(most, value));

export const wholeMib = (bytes: number) => Math.floor(bytes / MIB);

/** Value of each variable, in the order in which they first occur. */
export function environmentOf(settings: readonly RuntimeSetting[]): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const { variable, value } of settings) {
    const before = environment[variable];
    environment[variable] = before === undefined ? value : `${before} ${value}`;
  }
  return environment;
}

/**
 * Puts a user's options behind ours; one of ours that has the same name is left out.
 *
 * @param nameOf name of the option, the same for all of its values
 */
export function withGivenOptions(
  variable: string,
  computed: readonly RuntimeSetting[],
  given: readonly string[],
  nameOf: (option: string) => string,
): RuntimeSetting[] {
  const names = new Set(given.map(nameOf));
  return [
    ...computed.filter((setting) => setting.variable !== variable || !names.has(nameOf(setting.value))),
    ...given.map((value) => ({ variable, value, reason: 'given' })),
  ];
}

/**
 * glibc makes up to eight arenas for each CPU of the node, and each keeps what its threads have freed. Two are what Heroku
 * gives to all of its Ruby applications. musl and jemalloc do not read the variable.
 */
export const MALLOC_ARENAS: RuntimeSetting = {
  variable: 'MALLOC_ARENA_MAX',
  value: '2',
  reason: 'glibc makes up to eight arenas for each CPU of the node, and each keeps memory that was freed',
};
