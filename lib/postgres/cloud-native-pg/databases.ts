import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { CNPG_API_VERSION } from '../../inventory/cloud-native-pg-names';
import { emitSpec } from '../../pod/api-object';
import { selectorLabels } from '../../pod/naming';
import { shortDigest } from '../../units/digest';
import type { ServerPlan } from '../postgres-server';
import type { Database } from './types';

/**
 * Databases as resources, which the operator makes and keeps; they stay when their resource goes. That of the application is made with
 * the Cluster, and has one for extensions that come later.
 */
export function emitDatabases(scope: Construct, plan: ServerPlan): ApiObject[] {
  const { name, user, firstStart } = plan;
  const labels = selectorLabels(name, 'postgres');
  const { databases, extensions } = firstStart;
  const all = extensions.length > 0 ? [plan.database, ...databases] : databases;
  return all.map((database) =>
    emitSpec<Database>(
      scope,
      `database-${database}`,
      { name: resourceOf(name, database), labels, apiVersion: CNPG_API_VERSION, kind: 'Database' },
      () => ({
        cluster: { name },
        name: database,
        owner: user,
        databaseReclaimPolicy: 'retain',
        ...(extensions.length > 0 && { extensions: extensions.map((one) => ({ name: one })) }),
      }),
    ),
  );
}

/** A name for Kubernetes, which knows no "_": what had to be changed is told apart by a digest. */
function resourceOf(cluster: string, database: string): string {
  const plain = /^[a-z][a-z0-9-]*[a-z0-9]$/.test(database);
  return plain
    ? `${cluster}-${database}`
    : `${cluster}-${database.replaceAll('_', '-').replace(/^-+|-+$/g, '')}-${shortDigest(database).slice(0, 8)}`;
}
