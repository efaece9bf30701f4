/** A web app that others connect to: what they are told, and both network policies. */
import { Chart } from 'cdk8s';
import { BackgroundWorker, MigrationJob, ScalableWebApp, TunedApp } from 'cdk8s-tuned';
import { find, IMAGE, type Manifest, manifests, newChart } from '../support/synth';

const policyOf = (objects: Manifest[], name: string): Manifest => find(objects, 'NetworkPolicy', name).spec;
const variablesOf = (object: Manifest): unknown => object.spec.template.spec.containers[0].env;

test('its URL in a variable, and the way to it', () => {
  const chart = newChart();
  const api = new ScalableWebApp(chart, 'price-api', { image: IMAGE, servicePort: 8000, port: 9000 });
  const mail = new BackgroundWorker(chart, 'mail', { image: IMAGE });
  mail.connectTo(api);
  const objects = manifests(chart);
  expect(variablesOf(find(objects, 'Deployment', 'shop-mail'))).toEqual([
    { name: 'PRICE_API_URL', value: 'http://shop-price-api:8000' },
  ]);
  expect(policyOf(objects, 'shop-mail').egress).toContainEqual({
    ports: [{ port: 9000, protocol: 'TCP' }],
    to: [{ podSelector: { matchLabels: { ...api.networkIdentity.podLabels } } }],
  });
  expect(policyOf(objects, 'shop-price-api').ingress).toContainEqual({
    from: [{ podSelector: { matchLabels: { ...mail.networkIdentity.podLabels } } }],
    ports: [{ port: 9000, protocol: 'TCP' }],
  });
});

test('from another namespace by its full name, and under names of one’s own', () => {
  const app = new TunedApp();
  const api = new ScalableWebApp(new Chart(app, 'prices', { namespace: 'prices' }), 'api', { image: IMAGE });
  const chart = new Chart(app, 'shop', { namespace: 'shop' });
  const job = new MigrationJob(chart, 'import', { image: IMAGE });
  job.connectTo(api.connection({ variables: { url: 'SOURCE', host: 'SOURCE_HOST', port: 'SOURCE_PORT' } }));
  const objects = chart.toJson();
  expect(variablesOf(find(objects, 'Job'))).toEqual([
    { name: 'SOURCE', value: 'http://prices-api.prices' },
    { name: 'SOURCE_HOST', value: 'prices-api.prices' },
    { name: 'SOURCE_PORT', value: '80' },
  ]);
});

test('an id that makes no variable needs a name, and so do two values', () => {
  const chart = newChart();
  const api = new ScalableWebApp(chart, '2nd', { image: IMAGE, name: 'second' });
  const mail = new BackgroundWorker(chart, 'mail', { image: IMAGE });
  expect(() => mail.connectTo(api)).toThrow('no variable can be called 2ND_URL; name one in `variables`');
  expect(() => api.connection({ variables: {} })).toThrow('allowed: at least one of url, host and port');
  expect(() => api.connection({ variables: { url: 'A', host: 'A' } })).toThrow(
    'two values cannot have one name',
  );
  const other = new BackgroundWorker(chart, 'other', { image: IMAGE });
  other.connectTo(api.connection({ variables: { url: 'SECOND_URL' } }));
  expect(() => other.connectTo(api)).toThrow('it is connected already');
});
