/**
 * Containers that are in no manifest: the proxy that a mesh adds to a pod whose template asks for it. It takes part in what
 * autoscalers measure and in what a pod requests; nothing else can be said of it, since its image and its probes are the
 * mesh's.
 */
import { type Json, recordAt, recordsAt, textAt, textsAt } from './json';

/** Requests and limits as a mesh or a profile writes them. */
export interface ProxySize {
  readonly cpuRequest?: string;
  readonly cpuLimit?: string;
  readonly memoryRequest?: string;
  readonly memoryLimit?: string;
}

/** How pods are told to a mesh. */
export interface SidecarInjection {
  /** Name of the container that it adds. */
  readonly container: string;
  /** Annotations of the pod that set the requests and limits of the container. */
  readonly sizeKeys: Readonly<Record<keyof ProxySize, string>>;
  /** Annotations of the pod that make it a native sidecar with the value `true`. */
  readonly nativeKeys: readonly string[];
  /** What the container has in an installation for production that nobody changed. */
  readonly usual: Readonly<Record<'cpuRequest' | 'memoryRequest' | 'memoryLimit', string>> & ProxySize;
}

/**
 * Sources: istio.io, reference/config/annotations and labels; istio/istio, charts/istio-discovery: values.yaml
 * (global.proxy.resources) and files/injection-template.yaml.
 */
export const ISTIO_INJECTION = {
  container: 'istio-proxy',
  /** A label; the annotation of the same name is the old way, and the label counts before it. */
  injectKey: 'sidecar.istio.io/inject',
  sizeKeys: {
    cpuRequest: 'sidecar.istio.io/proxyCPU',
    cpuLimit: 'sidecar.istio.io/proxyCPULimit',
    memoryRequest: 'sidecar.istio.io/proxyMemory',
    memoryLimit: 'sidecar.istio.io/proxyMemoryLimit',
  },
  nativeKeys: ['sidecar.istio.io/nativeSidecar'],
  usual: { cpuRequest: '100m', cpuLimit: '2', memoryRequest: '128Mi', memoryLimit: '1Gi' },
} as const satisfies SidecarInjection & { readonly injectKey: string };

/**
 * Sources: linkerd.io, reference/proxy-configuration and tasks/adding-your-service; linkerd/linkerd2,
 * charts/linkerd-control-plane/values-ha.yaml (proxy.resources).
 */
export const LINKERD_INJECTION = {
  container: 'linkerd-proxy',
  /** An annotation. */
  injectKey: 'linkerd.io/inject',
  sizeKeys: {
    cpuRequest: 'config.linkerd.io/proxy-cpu-request',
    cpuLimit: 'config.linkerd.io/proxy-cpu-limit',
    memoryRequest: 'config.linkerd.io/proxy-memory-request',
    memoryLimit: 'config.linkerd.io/proxy-memory-limit',
  },
  // The second is the name before Linkerd 2.19, which still works.
  nativeKeys: [
    'config.beta.linkerd.io/proxy-enable-native-sidecar',
    'config.alpha.linkerd.io/proxy-enable-native-sidecar',
  ],
  usual: { cpuRequest: '100m', memoryRequest: '20Mi', memoryLimit: '250Mi' },
} as const satisfies SidecarInjection & { readonly injectKey: string };

/** A container that a mesh adds, as far as the pod template says it. */
export interface InjectedSidecar {
  /** Name and resources, as a manifest would have them. */
  readonly container: Json;
  /** Whether it starts before the init containers that are written. */
  readonly isNative: boolean;
}

/** What meshes add to the pods of a template, a Pod included. */
export function injectedSidecars(template: unknown): readonly InjectedSidecar[] {
  const labels = textsAt(template, 'metadata', 'labels');
  const annotations = textsAt(template, 'metadata', 'annotations');
  const spec = recordAt(template, 'spec');
  // Neither mesh touches the network of a node.
  if (spec?.hostNetwork === true) return [];
  const { injectKey: istio } = ISTIO_INJECTION;
  const { injectKey: linkerd } = LINKERD_INJECTION;
  return [
    ...(/^(true|y|yes|on)$/i.test(labels[istio] ?? annotations[istio] ?? '')
      ? [sidecarOf(ISTIO_INJECTION, annotations, istioSize(annotations))]
      : []),
    ...(/^(enabled|ingress)$/.test(annotations[linkerd] ?? '')
      ? [
          sidecarOf(LINKERD_INJECTION, annotations, {
            ...LINKERD_INJECTION.usual,
            ...written(LINKERD_INJECTION, annotations),
          }),
        ]
      : []),
  ].filter(({ container }) => !isWritten(spec, container.name));
}

/** One annotation of the size, and none of the installation's counts: the template of the injection has it so. */
function istioSize(annotations: Readonly<Record<string, string>>): ProxySize {
  const own = written(ISTIO_INJECTION, annotations);
  return Object.keys(own).length > 0 ? own : ISTIO_INJECTION.usual;
}

function written({ sizeKeys }: SidecarInjection, annotations: Readonly<Record<string, string>>): ProxySize {
  return Object.fromEntries(
    Object.entries(sizeKeys).flatMap(([amount, key]) =>
      key in annotations ? [[amount, annotations[key]]] : [],
    ),
  );
}

function sidecarOf(
  { container: name, nativeKeys }: SidecarInjection,
  annotations: Readonly<Record<string, string>>,
  { cpuRequest, cpuLimit, memoryRequest, memoryLimit }: ProxySize,
): InjectedSidecar {
  const quantities = (cpu?: string, memory?: string) => ({
    ...(cpu !== undefined && { cpu }),
    ...(memory !== undefined && { memory }),
  });
  return {
    container: {
      name,
      resources: {
        requests: quantities(cpuRequest, memoryRequest),
        limits: quantities(cpuLimit, memoryLimit),
      },
    },
    isNative: nativeKeys.some((key) => annotations[key] === 'true'),
  };
}

/** Whether the manifest has the container already, written by `kube-inject` or to change what is injected. */
function isWritten(spec: Json | undefined, name: unknown): boolean {
  return ['containers', 'initContainers'].some((field) =>
    recordsAt(spec, field).some((one) => textAt(one, 'name') === name),
  );
}
