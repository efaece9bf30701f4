import { roundUpTo } from '../../units/quantity';
import { formatTime } from '../parameters/postgres-units';
import type { PostgresWorkload } from '../postgres-workload';
import { computed, fixed, type Setting } from './setting';

/** How many connections are wanted, and who says so. Undefined: nobody does, the workload's usual number is offered. */
export type ConnectionDemand =
  /** `max_connections` itself. */
  | { readonly from: 'user'; readonly connections: number; readonly behindPoolers?: boolean }
  /** What the pools of all consumers take at their largest. */
  | { readonly from: 'consumers'; readonly clients: number }
  /** What all poolers open, and those who connect past them. */
  | { readonly from: 'poolers'; readonly clients: number };

/** Connections that are offered even when each can sort little. */
export const MIN_CONNECTIONS = 20;

/** One more pod should not restart the database: what consumers take is rounded up to this. */
const CONSUMER_STEP = 20;

export interface ConnectionInput {
  readonly demand: ConnectionDemand | undefined;
  /** Connections that nobody's pool may take. */
  readonly reserved: number;
  /** The workload's usual number. */
  readonly usual: number;
  /** As many as the memory bears with room to sort. */
  readonly comfortable: number;
}

/** Connections that there must be, whatever the memory. */
export function leastConnections(demand: ConnectionDemand | undefined, reserved: number): number {
  if (demand?.from === 'user') return demand.connections;
  return demand?.from === 'poolers' ? demand.clients + reserved : MIN_CONNECTIONS;
}

export function solveConnections({ demand, reserved, usual, comfortable }: ConnectionInput): number {
  const least = leastConnections(demand, reserved);
  if (demand && demand.from !== 'consumers') return least;
  const wanted = demand ? roundUpTo(demand.clients + reserved, CONSUMER_STEP) : usual;
  return Math.max(least, Math.min(wanted, usual, comfortable));
}

export function connectionSettings(
  input: ConnectionInput,
  maxConnections: number,
  workload: PostgresWorkload,
  superuserReserved: number,
): Setting[] {
  return [
    ...computed('Connections', [
      ['max_connections', `${maxConnections}`, reasonOf(input, maxConnections, workload)],
      [
        'superuser_reserved_connections',
        `${superuserReserved}`,
        'an administrator gets in when the applications have taken all others',
      ],
    ]),
    ...fixed('Connections', [
      [
        'idle_in_transaction_session_timeout',
        formatTime(60_000),
        'a forgotten transaction holds locks and keeps dead rows alive',
      ],
      ['password_encryption', 'scram-sha-256', 'md5 is deprecated'],
    ]),
  ];
}

function reasonOf(
  { demand, usual }: ConnectionInput,
  maxConnections: number,
  workload: PostgresWorkload,
): string {
  if (demand?.from === 'user') return 'as given; the memory bound holds with all of them';
  if (demand?.from === 'poolers')
    return 'all that the poolers open, also while a rollout replaces them, those who connect past them, and the reserve: fewer connections leave more memory to each';
  if (maxConnections === usual)
    return `usual for the workload "${workload}", and the memory bound holds with all of them`;
  if (demand && maxConnections >= demand.clients)
    return 'all that the consumers may open at their largest, and the reserve: fewer connections leave more memory to each';
  return 'as many as the memory bound allows with room to sort';
}
