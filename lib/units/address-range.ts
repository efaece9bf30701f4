/** Ranges of addresses in CIDR notation. */
import { isIPv4, isIPv6 } from 'net';

/** Length of the prefix of a range; undefined when the text is none. */
export function prefixLength(text: string): number | undefined {
  const [, address = '', digits = ''] = /^([0-9a-f.:]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const most = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
  return digits !== '' && Number(digits) <= most ? Number(digits) : undefined;
}

/** A range of addresses, of IPv4 or IPv6. */
export function addressRangeRule(text: string): string | undefined {
  return prefixLength(text) === undefined
    ? 'an address range in CIDR notation, such as 10.0.0.0/8 or fd00::/8'
    : undefined;
}
