/** The pod of a `MigrationJob` with a lock on this machine: its processes in a namespace of their own, in the order of the kubelet. */
import { writeFileSync } from 'fs';
import { join } from 'path';
import { jobOf } from '../job/jobs';
import type { Manifest } from '../support/synth';
import { freePort, relocate, type Scratch, type Server, startServer } from './harness';
import { SERVERS_PROCESS_NAMESPACE } from './namespaces';
import { PASSWORDS, PATH } from './postgres-client';

/** A signal to all spares the first process, which is the sandbox of a pod, and here the kubelet as well. */
const KUBELET = `[ $$ -eq 1 ] || exit 99
sh -c "$HOLD" &
lock=$!
sh -c "$WAIT"
code=$?
if [ "$code" -eq 0 ]; then
  sh -c "$PROGRAM"
  code=$?
fi
kill -TERM "$lock"
wait "$lock"
exit "$code"
`;

export interface MigrationPod extends Server {
  /** Directory that the containers of the lock share. */
  readonly directory: string;
}

/** Variables of the lock's containers, with the address of a server here. */
export function addressOf(objects: readonly Manifest[], port: number): NodeJS.ProcessEnv {
  const [lock, waiting] = jobOf(objects).pod.initContainers;
  const values = [...lock.env, ...waiting.env].map(({ name, value }: Manifest) => [name, value]);
  return {
    ...Object.fromEntries(values),
    PATH,
    PGHOST: '127.0.0.1',
    PGPORT: `${port}`,
    PGPASSWORD: PASSWORDS.APP_PASSWORD,
  };
}

/** Starts it with a program in the place of the main container; its exit code is that of the container which ended it. */
export async function startMigrationPod(
  objects: readonly Manifest[],
  scratch: Scratch,
  {
    port,
    program,
    held = false,
  }: { readonly port: number; readonly program: string; readonly held?: boolean },
): Promise<MigrationPod> {
  const id = await freePort();
  const directory = scratch.directory(`lock-${id}`);
  if (held) writeFileSync(join(directory, 'held'), '');
  const [lock, waiting] = jobOf(objects).pod.initContainers;
  const script = ({ command }: Manifest) =>
    // The `$$` of a manifest, as the kubelet hands it to a process.
    relocate(command[2].replaceAll('$$', '$'), { '/lock/': `${directory}/` });
  const server = startServer('unshare', [...SERVERS_PROCESS_NAMESPACE, 'sh', '-c', KUBELET], {
    log: join(scratch.path, `migration-${id}.log`),
    env: {
      ...addressOf(objects, port),
      HOLD: script(lock),
      WAIT: script(waiting),
      PROGRAM: program,
    },
  });
  return { ...server, directory };
}
