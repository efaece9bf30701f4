/** Hosts that clients make up: each is a page of its own to store, or a site that is not meant to be there. */
import { many } from '../http';
import { type Attack, statusesIn } from './attack';
import { GUIDE } from './wrong-files';

const family = 'Hosts';

const NAMES = [
  'evil.example',
  'localhost',
  '127.0.0.1',
  '10.0.0.1:8080',
  '[::1]',
  '169.254.169.254',
  '2130706433',
  'shop-web.shop.svc.cluster.local',
  'shop.example.com.evil.example',
  'evilshop.example.com',
  'example.com',
  '*.example.com',
  'shop.example.com@evil.example',
  'evil.example#shop.example.com',
  'shop_example.com',
  '_',
  '.shop.example.com',
];

export const HOSTS: readonly Attack[] = [
  {
    family,
    name: 'F11: hosts that a client makes up fill the cache',
    make: async (site) => {
      const answers = await many(20, 5, (index) => site.get('', { host: `h${index}.evil.example` }));
      return { statuses: [...new Set(answers.map((one) => one?.status))], hits: site.hits() };
    },
    wrong: 'stores a page for each',
    ours: 'refuses them (421), without the cache and without the origin',
    wrongFile: GUIDE,
    onWrong: { statuses: [200], hits: 20 },
    onOurs: { statuses: [421], hits: 0 },
  },
  ...NAMES.map((host): Attack => ({
    family,
    name: `\`${host}\``,
    make: async (site) => {
      await site.lines(`GET ${site.page} HTTP/1.1`, `Host: ${host}`);
      return { hits: site.hits() };
    },
    wrong: 'serves the site, and stores a page',
    ours: 'refuses it',
    wrongFile: GUIDE,
    onWrong: { hits: 1 },
    onOurs: { hits: 0 },
  })),
  {
    family,
    name: 'no host at all',
    make: async (site) => {
      const answer = await site.raw(`GET ${site.page} HTTP/1.0\r\n\r\n`);
      return { served: statusesIn(answer).includes(200), hits: site.hits() };
    },
    wrong: 'serves the site, and stores a page',
    ours: 'refuses it',
    wrongFile: GUIDE,
    onWrong: { served: true, hits: 1 },
    onOurs: { served: false, hits: 0 },
  },
];
