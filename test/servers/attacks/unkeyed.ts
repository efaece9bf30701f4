/** Headers that are no part of the key, and change what the origin answers. */
import { CREDENTIALS, isListed } from '../../../lib/nginx/configuration/client-headers';
import { text } from '../http';
import { type Attack, shared } from './attack';
import { GUIDE, JUDGED_BY_CLIENTS } from './wrong-files';

const family = 'Headers that are not in the key';

const VALUES: Readonly<Record<string, string>> = {
  'x-forwarded-port': '1337',
  forwarded: 'host=evil.example',
};

/** A header whose page nobody else must get. */
const unkeyed = (header: string): Attack => ({
  family,
  name: `\`${header}\``,
  make: async (site) => {
    const value = VALUES[header] ?? 'evil.example';
    const query = `?echo=${header}`;
    await site.get(query, { [header]: value });
    return { poisoned: text(await site.get(query)).includes(value) };
  },
  wrong: 'passes it on, and everybody gets the page that it made',
  ours: isListed(CREDENTIALS, header)
    ? 'neither stores nor looks up the page of a request that has it'
    : 'overwrites or removes it',
  wrongFile: GUIDE,
  onWrong: { poisoned: true },
  onOurs: { poisoned: false },
});

const NAMES = [
  'x-forwarded-for',
  'x-real-ip',
  'forwarded',
  'x-original-url',
  'x-rewrite-url',
  'x-original-host',
  'x-host',
  'x-http-host-override',
  'x-forwarded-server',
  'x-forwarded-scheme',
  'x-forwarded-ssl',
  'x-forwarded-prefix',
  'x-forwarded-path',
  'x-forwarded-uri',
  'x-forwarded-port',
  'front-end-https',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'proxy',
  'x-forwarded-user',
  'x-forwarded-email',
  'x-forwarded-groups',
  'x-forwarded-preferred-username',
  'x-remote-user',
  'remote-user',
  'x-user',
  'x-user-id',
  'x-webauth-user',
  'x-auth-request-user',
  'x-authenticated-user',
  'x-auth-token',
  'x-access-token',
  'x-api-key',
  'x-session-id',
  'cf-access-jwt-assertion',
  'cf-access-authenticated-user-email',
  'x-goog-iap-jwt-assertion',
  'x-amzn-oidc-data',
  'x-ms-client-principal',
  'x-ssl-client-cert',
  'x-client-cert',
  'x-middleware-subrequest',
  'x-middleware-rewrite',
  'x-matched-path',
  'x-invoke-path',
  'x-nextjs-data',
  'x-original-uri',
  'x-original-path',
  'x-original-method',
  'x-proxy-url',
  'x-forwarded-by',
  'x-forwarded-protocol',
  'x-forwarded-base-url',
  'x-script-name',
  'x-url-scheme',
  'x-wap-profile',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'client-ip',
  'x-originating-ip',
  'x-remote-ip',
  'x-remote-addr',
  'x-debug',
  'x-envoy-original-path',
  'x-accel-redirect',
  'x-sendfile-type',
  'x-amz-website-redirect-location',
];

export const UNKEYED: readonly Attack[] = [
  {
    family,
    name: 'F4: a host and an address for the framework',
    make: async (site) => {
      await site.get('', {
        'x-forwarded-host': 'evil.example',
        'x-original-url': '/admin',
        'x-http-method-override': 'DELETE',
      });
      const victim = await site.get();
      const [{ headers }] = site.seen().slice(-1);
      return {
        victim: /for=(\S+)/.exec(text(victim))?.[1],
        reachedTheOrigin: ['x-original-url', 'x-http-method-override'].filter((name) => name in headers),
      };
    },
    wrong: 'stores a page with links to the attacker’s host, for everybody',
    ours: 'tells the origin the host that is in the key, and nothing else',
    wrongFile: GUIDE,
    onWrong: { victim: 'evil.example', reachedTheOrigin: ['x-original-url', 'x-http-method-override'] },
    onOurs: { victim: 'shop.example.com', reachedTheOrigin: [] },
  },
  ...NAMES.map(unkeyed),
  {
    family,
    name: 'a header in two lines',
    make: async (site) => {
      await site.get('', { 'x-forwarded-host': ['shop.example.com', 'evil.example'] });
      return { poisoned: text(await site.get()).includes('evil') };
    },
    wrong: 'passes both on, and everybody gets the page that they made',
    ours: 'overwrites both',
    wrongFile: GUIDE,
    onWrong: { poisoned: true },
    onOurs: { poisoned: false },
  },
  {
    family,
    name: '`x-judged`, by which servers of this nginx speak to each other',
    make: async (site) => {
      await site.get('?cc=no-store', { 'x-judged': 'cold' });
      return { hits: site.hits() };
    },
    wrong: 'lets a client have an answer judged, so that the origin is asked twice',
    ours: 'overwrites it',
    wrongFile: JUDGED_BY_CLIENTS,
    onWrong: { hits: 2 },
    onOurs: { hits: 1 },
  },
  {
    family,
    name: '`x-verdict`, by which servers of this nginx speak to each other',
    make: shared('?cc=no-store&set=sid=1', { 'x-verdict': 'cold' }),
    wrong: 'lets a client take off what forbids to store the page, and everybody gets it',
    ours: 'overwrites it',
    wrongFile: JUDGED_BY_CLIENTS,
    onWrong: { shared: true },
    onOurs: { shared: false },
  },
];
