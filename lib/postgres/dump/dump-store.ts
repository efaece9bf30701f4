/** The object store of a dump: what rclone is told, how large it is, and what its pods reach. */
import { EnvValue } from 'cdk8s-plus-27';
import type { NetworkAccess } from '../../connection/network-access';
import { NetworkPeer } from '../../connection/network-peer';
import type { Checks } from '../../finding/checks';
import { SUPPRESSION_ANNOTATION, withSuppression } from '../../finding/suppression';
import { DEFAULT_IMAGES } from '../../pod/images';
import { checkKeys } from '../../pod/pod-extras';
import type { ContainerModel } from '../../pod/pod-model';
import { dnsLabelRule, dnsSubdomainRule, filePathRule, imageRule } from '../../units/names';
import { destinationRule, endpointPort, endpointRule, storeProvider } from '../cloud-native-pg/object-store';
import type { ObjectStoreDestinationOptions } from './dump-destination';
import { transferSizing } from './dump-sizing';
import { STORE_KEYS, storeVariables } from './upload-emitter';

/** A container of rclone, without its command. */
export function rcloneContainer(
  store: ObjectStoreDestinationOptions,
  storageBytes: number,
): Omit<ContainerModel, 'name' | 'command'> {
  const { image, endpointUrl, region, credentials } = store;
  const variables = storeVariables({ endpointUrl, region, hasCredentials: credentials !== undefined });
  const env = new Map([...variables].map(([name, value]) => [name, EnvValue.fromValue(value)]));
  if (credentials)
    for (const [key, variable] of Object.entries(STORE_KEYS)) env.set(variable, credentials.envValue(key));
  return { image: image ?? DEFAULT_IMAGES.rclone, env, resources: transferSizing(storageBytes) };
}

/** Lets the pods reach the store. */
export function allowStore(
  network: NetworkAccess,
  { endpointUrl, peer }: ObjectStoreDestinationOptions,
): void {
  const port = endpointUrl === undefined ? 443 : endpointPort(endpointUrl);
  network.allowTo(peer ?? NetworkPeer.anywhere(), [port]);
  if (!peer)
    network.policy.metadata.addAnnotation(
      SUPPRESSION_ANNOTATION,
      withSuppression(undefined, 'NET-005', 'no manifest has the address of the object store'),
    );
}

export function checkStore(checks: Checks, store: ObjectStoreDestinationOptions): void {
  checks.made(store);
  const { destinationPath, endpointUrl, region } = store;
  checks.text('destinationPath', destinationPath, s3Rule);
  checks.text('folder', store.folder, filePathRule);
  checks.text('endpointUrl', endpointUrl, endpointRule);
  checks.text('region', region, dnsLabelRule);
  if (endpointUrl === undefined && region === undefined)
    checks.fail('region', undefined, 'AWS answers by region; give that of the bucket, or an `endpointUrl`');
  checks.text('credentials', store.credentials?.name, dnsSubdomainRule);
  checkKeys(checks.at('serviceAccountAnnotations'), store.serviceAccountAnnotations);
  store.peer?._check(checks, 'peer');
  checks.text('image', store.image, imageRule);
}

function s3Rule(text: string): string | undefined {
  return destinationRule(text) === undefined && storeProvider(text) === 's3'
    ? undefined
    : 's3://bucket/path; other stores have an address that speaks S3, for `endpointUrl`';
}
