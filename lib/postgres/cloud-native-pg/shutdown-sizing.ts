/** How long the operator waits for an instance, and what it keeps on disk. */
import { TERMINATION_SLACK_SECONDS } from '../../pod/termination-sizing';
import { GIB, MIB } from '../../units/quantity';
import { shutdownSeconds } from '../stateful-set/layout';

/** Time in which clients may leave by themselves. Pools never do, and nobody new is let in meanwhile, so it is short. */
export const SMART_SHUTDOWN_SECONDS = 15;

/** The operator's time for a stop: WAL that is not archived yet may be uploaded in it. */
const USUAL_STOP_SECONDS = 1800;

/** Time until the instance is killed. */
export function stopSeconds(sharedBuffers: number): number {
  return Math.max(
    USUAL_STOP_SECONDS,
    SMART_SHUTDOWN_SECONDS + shutdownSeconds(sharedBuffers) + TERMINATION_SLACK_SECONDS,
  );
}

/** What the instance manager keeps on local disk: its own program, certificates, sockets and the log's pipe. A proposal. */
export const SCRATCH_BYTES = 512 * MIB;

/** Least volume for WAL. */
export const MIN_WAL_VOLUME = GIB;
