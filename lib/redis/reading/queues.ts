/** Who keeps jobs in a Redis: by the variables of well-known queues, or by their programs. */
import { variablesOf, wordsOf } from '../../inventory/environment';
import type { ContainerOf, Inventory, WorkloadObject } from '../../inventory/inventory';
import { memo } from '../../inventory/memo';
import { behindHost, mainContainers } from '../../inventory/relations';

/** Variables by which well-known queues are told of their server. */
const QUEUE_VARIABLE =
  /^(QUEUE_(HOST|URL|REDIS_URL|REDIS_HOST)|SIDEKIQ_REDIS_(URL|HOST)|CELERY_(BROKER|BACKEND)_URL|CELERY_RESULT_BACKEND|BROKER_URL|BULL(MQ)?_REDIS_(HOST|URL)|QUEUE_BULL_REDIS_(HOST|URL)|RESQUE_REDIS(_URL)?|RQ_REDIS_(URL|HOST)|HUEY_REDIS_URL|ARQ_REDIS_(URL|HOST)|DRAMATIQ_BROKER_URL|ACTION_CABLE_REDIS_URL|HANGFIRE_REDIS(_URL)?|ASYNQ_REDIS_(ADDR|URL)|FAKTORY_URL|REDIS_QUEUE(_URL|_HOST)?)$/;

/** Any variable that leads to a Redis. */
const REDIS_VARIABLE = /REDIS|VALKEY|CACHE|BROKER/;

/** Programs that take jobs. */
const QUEUE_PROGRAMS =
  /^(sidekiq|sidekiqswarm|celery|rq|rqworker|resque(-pool)?|dramatiq|huey_consumer(\.py)?|arq|bull(mq)?|horizon|queue:(work|listen)|delayed_job|good_job|solid_queue|shoryuken|kiba|que|worker:bull|asynq)$/;

const HOST_IN_URL = /^(?:[a-z+]+:\/\/)?(?:[^@/]*@)?([a-z0-9.-]+)/;

/** Hosts of the Redis that a container keeps jobs in. */
function queueHosts(container: ContainerOf, inventory: Inventory): string[] {
  const words = wordsOf(container, inventory).map((word) => word.split('/').pop() ?? '');
  const isWorker = words.some((word) => QUEUE_PROGRAMS.test(word));
  const hosts = (names: RegExp) =>
    [...variablesOf(container, inventory)]
      .filter(([name]) => names.test(name))
      .flatMap(([, value]) => HOST_IN_URL.exec(value)?.[1] ?? []);
  const named = hosts(QUEUE_VARIABLE);
  // A worker that names no queue of its own has its jobs where its only Redis is.
  return named.length > 0 || !isWorker ? named : hosts(REDIS_VARIABLE);
}

/** Workloads that keep jobs on a server. */
export const queuesByServer = memo((inventory): ReadonlyMap<WorkloadObject, readonly string[]> => {
  const found = new Map<WorkloadObject, Set<string>>();
  for (const container of mainContainers(inventory)) {
    const servers = new Set(
      queueHosts(container, inventory).flatMap((host) =>
        behindHost(host, container.object.namespace, inventory),
      ),
    );
    for (const server of servers)
      found.set(server, (found.get(server) ?? new Set()).add(container.object.name));
  }
  return new Map([...found].map(([server, names]) => [server, [...names]]));
});
