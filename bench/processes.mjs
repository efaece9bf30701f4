/** What processes cost, from /proc, and the cores that they run on. */
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

const TICKS_PER_SECOND = 100;

/** Fields of /proc/PID/stat from the state on: the name before may hold anything. Undefined for a process that has ended. */
function statOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number);
  } catch {
    return undefined;
  }
}

const [PARENT, USER, SYSTEM, REAPED_USER, REAPED_SYSTEM] = [1, 11, 12, 13, 14];

/** Seconds of CPU that processes have used. */
export function cpuSeconds(...pids) {
  return pids.reduce((sum, pid) => {
    const stat = statOf(pid) ?? [];
    return sum + ((stat[USER] ?? 0) + (stat[SYSTEM] ?? 0)) / TICKS_PER_SECOND;
  }, 0);
}

/** Seconds of CPU that a server and its children have used, those that have ended included. */
export function familyCpuSeconds(pid) {
  const children = readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && statOf(name)?.[PARENT] === pid,
  );
  const stat = statOf(pid) ?? [];
  const ended = ((stat[REAPED_USER] ?? 0) + (stat[REAPED_SYSTEM] ?? 0)) / TICKS_PER_SECOND;
  return cpuSeconds(pid, ...children) + ended;
}

/** Half of the cores for servers and half for their clients, as if they were on machines of their own. */
export function halves() {
  const half = Math.max(1, Math.floor(cpus().length / 2));
  return { half, servers: { cores: `0-${half - 1}` }, client: { cores: `${half}-${2 * half - 1}` } };
}

/** A command on some of the cores, such as `0-1`; on all when there are none given. */
export const pinned = (cores, command) =>
  cores === undefined ? command : ['taskset', '-c', cores, ...command];
