import { execFileSync } from 'child_process';
import { chmodSync, writeFileSync } from 'fs';
import { join } from 'path';
import { own } from './harness';

/** Makes an authority and a certificate of it for a name, in the files of a Secret of cert-manager. */
export function makeCertificate(directory: string, name: string): void {
  const at = (file: string) => join(directory, file);
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.crt'),
  );
  openssl('req', ...key, '-subj', `/CN=${name}`, '-keyout', at('tls.key'), '-out', at('tls.csr'));
  // Clients in Go look for the name there alone.
  writeFileSync(at('names.cnf'), `subjectAltName = DNS:${name}\n`);
  openssl(
    ...['x509', '-req', '-in', at('tls.csr'), '-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-CAcreateserial'],
    ...['-days', '2', '-extfile', at('names.cnf'), '-out', at('tls.crt')],
  );
  for (const file of ['ca.crt', 'tls.crt', 'tls.key']) {
    chmodSync(at(file), 0o440);
    own(at(file));
  }
}
