/**
 * The names that Kubernetes and DNS accept. Each function answers with what is allowed when the text is not,
 * and with undefined when it is.
 */

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

/** A StatefulSet's name must leave room for the revision hash label of its pods; the shortest limit we emit for. */
export const MAX_RESOURCE_NAME = 52;

/** RFC 1035 label with our length limit: the name of a construct's objects, and the stem of its children's. */
export function resourceNameRule(text: string): string | undefined {
  if (/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(text) && text.length <= MAX_RESOURCE_NAME) return undefined;
  return `a DNS label of at most ${MAX_RESOURCE_NAME} characters: lower-case letters, digits and "-", starting with a letter`;
}

/** RFC 1123 label: namespaces, label-like names. */
export function dnsLabelRule(text: string): string | undefined {
  if (LABEL.test(text) && text.length <= 63) return undefined;
  return 'a DNS label of at most 63 characters: lower-case letters, digits and "-"';
}

/** RFC 1123 subdomain: names of Secrets, ConfigMaps, IngressClasses, hosts. */
export function dnsSubdomainRule(text: string): string | undefined {
  if (text.length <= 253 && text.split('.').every((part) => LABEL.test(part) && part.length <= 63))
    return undefined;
  return 'a DNS name of at most 253 characters: labels of lower-case letters, digits and "-", joined by "."';
}

const IN_CLUSTER = /\.(svc|cluster\.local)$/;
const OUTSIDE =
  'a DNS name outside of the cluster: two labels or more of lower-case letters, digits and "-", joined by ".", and no address';

/** A whole DNS name of something that is no Service of the cluster; no top-level domain is a number, as an address has. */
export function outsideNameRule(text: string): string | undefined {
  const isWhole = /\.[^.]*[^.0-9][^.]*$/.test(text) && dnsSubdomainRule(text) === undefined;
  return isWhole && !IN_CLUSTER.test(text) ? undefined : OUTSIDE;
}

/** A pattern of such names: `*` in any label but the last two, or `**` as the first label. */
export function outsidePatternRule(text: string): string | undefined {
  const labels = text.split('.');
  const open = labels.slice(0, -2);
  const isOpen = open.some((label) => label.includes('*'));
  const isClear = open.every((label, at) => !label.includes('**') || (at === 0 && label === '**'));
  // A star stands for characters of a label, as a letter does.
  const isPattern = outsideNameRule(text.replace(/\*/g, 'x')) === undefined;
  const isNamed = labels.slice(-2).every((label) => !label.includes('*'));
  return isOpen && isClear && isPattern && isNamed
    ? undefined
    : `${OUTSIDE}, with "*" before the last two; "**" may be the first`;
}

/** A host of an Ingress, HTTPRoute or server_name: a DNS name, with `*.` in front where a wildcard is meant. */
export function hostRule(text: string): string | undefined {
  const rest = text.startsWith('*.') ? text.slice(2) : text;
  const rule = dnsSubdomainRule(rest);
  return rule === undefined ? undefined : `${rule}; "*." may stand in front`;
}

/** An absolute URL path as Ingress, HTTPRoute and probes take it, kept to characters that no configuration format reads otherwise. */
export function pathRule(text: string): string | undefined {
  if (/^\/[A-Za-z0-9\-._~!&'()*+,=:@%/]*$/.test(text) && text.length <= 1024) return undefined;
  return 'a path that starts with "/" and holds only letters, digits and -._~!&\'()*+,=:@%/';
}

/**
 * A path of an Ingress or an HTTPRoute. Besides what `pathRule` says, both refuse what a server may read as another path, and
 * rule COR-013 a quote.
 */
export function routePathRule(text: string): string | undefined {
  const isPlain = !/\/\/|\/\.\.?(\/|$)|%(?![0-9a-fA-F]{2})|%2f/i.test(text) && !text.includes("'");
  if (isPlain && pathRule(text) === undefined) return undefined;
  return 'a path that starts with "/", of letters, digits, -._~!&()*+,=:@/ and "%" with two digits of base 16, without "//", "/.", "/.." and "%2F"';
}

/** A path that a probe asks, with a query if need be. */
export function probePathRule(text: string): string | undefined {
  const [path, query = '', ...more] = text.split('?');
  if (pathRule(path) === undefined && more.length === 0 && /^[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*$/.test(query))
    return undefined;
  return 'a path that starts with "/", and a query after one "?" at most';
}

/** Name of a header of HTTP (RFC 9110, token). */
export function headerNameRule(text: string): string | undefined {
  if (/^[A-Za-z0-9!#$%&'*+\-.^_`|~]{1,256}$/.test(text)) return undefined;
  return "letters, digits and !#$%&'*+-.^_`|~";
}

/** Value of a header that a route sets (RFC 9110, field-value without what is obsolete). */
export function headerValueRule(text: string): string | undefined {
  if (/^[!-~]([ -~]{0,4094}[!-~])?$/.test(text)) return undefined;
  return 'printable characters of ASCII, 1 to 4096, without a blank at either end';
}

/** Name of an environment variable, as every shell and the API server accept it. */
export function envNameRule(text: string): string | undefined {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && text.length <= 253) return undefined;
  return 'letters, digits and "_", not starting with a digit';
}

/** Label or annotation key: an optional DNS prefix and a name. */
export function labelKeyRule(text: string): string | undefined {
  const [name, prefix, ...more] = text.split('/').reverse();
  const good =
    more.length === 0 &&
    // cdk8s takes an object with this key for an instance of a class and does not render it.
    text !== 'constructor' &&
    (prefix === undefined || dnsSubdomainRule(prefix) === undefined) &&
    name !== '' &&
    name.length <= 63 &&
    LABEL_VALUE.test(name);
  return good
    ? undefined
    : 'a label key: [DNS prefix/]name, the name at most 63 letters, digits, "-", "_" and "."';
}

export function labelValueRule(text: string): string | undefined {
  if (text.length <= 63 && LABEL_VALUE.test(text)) return undefined;
  return 'a label value: at most 63 letters, digits, "-", "_" and ".", starting and ending with a letter or digit';
}

/**
 * A role or database of Postgres. With a "-" it is quoted in SQL, which everything of ours does; connection strings,
 * `pgbouncer.ini` and command lines take it as it is.
 */
const SQL_NAME = /^(?!pg_)[a-z_][a-z0-9_-]{0,62}$/;
const SQL_NAME_ALLOWED =
  'at most 63 lower-case letters, digits, "_" and "-", not starting with a digit, "-" or "pg_"';

/** A database that can be made beside those that every server has. */
export function databaseNameRule(text: string): string | undefined {
  if (SQL_NAME.test(text) && !['postgres', 'template0', 'template1'].includes(text)) return undefined;
  return `${SQL_NAME_ALLOWED}, and not "postgres", "template0" or "template1"`;
}

/** A role that can be made; `public` and `none` are words of SQL, also in quotes. */
export function roleNameRule(text: string): string | undefined {
  if (SQL_NAME.test(text) && !['postgres', 'public', 'none'].includes(text)) return undefined;
  return `${SQL_NAME_ALLOWED}, and not "postgres", "public" or "none"`;
}

/** A table, column, index or schema of Postgres that is the same with and without quotes. */
export function sqlIdentifierRule(text: string): string | undefined {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(text)) return undefined;
  return 'at most 63 lower-case letters, digits and "_", not starting with a digit';
}

const IMAGE =
  /^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?(?::\d{1,5})?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*(?<tag>:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?<digest>@sha256:[0-9a-f]{64})?$/;

/** An image reference with a tag, a digest, or both. */
export function imageRule(text: string): string | undefined {
  const match = text.length <= 512 ? IMAGE.exec(text) : null;
  if (match?.groups?.tag ?? match?.groups?.digest) return undefined;
  return 'an image reference with a tag or a sha256 digest, such as registry.example.com/shop:1.8.2';
}

/** Name of a gRPC service, such as `shop.v1.Orders`. */
export function grpcServiceRule(text: string): string | undefined {
  return /^[A-Za-z_][\w./-]{0,252}$/.test(text)
    ? undefined
    : 'letters, digits and "_./-", such as shop.v1.Orders';
}

/** Key of a ConfigMap or a Secret. */
export function configKeyRule(text: string): string | undefined {
  if (/^[-._A-Za-z0-9]{1,253}$/.test(text) && text !== '.' && text !== '..') return undefined;
  return 'letters, digits and "-._"';
}

/** A file inside of a volume. */
export function filePathRule(text: string): string | undefined {
  if (/^[\w.@+-]+(\/[\w.@+-]+)*$/.test(text) && !text.split('/').includes('..')) return undefined;
  return 'a path without a "/" at its begin and without "..", of letters, digits and "_.@+-/"';
}

/** A directory or file of a container. */
export function mountPathRule(text: string): string | undefined {
  const isGood = /^(\/[\w.@+-]+)+\/?$/.test(text) && !text.split('/').includes('..') && text.length <= 1024;
  return isGood
    ? undefined
    : 'an absolute path without "..", of letters, digits and "_.@+-/", but not the root';
}

/** Address of IPv4 or IPv6. */
export function addressRule(text: string): string | undefined {
  const isFour = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(text);
  return isFour || /^(?=.*:)[0-9a-fA-F:.]{2,45}$/.test(text) ? undefined : 'an IP address, such as 10.0.0.7';
}

/** Who logs in to a store that somebody else runs; accounts of a cloud are addresses of mail. */
export function loginNameRule(text: string): string | undefined {
  return /^\w[\w.@+-]{0,127}$/.test(text)
    ? undefined
    : 'at most 128 letters, digits and "_.@+-", not starting with ".", "@", "+" or "-"';
}
