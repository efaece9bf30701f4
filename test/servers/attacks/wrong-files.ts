/** The files that attacks harm: the guide's, others with a line that is often seen, and ours with one rule taken out. */

export interface WrongFile {
  readonly name: string;
  /** `relay` is no nginx: it passes bytes on. */
  readonly from: 'guide' | 'guide over TLS' | 'ours' | 'ours before a strange origin' | 'relay';
  readonly edit?: (conf: string) => string;
}

/** Replaces all of it; it must be there. */
const replacing = (pattern: RegExp, by: string) => (conf: string) => {
  const edited = conf.replace(new RegExp(pattern, `g${pattern.flags}`), by);
  if (edited === conf) throw new Error(`not in the file: ${pattern.source}`);
  return edited;
};

const guideWith = (name: string, lines: string): WrongFile => ({
  name: `the guide’s, with ${name}`,
  from: 'guide',
  edit: replacing(/proxy_pass http:\/\/backend;/, `proxy_pass http://backend; ${lines}`),
});

const guideWithKey = (name: string, key: string): WrongFile => ({
  name: `the guide’s, with ${name}`,
  from: 'guide',
  edit: replacing(/proxy_cache_key [^;]*;/, `proxy_cache_key "${key}";`),
});

const oursWithout = (name: string, pattern: RegExp, by = ''): WrongFile => ({
  name: `ours without ${name}`,
  from: 'ours',
  edit: replacing(pattern, by),
});

export const GUIDE: WrongFile = { name: 'the guide’s', from: 'guide' };

/** One of the guide's, for clients of HTTP/2. */
export const overTls = ({ name, edit }: WrongFile): WrongFile => ({
  name: `${name}, over HTTP/2`,
  from: 'guide over TLS',
  edit,
});

export const GUIDE_OVER_TLS = overTls(GUIDE);

/** The line by which "nginx does not cache" is answered everywhere. */
export const IGNORING = guideWith(
  '`proxy_ignore_headers Cache-Control Expires Set-Cookie Vary`',
  'proxy_ignore_headers Cache-Control Expires Set-Cookie Vary X-Accel-Expires;',
);

export const ANY_HOST = guideWith('`proxy_set_header Host $http_host`', 'proxy_set_header Host $http_host;');

/** nginx lets those who wait go to the origin after five seconds, unless it is told otherwise. */
export const LOCK = guideWith('`proxy_cache_lock on`', 'proxy_cache_lock on;');

export const CONDITIONS = guideWith(
  'what the client has passed on, and `proxy_cache_valid any`',
  `${['If-None-Match', 'If-Match', 'If-Modified-Since', 'If-Unmodified-Since', 'If-Range', 'Range']
    .map((name) => `proxy_set_header ${name} $http_${name.toLowerCase().replaceAll('-', '_')};`)
    .join(' ')} proxy_cache_valid any 1m;`,
);

export const DECODED_KEY = guideWithKey('`$uri$is_args$args` in the key', '$scheme$host$uri$is_args$args');

export const NO_QUERY = guideWithKey('`$uri` alone in the key', '$scheme$host$uri');

export const NO_METHOD = guideWithKey('no method in the key', '$scheme$host$request_uri');

export const NO_HOST = guideWithKey('no host in the key', '$scheme$request_method$request_uri');

const methods = 'proxy_cache_methods GET HEAD POST;';

export const POSTS = guideWith('`proxy_cache_methods … POST`', methods);

export const POSTS_AS_GETS: WrongFile = {
  name: `${POSTS.name} and no method in the key`,
  from: 'guide',
  edit: (conf) => NO_METHOD.edit?.(POSTS.edit?.(conf) ?? '') ?? '',
};

export const NO_JUDGE = oursWithout(
  '`limit_conn crowds`, so nobody is judged',
  /^\s*limit_conn crowds 1;\n/m,
);

export const NO_RENEWAL_JUDGED = oursWithout(
  'the judge of renewed pages',
  /^\s*~\^EXPIRED expired;\n|^\s*"~\^EXPIRED" expired;\n/m,
);

export const STALE_FOR_ALL = oursWithout(
  'the row for `must-revalidate` and its like',
  /^.*\(must-revalidate\|proxy-revalidate\|s-maxage.*\n/m,
);

export const STALE_FOR_A_DAY: WrongFile = { name: 'ours with a `serveStale` of a day', from: 'ours' };

export const JUDGED_BY_CLIENTS = oursWithout(
  '`X-Judged` and `X-Verdict` overwritten',
  /proxy_set_header X-Judged \$judged;\s*proxy_set_header X-Verdict "";/,
);

export const DECODED_PATH: WrongFile = {
  name: 'ours with `proxy_pass http://origin$uri`',
  from: 'ours before a strange origin',
  edit: replacing(/proxy_pass http:\/\/compressor;/, 'proxy_pass http://origin$uri;'),
};

export const UPGRADES: WrongFile = {
  name: 'ours with `Upgrade` passed on for every path',
  from: 'ours before a strange origin',
  edit: (conf) =>
    replacing(
      /(location @past_cache|location \/) \{/,
      '$1 { proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;',
    )(conf),
};

export const RELAY: WrongFile = { name: 'a relay of bytes, which is no nginx', from: 'relay' };
