import type { Checks } from '../finding/checks';
import { ISTIO_INJECTION, LINKERD_INJECTION, type SidecarInjection } from '../inventory/injected-sidecars';
import type { ContainerResources } from '../sizing/resources';
import { WorkloadProfile } from '../sizing/workload-profile';
import type { KubernetesVersion } from '../target/kubernetes-version';
import { dnsLabelRule } from '../units/names';
import { formatBytes, formatCpu } from '../units/quantity';
import type { PodProps } from './pod-props';

/** How the proxy of a mesh runs beside a workload. */
export interface MeshOptions {
  /**
   * Requests and limits of the proxy; its local disk is the mesh's.
   *
   * @default - what the mesh's own chart has: for Istio 100m to 2 CPU and 128Mi to 1Gi (global.proxy.resources), for Linkerd
   * 100m CPU without a limit and 20Mi to 250Mi (values-ha.yaml)
   */
  readonly profile?: WorkloadProfile;
  /**
   * Namespace of the control plane, which the pods may reach.
   *
   * @default - `istio-system` for Istio, `linkerd` for Linkerd
   */
  readonly controlPlaneNamespace?: string;
  /**
   * Whether the proxy starts before all containers and stops after them, which Istio can from 1.24 and Linkerd from 2.19 on.
   * Say false for an older mesh: its proxy is then told how long to stay.
   *
   * @default true, where the cluster can: from Kubernetes 1.29 on
   */
  readonly nativeSidecar?: boolean;
}

/** What a mesh is told of a pod: how long it takes to stop, and of which cluster it is. */
export interface MeshedPod {
  readonly version: KubernetesVersion;
  readonly preStopSeconds: number;
  readonly drainSeconds: number;
}

/** What a mesh adds to a pod. */
export interface InjectedProxy {
  readonly name: string;
  readonly resources: ContainerResources;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Who speaks to whom in a mesh, as far as network policies have to know. */
export interface MeshTraffic {
  readonly namespace: string;
  readonly controlPorts: readonly number[];
  /** Port of the proxy of a pod on which the proxies of its peers reach it, whatever port of the pod is meant. */
  readonly proxyPort?: number;
}

/** A port of a container of a mesh, and the prop that says it. */
export interface MeshedPort {
  readonly prop: string;
  readonly port: number;
}

interface Kind {
  readonly name: 'Istio' | 'Linkerd';
  readonly injection: SidecarInjection;
  /** Numeric user of the proxy, whose own traffic is not redirected. */
  readonly user: number;
  readonly ports: readonly number[];
  /** Labels and annotations that are this prop's whether it writes them or not; the first one asks for the proxy. */
  readonly keys: readonly string[];
  readonly traffic: MeshTraffic;
  mark(pod: MeshedPod, isNative: boolean): Pick<InjectedProxy, 'labels' | 'annotations'>;
}

/**
 * Sources: istio.io, reference/config/annotations, reference/config/istio.mesh.v1alpha1 (ProxyConfig) and
 * ops/deployment/application-requirements (ports, user 1337; istiod serves xDS and certificates on 15012).
 *
 * A policy sees the port of the application: the redirect to the proxy happens inside of the pod.
 */
const ISTIO: Kind = {
  name: 'Istio',
  injection: ISTIO_INJECTION,
  user: 1337,
  ports: [15000, 15001, 15002, 15004, 15006, 15008, 15020, 15021, 15053, 15090],
  keys: [ISTIO_INJECTION.injectKey, ...ISTIO_INJECTION.nativeKeys],
  traffic: { namespace: 'istio-system', controlPorts: [15012] },
  mark: ({ preStopSeconds, drainSeconds }, isNative) => ({
    labels: { [ISTIO_INJECTION.injectKey]: 'true' },
    annotations: {
      // The proxy is told to stop together with the containers, and would be gone after 5 s. Beside a native sidecar both
      // fields do nothing (files/injection-template.yaml; istio/istio, discussion 53174), and the annotation is the user's.
      ...(!isNative && {
        'proxy.istio.io/config': JSON.stringify({
          holdApplicationUntilProxyStarts: true,
          terminationDrainDuration: `${preStopSeconds + drainSeconds}s`,
        }),
      }),
      [ISTIO_INJECTION.nativeKeys[0]]: `${isNative}`,
    },
  }),
};

/**
 * Sources: linkerd.io, reference/proxy-configuration, tasks/graceful-shutdown and common-errors/network-policy ("any
 * NetworkPolicy which blocks the Linkerd inbound port (4143) will block all meshed traffic"); the ports of the control plane
 * are those of linkerd-dst, linkerd-identity and linkerd-policy in charts/linkerd-control-plane.
 */
const LINKERD: Kind = {
  name: 'Linkerd',
  injection: LINKERD_INJECTION,
  user: 2102,
  ports: [4140, 4143, 4190, 4191],
  keys: [
    LINKERD_INJECTION.injectKey,
    ...LINKERD_INJECTION.nativeKeys,
    'config.alpha.linkerd.io/proxy-wait-before-exit-seconds',
  ],
  traffic: { namespace: 'linkerd', controlPorts: [8080, 8086, 8090], proxyPort: 4143 },
  mark: ({ preStopSeconds, drainSeconds }, isNative) => ({
    labels: {},
    annotations: {
      [LINKERD_INJECTION.injectKey]: 'enabled',
      'config.linkerd.io/proxy-await': 'enabled',
      // A proxy that was told to stop refuses new calls: also those that the requests under way still need. Beside a native
      // sidecar the wait "should not be used".
      ...(!isNative && {
        'config.alpha.linkerd.io/proxy-wait-before-exit-seconds': `${preStopSeconds + drainSeconds}`,
      }),
      [LINKERD_INJECTION.nativeKeys[0]]: `${isNative}`,
    },
  }),
};

/**
 * A mesh that adds a proxy to the pods of a workload. The pods ask for it, its requests and limits are set, it starts before
 * the application and stops after it, the network policy lets it reach its control plane, and every number counts it: an
 * autoscaler measures the main container alone, a VerticalPodAutoscaler leaves the proxy as it is, and quotas have room.
 *
 * Refused are containers, users, ports, labels and annotations that are the proxy's.
 *
 * @example
 * new ScalableWebApp(chart, 'basket', { image: 'registry.example.com/basket:1.4.0', mesh: Mesh.linkerd() });
 * const busy = { cpuRequest: '500m', memoryRequest: '256Mi', memoryLimit: '512Mi' };
 * new ScalableWebApp(chart, 'search', {
 *   image: 'registry.example.com/search:1.4.0',
 *   mesh: Mesh.istio({ profile: WorkloadProfile.fromQuantities(busy) }),
 * });
 */
export class Mesh {
  /**
   * Istio with sidecars: the container `istio-proxy`. A revision is named by `podLabels: { 'istio.io/rev': '…' }`.
   *
   * @param options the proxy, by default as Istio's chart has it
   */
  public static istio(options: MeshOptions = {}): Mesh {
    return new Mesh(ISTIO, options);
  }

  /**
   * Linkerd: the container `linkerd-proxy`.
   *
   * @param options the proxy, by default as Linkerd's chart for high availability has it
   */
  public static linkerd(options: MeshOptions = {}): Mesh {
    return new Mesh(LINKERD, options);
  }

  private constructor(
    private readonly kind: Kind,
    private readonly options: MeshOptions,
  ) {}

  /**
   * Name of the container that it adds.
   *
   * @internal
   */
  public get _container(): string {
    return this.kind.injection.container;
  }

  /** @internal */
  public get _traffic(): MeshTraffic {
    const { traffic } = this.kind;
    return { ...traffic, namespace: this.options.controlPlaneNamespace ?? traffic.namespace };
  }

  /**
   * Checks the options, and that the pod leaves to the proxy what is the proxy's.
   *
   * @internal
   */
  public _check(
    checks: Checks,
    props: PodProps & { readonly runAsUser?: number },
    version: KubernetesVersion,
    ports: readonly MeshedPort[],
  ): void {
    const own = checks.at('mesh');
    this.profile._check(own.at('profile'));
    own.text('controlPlaneNamespace', this.options.controlPlaneNamespace, dnsLabelRule);
    const { kind } = this;
    for (const prop of ['initContainers', 'sidecars'] as const)
      props[prop]?.forEach(({ name, runAsUser }, index) => {
        const at = checks.at(`${prop}[${index}]`);
        if (name === this._container)
          at.fail('name', name, `${kind.name} adds a container of this name; give it another`);
        this.checkUser(at, runAsUser);
      });
    this.checkUser(checks, props.runAsUser);
    for (const { prop, port } of ports)
      if (kind.ports.includes(port))
        checks.fail(
          prop,
          port,
          `the proxy of ${kind.name} listens there; allowed: any port but ${kind.ports.join(', ')}`,
        );
    this.checkKeys(checks, props, version);
  }

  private checkUser(checks: Checks, user: number | undefined): void {
    if (user === this.kind.user)
      checks.fail(
        'runAsUser',
        user,
        `it is the user of the proxy of ${this.kind.name}, whose traffic stays out of the mesh; use another`,
      );
  }

  private checkKeys(checks: Checks, props: PodProps, version: KubernetesVersion): void {
    const { kind } = this;
    const marks = kind.mark({ version, preStopSeconds: 0, drainSeconds: 0 }, this._isNative(version));
    const own = [...kind.keys, ...Object.keys(marks.annotations)];
    const sizes = Object.values(kind.injection.sizeKeys);
    const others = [ISTIO, LINKERD].filter((one) => one !== kind).flatMap(({ keys }) => keys.slice(0, 1));
    for (const prop of ['podLabels', 'podAnnotations'] as const)
      for (const [key, value] of Object.entries(props[prop] ?? {})) {
        const fail = (why: string) => checks.at(prop).fail(key, value, why);
        if (sizes.includes(key))
          fail(`the mesh sets it; leave it out, and give Mesh.${kind.name.toLowerCase()}() a profile`);
        else if (own.includes(key)) fail('the mesh sets it; leave it out, or leave out `mesh`');
        else if (others.includes(key)) fail(`the pod is in ${kind.name}, and in one mesh only; leave it out`);
      }
  }

  /**
   * Whether the proxy starts before all containers and stops after them.
   *
   * @internal
   */
  public _isNative(version: KubernetesVersion): boolean {
    return this.options.nativeSidecar !== false && version._has('nativeSidecars');
  }

  private get profile(): WorkloadProfile {
    return this.options.profile ?? WorkloadProfile.fromQuantities(this.kind.injection.usual);
  }

  /** @internal */
  public _proxy(pod: MeshedPod): InjectedProxy {
    const { kind } = this;
    const { sizeKeys, container } = kind.injection;
    const resources = this.profile._resources();
    const { labels, annotations } = kind.mark(pod, this._isNative(pod.version));
    return {
      name: container,
      resources,
      labels,
      annotations: {
        ...annotations,
        [sizeKeys.cpuRequest]: formatCpu(resources.cpuRequestMillis),
        ...(resources.cpuLimitMillis !== undefined && {
          [sizeKeys.cpuLimit]: formatCpu(resources.cpuLimitMillis),
        }),
        [sizeKeys.memoryRequest]: formatBytes(resources.memoryRequestBytes),
        [sizeKeys.memoryLimit]: formatBytes(resources.memoryLimitBytes),
      },
    };
  }
}

/** Ports of sidecars, which the proxy of a mesh may not listen on. */
export function portsOfSidecars({ sidecars = [] }: PodProps): MeshedPort[] {
  return sidecars.flatMap(({ ports = [] }, index) =>
    ports.map(({ port }, at) => ({ prop: `sidecars[${index}].ports[${at}].port`, port })),
  );
}
