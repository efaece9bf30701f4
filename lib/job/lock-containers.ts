/** The two containers of a lock: one holds it beside the program, the other lets the program start when it is held. */
import { EnvValue } from 'cdk8s-plus-27';
import type { JobSpec, PodFailurePolicyRule } from 'kubernetes-types/batch/v1';
import type { ContainerModel, PodModel } from '../pod/pod-model';
import type { ContainerResources } from '../sizing/resources';
import { MIB } from '../units/quantity';
import { literalForKubelet } from '../units/text';
import { HOLD_SCRIPT, LOCK_DIRECTORY, NOT_HELD, WAIT_SCRIPT } from './lock-scripts';

export interface LockPlan {
  readonly image: string;
  readonly waitingSeconds: number;
  /** How psql reaches the database, and the key. */
  readonly env: Map<string, EnvValue>;
}

const VOLUME = 'lock';
const WAITING = 'lock-wait';
/** psql with a session that does nothing. A proposal. */
const RESOURCES: ContainerResources = {
  cpuRequestMillis: 10,
  cpuLimitMillis: 100,
  memoryRequestBytes: 32 * MIB,
  memoryLimitBytes: 64 * MIB,
  ephemeralRequestBytes: 16 * MIB,
  ephemeralLimitBytes: 64 * MIB,
};

/** A wait that is over fails the Job: each further try would wait as long. */
const WAIT_IS_OVER: PodFailurePolicyRule = {
  action: 'FailJob',
  onExitCodes: { containerName: WAITING, operator: 'In', values: [NOT_HELD] },
};

/** Adds them to the pod of a Job. */
export function addLock(pod: PodModel, { image, waitingSeconds, env }: LockPlan): void {
  const common: Pick<ContainerModel, 'image' | 'resources' | 'volumeMounts'> = {
    image,
    resources: RESOURCES,
    volumeMounts: [{ name: VOLUME, mountPath: LOCK_DIRECTORY }],
  };
  const run = (script: string) => ['sh', '-c', literalForKubelet(script)];
  pod.addInitContainer({ ...common, name: 'lock', command: run(HOLD_SCRIPT), env, isNative: true });
  pod.addInitContainer({
    ...common,
    name: WAITING,
    command: run(WAIT_SCRIPT),
    env: new Map([['LOCK_WAIT_SECONDS', EnvValue.fromValue(`${waitingSeconds}`)]]),
  });
  pod.addVolume({ name: VOLUME, emptyDir: { sizeLimit: '1Mi' } });
}

/** What a lock changes of a Job: a wait that is over, and processes that see each other, so that one can end the others. */
export function withLock(spec: JobSpec): JobSpec {
  const { podFailurePolicy, template } = spec;
  return {
    ...spec,
    podFailurePolicy: { rules: [...(podFailurePolicy?.rules ?? []), WAIT_IS_OVER] },
    template: { ...template, spec: template.spec && { ...template.spec, shareProcessNamespace: true } },
  };
}
