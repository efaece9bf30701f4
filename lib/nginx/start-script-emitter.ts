import { CONFIG_DIRECTORY, PLACEHOLDER, SCRATCH_DIRECTORY } from './proxy-rules';

/**
 * How nginx is started. It is the same for everybody; nothing of a user's is part of it.
 *
 * nginx reads neither the DNS servers nor the search domains of `/etc/resolv.conf`, and both have another name in every
 * second distribution. The kubelet writes the right ones there, so they are taken from it. `sh`, `awk` and `sed` are in
 * the Debian and in the Alpine image.
 */
export const START_SCRIPT = `set -eu
configuration=\${1:-${CONFIG_DIRECTORY}/nginx.conf}
resolv=\${RESOLV_CONF:-/etc/resolv.conf}
servers=$(awk '$1 == "nameserver" { printf "%s%s", (n++ ? " " : ""), (index($2, ":") ? "[" $2 "]" : $2) }' "$resolv")
namespace=$(awk '$1 == "search" { print $2 }' "$resolv")
services=$(awk '$1 == "search" { print $3 }' "$resolv")
sed -E "/^ *(resolver|server) /{
s/${PLACEHOLDER.dnsServers}/\${servers}/
s/${PLACEHOLDER.namespaceDomain}/\${namespace}/
s/${PLACEHOLDER.serviceDomain}/\${services}/
}" "$configuration" > ${SCRATCH_DIRECTORY}/nginx.conf
exec nginx -c ${SCRATCH_DIRECTORY}/nginx.conf -e stderr -g 'daemon off;'
`;
