import { METRICS_LOG, METRICS_LOG_DIRECTORY, PLACEHOLDER, SCRATCH_DIRECTORY } from '../tuning/proxy-rules';

/** Size at which the log for the exporter is emptied, in bytes; a quarter of its volume. */
const METRICS_LOG_BYTES = 16 * 1024 * 1024;

/**
 * How nginx is started. It is the same for everybody; nothing of a user's is part of it.
 *
 * nginx reads neither the DNS servers nor the search domains of `/etc/resolv.conf`, and both have another name in every
 * second distribution. The kubelet writes the right ones there, so they are taken from it. `sh`, `awk` and `sed` are in
 * the Debian and in the Alpine image.
 *
 * With a listener of IPv6, nginx does not start where the kernel has none; without one, nobody reaches a pod that has nothing
 * else, the probes of the kubelet neither. So each listener gets its pair where there is an address of IPv6. Where there is
 * none that leads out of the node, names are not resolved to IPv6 either.
 *
 * The log for the exporter is emptied in place when it has grown: nginx appends to it, and the exporter starts anew.
 */
export const START_SCRIPT = `set -eu
configuration=$1
resolv=\${RESOLV_CONF:-/etc/resolv.conf}
servers=$(awk '$1 == "nameserver" { printf "%s%s", (n++ ? " " : ""), (index($2, ":") ? "[" $2 "]" : $2) }' "$resolv")
namespace=$(awk '$1 == "search" { print $2 }' "$resolv")
services=$(awk '$1 == "search" { print $3 }' "$resolv")
inet6=\${IF_INET6:-/proc/net/if_inet6}
if [ -r "$inet6" ] && read -r _ < "$inet6"; then pair='s/^( *listen )([0-9]+[ ;].*)$/&\\n\\1[::]:\\2/'; else pair=; fi
if [ -r "$inet6" ] && awk '$4 == "00" { out = 1 } END { exit !out }' "$inet6"; then resolve6=; else resolve6='s/^( *resolver .*);$/\\1 ipv6=off;/'; fi
sed -E "$pair
$resolve6
/^ *(resolver|server) /{
s/${PLACEHOLDER.dnsServers}/\${servers}/
s/${PLACEHOLDER.namespaceDomain}/\${namespace}/
s/${PLACEHOLDER.serviceDomain}/\${services}/
}" "$configuration" > ${SCRATCH_DIRECTORY}/nginx.conf
if [ -d ${METRICS_LOG_DIRECTORY} ]; then
  while sleep 10; do
    if [ "$(wc -c < ${METRICS_LOG})" -gt ${METRICS_LOG_BYTES} ]; then : > ${METRICS_LOG}; fi
  done &
fi
exec nginx -c ${SCRATCH_DIRECTORY}/nginx.conf -e stderr -g 'daemon off;'
`;
