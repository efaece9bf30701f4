import { fixed, type Setting } from './setting';

/** Where the files of the certificate are, in the pods of server and poolers. */
export const TLS_DIRECTORY = '/etc/postgresql-tls';

/** Keys of a Secret with a certificate, as cert-manager makes it. */
export const CERTIFICATE_KEYS = { certificate: 'tls.crt', key: 'tls.key', authority: 'ca.crt' } as const;

export const certificatePath = (key: keyof typeof CERTIFICATE_KEYS) =>
  `${TLS_DIRECTORY}/${CERTIFICATE_KEYS[key]}`;

export function encryptionSettings(): Setting[] {
  return fixed('Connections', [
    ['ssl', 'on', 'with the certificate of `certificate`; a renewed one is read after pg_reload_conf()'],
    ['ssl_cert_file', certificatePath('certificate'), 'from the Secret'],
    ['ssl_key_file', certificatePath('key'), 'from the Secret, readable for the group of the pod'],
    ['ssl_min_protocol_version', 'TLSv1.2', 'older ones are broken, and no driver in use needs them'],
  ]);
}
