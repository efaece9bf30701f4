/** Commands beside each other, each in a process group of its own, so that what it has started ends with it. */
import { spawn } from 'node:child_process';
import { root } from './project.mjs';

const groups = new Set();

/** Runs a command in the project; answers whether it succeeded. A quiet one is heard only when it fails. */
export function runGroup(command, args, { quiet = false, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      detached: true,
      env: { ...process.env, ...env },
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    });
    groups.add(child.pid);
    const said = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => said.push(data));
    child.on('error', reject);
    child.on('close', (status) => {
      if (status !== 0) process.stderr.write(Buffer.concat(said));
      resolve(status === 0);
    });
  });
}

/** Signals all groups; returns whether there was anybody in them. */
export function signalGroups(signal) {
  return [...groups].map((group) => signalGroup(group, signal)).some((had) => had);
}

function signalGroup(group, signal) {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    if (error.code === 'ESRCH') groups.delete(group);
    return false;
  }
}
