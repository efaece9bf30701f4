/** Where backups lie: which addresses are allowed, and what they say of the provider and the port. */

/** Where an object store keeps backups, by the provider that its address names. */
export type StoreProvider = 's3' | 'google' | 'azure';

export function storeProvider(destinationPath: string): StoreProvider {
  if (destinationPath.startsWith('gs://')) return 'google';
  return destinationPath.startsWith('https://') ? 'azure' : 's3';
}

/** A place in an object store. */
export function destinationRule(text: string): string | undefined {
  const path = /^(s3|gs):\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[A-Za-z0-9._~=-]+)*\/?$/;
  const azure =
    /^https:\/\/[a-z0-9]{3,24}\.blob\.core\.windows\.net\/[a-z0-9][a-z0-9-]{1,61}[a-z0-9](\/[A-Za-z0-9._~=-]+)*\/?$/;
  return path.test(text) || azure.test(text)
    ? undefined
    : 's3://bucket/path, gs://bucket/path or https://account.blob.core.windows.net/container/path';
}

/** Address of a store: no path, no credentials. */
export function endpointRule(text: string): string | undefined {
  const [, host, port] = /^https?:\/\/([a-z0-9.-]+?)(?::(\d{1,5}))?\/?$/.exec(text) ?? [];
  const good = host !== undefined && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(host);
  return good && (port === undefined || (Number(port) >= 1 && Number(port) <= 65_535))
    ? undefined
    : 'an address such as https://s3.example.com or http://minio.storage:9000, without a path';
}

/** Port of an address that the rule allows. */
export function endpointPort(address: string): number {
  const [, scheme, port] = /^(https?):\/\/[a-z0-9.-]+?(?::(\d{1,5}))?\/?$/.exec(address) ?? [];
  return port === undefined ? (scheme === 'http' ? 80 : 443) : Number(port);
}
