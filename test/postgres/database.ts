/** Manifests of one database, by the props of a test. */
import { Size } from 'cdk8s';
import { TunedPostgres, type TunedPostgresProps } from 'cdk8s-tuned';
import { parsePostgresConf } from '../../lib/postgres/stateful-set/postgres-conf';
import { find, manifests, newChart } from '../support/synth';

export function synth(props: Partial<TunedPostgresProps> = {}) {
  const chart = newChart();
  new TunedPostgres(chart, 'db', { storage: Size.gibibytes(100), ...props });
  return manifests(chart);
}

export const setOf = (props: Partial<TunedPostgresProps> = {}) => find(synth(props), 'StatefulSet');

export const podOf = (props: Partial<TunedPostgresProps> = {}) => setOf(props).spec.template.spec;

export const confOf = (props: Partial<TunedPostgresProps> = {}) =>
  parsePostgresConf(find(synth(props), 'ConfigMap').data['postgresql.conf']);
