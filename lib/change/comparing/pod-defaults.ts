/** What the API server fills into pods (kubernetes/kubernetes pkg/apis/core/v1/defaults.go). */
import { type Json, recordAt, textAt } from '../../inventory/json';
import { parseImage } from '../../units/image';
import type { Defaults } from './server-defaults';

const PROBE: Defaults = {
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
  httpGet: { scheme: 'HTTP', path: '/' },
  grpc: { service: '' },
};

const HANDLER: Defaults = { httpGet: { scheme: 'HTTP', path: '/' } };

/** `Always` for the tag `latest` and for no tag. */
function pullPolicyOf(container: Json): string {
  const { tag, digest } = parseImage(textAt(container, 'image') ?? '');
  return digest === undefined && (tag === undefined || tag === 'latest') ? 'Always' : 'IfNotPresent';
}

const CONTAINER: Defaults = {
  imagePullPolicy: pullPolicyOf,
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  stdin: false,
  stdinOnce: false,
  tty: false,
  livenessProbe: PROBE,
  readinessProbe: PROBE,
  startupProbe: PROBE,
  lifecycle: { postStart: HANDLER, preStop: HANDLER },
  resources: {
    requests: (resources) =>
      recordAt(resources, 'limits') && {
        ...recordAt(resources, 'limits'),
        ...recordAt(resources, 'requests'),
      },
  },
  'ports[]': { protocol: 'TCP' },
  'env[]': { valueFrom: { fieldRef: { apiVersion: 'v1' } } },
  'volumeMounts[]': { readOnly: false },
};

const MODE = 0o644;

/** Spec of a claim, also of one in a template. */
export const CLAIM_SPEC: Defaults = { volumeMode: 'Filesystem' };

export const POD_SPEC: Defaults = {
  restartPolicy: 'Always',
  dnsPolicy: 'ClusterFirst',
  schedulerName: 'default-scheduler',
  terminationGracePeriodSeconds: 30,
  enableServiceLinks: true,
  hostNetwork: false,
  hostPID: false,
  hostIPC: false,
  securityContext: () => ({}),
  serviceAccountName: (pod) => textAt(pod, 'serviceAccount'),
  serviceAccount: null,
  'containers[]': CONTAINER,
  'initContainers[]': CONTAINER,
  'volumes[]': {
    configMap: { defaultMode: MODE },
    secret: { defaultMode: MODE },
    downwardAPI: { defaultMode: MODE, 'items[]': { fieldRef: { apiVersion: 'v1' } } },
    projected: {
      defaultMode: MODE,
      'sources[]': {
        serviceAccountToken: { expirationSeconds: 3600 },
        downwardAPI: { 'items[]': { fieldRef: { apiVersion: 'v1' } } },
      },
    },
    hostPath: { type: '' },
    ephemeral: { volumeClaimTemplate: { spec: CLAIM_SPEC } },
  },
};

/** The template of a workload. */
export const POD_TEMPLATE: Defaults = { spec: POD_SPEC };
