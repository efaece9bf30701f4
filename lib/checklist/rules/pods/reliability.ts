import { FindingSeverity } from '../../../finding/finding';
import { isBoundToNode, takesHostPorts } from '../../../inventory/claims';
import { mountedFiles } from '../../../inventory/configured-servers';
import { get, recordAt, recordsAt, textAt, textsAt } from '../../../inventory/json';
import { relationsOf, servers } from '../../../inventory/relations';
import { podsOfShare } from '../../../inventory/replicas';
import { keepsState } from '../../../inventory/server-images';
import { loneDatabase, toOnePod } from '../../one-pod';
import { objects, type Rule, rule, when } from '../../rule';
import { preStopSeconds } from './probes';

/** Whether a number or a share of pods is none. */
const isNone = (value: unknown) => value === 0 || value === '0%';

export const RELIABILITY_RULES: readonly Rule[] = [
  rule({
    id: 'REL-003',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'A StatefulSet has its headless Service, and its volumes a size',
    why: 'Without the Service the pods have no names; two instances of a database without replication are two databases.',
    evidence: 'kube-score statefulset-has-servicename.',
    of: (inventory) => objects(inventory, 'StatefulSet'),
    check: ({ object }, inventory) => {
      const name = textAt(object.manifest, 'spec', 'serviceName');
      const service = name === undefined ? undefined : inventory.find('Service', object.namespace, name);
      const workload = inventory.workload(object.kind, object.namespace, object.name);
      const database = workload && loneDatabase(workload, inventory);
      const claims = recordsAt(object.manifest, 'spec', 'volumeClaimTemplates');
      return [
        ...when(get(service?.manifest, 'spec', 'clusterIP') !== 'None', {
          path: 'spec.serviceName',
          measured:
            name === undefined ? 'not set' : `${name}, which is ${service ? 'not headless' : 'not there'}`,
          expected: 'a Service with clusterIP None',
          fix: 'add a headless Service and name it',
        }),
        ...claims.flatMap((claim, index) =>
          when(textAt(claim, 'spec', 'resources', 'requests', 'storage') === undefined, {
            path: `spec.volumeClaimTemplates[${index}].spec.resources.requests.storage`,
            measured: 'not set',
            expected: 'a size',
            fix: 'set it',
          }),
        ),
        ...(workload && database && workload.maxReplicas > 1
          ? [
              {
                path: 'spec.replicas',
                measured: `${workload.maxReplicas}`,
                expected: '1: nothing replicates between them',
                fix: `${toOnePod(workload)}, or an operator that replicates`,
              },
            ]
          : []),
      ];
    },
  }),
  rule({
    id: 'REL-004',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'A rollout loses no request',
    why: 'A rollout that removes pods before new ones are ready drops below capacity; a pod that stops at once still gets requests.',
    evidence: 'Endpoints are removed while a pod stops; kube-linter no-rolling-update-strategy.',
    of: (inventory) =>
      servers(inventory).filter(
        (workload) =>
          workload.object.kind === 'Deployment' && relationsOf(workload, inventory).services.length > 0,
      ),
    check: (workload, inventory) => {
      const { object, containers, podPath, maxReplicas } = workload;
      // A second pod would wait for the volume or the port of the first: Recreate, or no surge, is what it needs.
      const isBound =
        isBoundToNode(workload, inventory) ||
        takesHostPorts(workload) ||
        containers.some(({ container }) => keepsState(container));
      const strategy = recordAt(object.manifest, 'spec', 'strategy');
      const away =
        podsOfShare(get(strategy, 'rollingUpdate', 'maxUnavailable') ?? '25%', maxReplicas, false) ?? 0;
      return [
        ...when(!isBound && (textAt(strategy, 'type') === 'Recreate' || away > 0), {
          path: 'spec.strategy',
          measured:
            textAt(strategy, 'type') === 'Recreate'
              ? 'Recreate'
              : `takes ${away} of ${maxReplicas} away before there are new ones`,
          expected: 'RollingUpdate with maxUnavailable 0',
          fix: 'set maxUnavailable 0 and a maxSurge',
          // Without a maxSurge a quarter is added.
          edit:
            textAt(strategy, 'type') === 'Recreate' || isNone(get(strategy, 'rollingUpdate', 'maxSurge'))
              ? undefined
              : { kind: 'set', path: 'spec.strategy.rollingUpdate.maxUnavailable', value: 0 },
        }),
        ...when(!containers.some(({ container, isInit }) => !isInit && preStopSeconds(container) > 0), {
          path: `${podPath}.containers[0].lifecycle.preStop`,
          measured: 'none that waits',
          expected: 'a few seconds in which it still serves',
          fix: 'sleep 5 to 10 seconds in preStop',
        }),
      ];
    },
  }),
  rule({
    id: 'REL-007',
    severity: FindingSeverity.WARNING,
    title: 'A changed configuration reaches the pods',
    why: 'A changed ConfigMap restarts nothing: half of the pods run with the old configuration until something else restarts them.',
    evidence: 'The checksum annotation of Helm’s tips and tricks; cert-manager#8637.',
    of: (inventory) => servers(inventory).filter((workload) => mountedFiles(workload, inventory).length > 0),
    check: (workload, inventory) => {
      const annotations = {
        ...textsAt(workload.object.manifest, 'spec', 'template', 'metadata', 'annotations'),
        // A controller that restarts the pods is asked for at the object.
        ...textsAt(workload.object.manifest, 'metadata', 'annotations'),
      };
      const rolls =
        Object.keys(annotations).some((key) =>
          /checksum|hash|sha256|reload|wave\.pusher\.com|configmap-version|config-version/i.test(key),
        ) ||
        mountedFiles(workload, inventory).every(({ configMap }) => configMap.manifest.immutable === true);
      return when(!rolls, {
        path: 'spec.template.metadata.annotations',
        measured: 'nothing that changes with the configuration',
        expected: 'a checksum of the ConfigMap, or immutable ConfigMaps with a name of their own',
        fix: 'add an annotation such as checksum/config',
      });
    },
  }),
  rule({
    id: 'REL-013',
    severity: FindingSeverity.ERROR,
    title: 'A rollout can add or take away a pod',
    why: 'With neither it could never begin, so the API server refuses it.',
    evidence: 'Kubernetes API: maxSurge and maxUnavailable cannot both be 0.',
    of: (inventory) => servers(inventory).filter(({ object }) => object.kind === 'Deployment'),
    check: ({ object }) => {
      const update = recordAt(object.manifest, 'spec', 'strategy', 'rollingUpdate');
      return when(isNone(update?.maxSurge) && isNone(update?.maxUnavailable), {
        path: 'spec.strategy.rollingUpdate',
        measured: 'maxSurge 0 and maxUnavailable 0',
        expected: 'one of them above 0',
        fix: 'set maxSurge 25%',
        edit: { kind: 'set', path: 'spec.strategy.rollingUpdate.maxSurge', value: '25%' },
      });
    },
  }),
];
