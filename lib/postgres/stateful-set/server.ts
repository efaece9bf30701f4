import { Lazy } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { MetricFamily } from '../../connection/monitored';
import { emitSingleInstance } from '../../connection/single-instance';
import { emitConfigMap } from '../../pod/api-object';
import { DEFAULT_IMAGES } from '../../pod/images';
import { namespaceOf, selectorLabels } from '../../pod/naming';
import { KubernetesVersion } from '../../target/kubernetes-version';
import { bytesOf } from '../../units/amounts';
import { emitInitScripts } from '../init-scripts';
import type { PostgresServer, ServerPlan } from '../postgres-server';
import { pgHbaConf, rolesSql } from './files';
import { POSTGRES_EXPORTER_PORT, POSTGRES_PORT } from './layout';
import { postgresPod } from './pod';
import { printPostgresConf } from './postgres-conf';

/** One instance in a StatefulSet, with its files in a ConfigMap. */
export function statefulSetServer(scope: Construct, plan: ServerPlan): PostgresServer {
  const { name, props } = plan;
  const labels = selectorLabels(name, 'postgres');
  const head = { name, labels };
  const credentials = props.credentials ?? Secret.fromSecretName(scope, 'credentials', `${name}-credentials`);
  const conf = () => printPostgresConf(plan.tuning().settings);
  const hba = pgHbaConf({
    requiresTls: plan.tls?.isRequired === true,
    ...(plan.hasSuperuserJobs && { superuser: plan.tls ? 'password-over-tls' : 'password' }),
  });
  const configMap = emitConfigMap(scope, 'config', head, {
    'pg_hba.conf': hba,
    'postgresql.conf': Lazy.any({ produce: conf }) as string,
    'roles.sql': rolesSql(plan.firstStart),
  });
  const initScripts = emitInitScripts(scope, head, plan.firstStart);
  const hasExporter = props.metrics !== false;
  const pod = postgresPod({
    ...head,
    ...plan,
    credentials,
    scripts: initScripts?.name,
    scope,
    kubernetes: KubernetesVersion.of(scope),
    exporterImage: hasExporter ? (props.exporterImage ?? DEFAULT_IMAGES.postgresExporter) : undefined,
  });
  const { network, ...parts } = emitSingleInstance(scope, {
    ...head,
    selector: props.selectorLabels,
    headlessServiceName: props.headlessServiceName,
    pod,
    props,
    port: { name: 'postgres', port: POSTGRES_PORT },
    claim: {
      name: 'data',
      bytes: bytesOf(props.storage),
      initialBytes: props.initialStorage && bytesOf(props.initialStorage),
      storageClassName: props.storageClassName,
    },
  });
  return {
    identity: { namespace: namespaceOf(scope), podLabels: { ...(props.selectorLabels ?? labels) } },
    service: name,
    credentials,
    metrics: hasExporter
      ? { family: MetricFamily.POSTGRES, portName: 'metrics', port: POSTGRES_EXPORTER_PORT, path: '/metrics' }
      : undefined,
    network,
    objects: { configMap, initScripts, ...parts },
  };
}
