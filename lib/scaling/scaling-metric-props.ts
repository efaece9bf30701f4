/** A series of the custom or external metrics API. */
export interface NamedMetricOptions {
  /** Name of the metric, such as `http_requests_per_second`, as its adapter serves it. */
  readonly metric: string;
  /**
   * Labels that the series must have.
   *
   * @default - every series of the name
   */
  readonly matchLabels?: { [label: string]: string };
}

/** A metric that every pod serves, such as requests per second. */
export interface PodsMetricOptions extends NamedMetricOptions {
  /** What one pod should have on average; above 0, with at most three decimals. */
  readonly averageValue: number;
}

/** A metric of something outside of the pods. Exactly one of `value` and `averageValue` is set. */
export interface ExternalMetricOptions extends NamedMetricOptions {
  /**
   * What the metric itself should be; above 0, with at most three decimals.
   *
   * @default - `averageValue` is the target
   */
  readonly value?: number;
  /**
   * What the metric divided by the replicas should be; above 0, with at most three decimals.
   *
   * @default - `value` is the target
   */
  readonly averageValue?: number;
}

/** A metric of one object, such as the requests per second of an Ingress. */
export interface ObjectMetricOptions extends ExternalMetricOptions {
  /** API version of the object, such as `networking.k8s.io/v1`. */
  readonly apiVersion: string;
  /** Kind of the object, such as `Ingress`. */
  readonly kind: string;
  /** Name of the object, in the namespace of the workload. */
  readonly name: string;
}
