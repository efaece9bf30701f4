import type { TriggerAuthentication } from './trigger-authentication';

/** At least a number of replicas between two times of day. */
export interface ScheduleTriggerOptions {
  /** Time zone of the IANA database, such as `Europe/Berlin`. */
  readonly timeZone: string;
  /** When it begins: minute, hour, day of the month, month and day of the week, such as `0 6 * * MON-FRI`. */
  readonly start: string;
  /** When it ends, in the same form; it must differ from `start`. */
  readonly end: string;
  /** Replicas in between; above `min`, and at most `max`. */
  readonly replicas: number;
}

/** Messages in a queue of RabbitMQ. */
export interface RabbitMqTriggerOptions {
  /** Name of the queue. */
  readonly queue: string;
  /** Messages that one replica should have to itself; above 0. */
  readonly messagesPerReplica: number;
  /** How KEDA logs in: a Secret with the parameter `host`, an address such as `amqp://user:password@queue.shop.svc:5672/`. */
  readonly authentication: TriggerAuthentication;
  /**
   * Virtual host of the queue.
   *
   * @default - that of the address
   */
  readonly virtualHost?: string;
  /**
   * Messages above which a workload of zero replicas wakes up.
   *
   * @default 0
   */
  readonly activationMessages?: number;
}

/** Items of a list of Redis or Valkey. */
export interface RedisListTriggerOptions {
  /** Host of the server with its namespace, such as `data-cache.shop.svc`: KEDA asks from a namespace of its own. */
  readonly host: string;
  /**
   * Port of the server.
   *
   * @default 6379
   */
  readonly port?: number;
  /** Key of the list. */
  readonly list: string;
  /** Items that one replica should have to itself; above 0. */
  readonly itemsPerReplica: number;
  /**
   * Items above which a workload of zero replicas wakes up.
   *
   * @default 0
   */
  readonly activationItems?: number;
  /**
   * Index of the database.
   *
   * @default 0
   */
  readonly databaseIndex?: number;
  /**
   * Whether the server is asked over TLS.
   *
   * @default false
   */
  readonly enableTls?: boolean;
  /**
   * Variable of the workload's container that holds the user, such as the `CACHE_USERNAME` of a CacheRedis.
   *
   * @default - the user that the server knows as `default`, or that of the authentication
   */
  readonly userVariable?: string;
  /**
   * How KEDA logs in: a Secret with the parameter `password`, and `username` where there are users.
   *
   * @default - without a password
   */
  readonly authentication?: TriggerAuthentication;
}

/** The answer of a Prometheus query. */
export interface PrometheusTriggerOptions {
  /** Address of the server with its namespace, such as `http://prometheus.monitoring.svc:9090`; without user and password. */
  readonly server: string;
  /** Expression that gives one number, such as `sum(rate(http_requests_total{service="shop"}[2m]))`. It is passed on as it is. */
  readonly query: string;
  /** What one replica should have of it; above 0. */
  readonly threshold: number;
  /**
   * Answer above which a workload of zero replicas wakes up.
   *
   * @default 0
   */
  readonly activationThreshold?: number;
  /**
   * Whether an empty answer means zero. KEDA's own default, which removes replicas when the metric is lost; without it a
   * lost metric is an error, and the replicas stay.
   *
   * @default false
   */
  readonly emptyIsZero?: boolean;
  /**
   * How KEDA logs in, such as a Secret with the parameter `bearerToken`.
   *
   * @default - not at all
   */
  readonly authentication?: TriggerAuthentication;
  /**
   * Ways to log in: `bearer`, `basic`, `tls`, `custom`. Needed for an authentication that exists already.
   *
   * @default - as the parameters of the Secret say
   */
  readonly authModes?: string[];
}

/** The answer of a Postgres query. */
export interface PostgresTriggerOptions {
  /** Host of the server with its namespace, such as `data-db.shop.svc`: KEDA asks from a namespace of its own. */
  readonly host: string;
  /**
   * Port of the server.
   *
   * @default 5432
   */
  readonly port?: number;
  /** Name of the database. */
  readonly database: string;
  /** Role that asks. The query runs with its rights, so give it no more than to read. */
  readonly user: string;
  /**
   * One SELECT that gives one whole number, such as `SELECT count(*) FROM jobs WHERE state = 'new'`. It is passed on as it
   * is; a second statement and comments are refused.
   */
  readonly query: string;
  /** What one replica should have of it; above 0. */
  readonly valuePerReplica: number;
  /**
   * Answer above which a workload of zero replicas wakes up.
   *
   * @default 0
   */
  readonly activationValue?: number;
  /**
   * Whether TLS is used: `disable`, `allow`, `prefer`, `require`, `verify-ca` or `verify-full`.
   *
   * @default prefer
   */
  readonly sslMode?: string;
  /** How KEDA logs in: a Secret with the parameter `password`. */
  readonly authentication: TriggerAuthentication;
}

/** Any scaler of KEDA, by its own parameters. */
export interface CustomTriggerOptions {
  /** Type of the scaler, such as `aws-sqs-queue`. */
  readonly type: string;
  /** Its parameters, as KEDA's documentation has them. Passwords and tokens belong into `authentication`. */
  readonly metadata: { [parameter: string]: string };
  /**
   * What is compared with the target: `AverageValue`, the metric divided by the replicas, or `Value`, the metric itself.
   *
   * @default AverageValue
   */
  readonly metricType?: string;
  /**
   * How KEDA logs in.
   *
   * @default - not at all
   */
  readonly authentication?: TriggerAuthentication;
}
