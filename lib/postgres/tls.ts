/** TLS between clients, poolers and the server, with the certificate of a Secret. */
import { EnvValue, type ISecret } from 'cdk8s-plus-27';
import type { Volume, VolumeMount } from 'kubernetes-types/core/v1';
import type { TlsFacts } from '../connection/database-variables';
import type { Checks } from '../finding/checks';
import { dnsSubdomainRule } from '../units/names';
import { CERTIFICATE_KEYS, certificatePath, TLS_DIRECTORY } from './tuning/encryption';

/** The certificate of a database, and whether it must be used. */
export interface PostgresTls {
  readonly certificate: ISecret;
  /** Whether who comes without TLS is turned away. */
  readonly isRequired: boolean;
}

export interface TlsProps {
  readonly certificate?: ISecret;
  readonly requireTls?: boolean;
}

export function tlsOf({ certificate, requireTls }: TlsProps): PostgresTls | undefined {
  return certificate && { certificate, isRequired: requireTls !== false };
}

export function checkTls(
  checks: Checks,
  props: TlsProps,
  { isManaged }: { readonly isManaged: boolean },
): void {
  const { certificate, requireTls } = props;
  checks.text('certificate', certificate?.name, dnsSubdomainRule);
  if (isManaged && certificate !== undefined)
    checks.fail(
      'certificate',
      certificate.name,
      'CloudNativePG makes certificates of its own, and its servers and poolers answer TLS with them; remove it. ' +
        'The Secret `<name>-ca` has the authority for clients that check it',
    );
  if (requireTls !== undefined && certificate === undefined)
    checks.fail(
      'requireTls',
      requireTls,
      isManaged
        ? 'whom CloudNativePG lets in is its own business; remove it'
        : 'there is no certificate; set `certificate`',
    );
}

/**
 * The server refuses a key that others may read. The files belong to root, and with this mode the kubelet gives them the
 * group of the pod, which is the one group that Postgres lets read the key of root.
 */
const KEY_MODE = 0o440;

export function certificateVolume({ certificate }: Pick<PostgresTls, 'certificate'>): Volume {
  return { name: 'tls', secret: { secretName: certificate.name, defaultMode: KEY_MODE } };
}

/** The certificate that poolers answer with, and the authority by which they check the server: of one Secret, or of two. */
export function poolerVolume(certificate: ISecret | undefined, authority: ISecret | undefined): Volume[] {
  const one = certificate ?? authority;
  if (one === undefined) return [];
  if (certificate === undefined || authority === undefined || certificate.name === authority.name)
    return [certificateVolume({ certificate: one })];
  const from = ({ name }: ISecret, keys: readonly string[]) => ({
    secret: { name, items: keys.map((key) => ({ key, path: key })) },
  });
  const { certificate: own, key, authority: theirs } = CERTIFICATE_KEYS;
  const sources = [from(certificate, [own, key]), from(authority, [theirs])];
  return [{ name: 'tls', projected: { defaultMode: KEY_MODE, sources } }];
}

/** The authority alone, for pods that check the server and have no certificate of their own. */
export function authorityVolume({ certificate }: Pick<PostgresTls, 'certificate'>): Volume {
  const { authority } = CERTIFICATE_KEYS;
  return {
    name: 'tls',
    secret: { secretName: certificate.name, items: [{ key: authority, path: authority }] },
  };
}

/** Variables of libpq with which our own Jobs check the server. */
export function clientTls(tls: PostgresTls | undefined): Array<[string, EnvValue]> {
  return tls === undefined
    ? []
    : [
        ['PGSSLMODE', EnvValue.fromValue('verify-full')],
        ['PGSSLROOTCERT', EnvValue.fromValue(certificatePath('authority'))],
      ];
}

export const CERTIFICATE_MOUNT: VolumeMount = { name: 'tls', mountPath: TLS_DIRECTORY, readOnly: true };

/** What a consumer is told of it. */
export function tlsFacts(tls: PostgresTls): TlsFacts {
  return {
    mode: tls.isRequired ? 'require' : 'prefer',
    authority: tls.certificate.envValue(CERTIFICATE_KEYS.authority),
  };
}

/** How the exporter beside a server connects: over loopback, where the name in the certificate says nothing. */
export function loopbackMode(tls: PostgresTls | undefined): 'require' | 'disable' {
  return tls ? 'require' : 'disable';
}
