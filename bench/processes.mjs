/** What processes cost, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';

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
