/** Private pages that are asked for under the name of a static file, or under another type than they have. */
import { cacheStatus, many, text } from '../http';
import { APART, type Attack, SHARED, shared } from './attack';
import { GUIDE } from './wrong-files';

const family = 'Cache deception';

const page = (name: string, path: string, type: string): Attack => ({
  family,
  name,
  make: shared(`${path}?type=${encodeURIComponent(type)}`),
  wrong: 'stores the page of the visitor who was lured there, and the attacker reads it',
  ours: 'stores no page under the name of a static file',
  wrongFile: GUIDE,
  onWrong: SHARED,
  onOurs: APART,
});

const SUFFIXES = (
  'css js mjs png jpg jpeg gif svg ico webp avif woff woff2 ttf map ' +
  'pdf txt xml csv zip gz mp4 mp3 webm swf eot otf bmp tif doc docx xlsx ppt jar'
).split(' ');

export const DECEPTION: readonly Attack[] = [
  {
    family,
    name: 'F3: a private page under the name of a static file, also where no cookie tells that it is private',
    make: async (site) => {
      await site.get('/account/x.css', { cookie: 'sid=BOB' });
      const stranger = /who=(\S.*?) x/.exec(text(await site.get('/account/x.css')))?.[1].trim();
      const pages = await many(2, 1, () => site.get('/by-address/x.css?type=text/html'));
      const json = await many(2, 1, () => site.get('/by-address/x.js?type=application/json'));
      return { stranger, pages: pages.map(cacheStatus), json: json.map(cacheStatus) };
    },
    wrong: 'stores them',
    ours: 'stores none',
    wrongFile: GUIDE,
    onWrong: { stranger: 'sid=BOB', pages: ['MISS', 'HIT'], json: ['MISS', 'HIT'] },
    onOurs: { stranger: 'anonymous', pages: ['MISS', 'MISS'], json: ['MISS', 'MISS'] },
  },
  ...SUFFIXES.map((suffix) => page(`HTML as \`.${suffix}\``, `/account/x.${suffix}`, 'text/html')),
  page('JSON as `.js`', '/api/me/x.js', 'application/json'),
  page('XHTML as `.css`', '/account/x.css', 'application/xhtml+xml'),
  page('HTML with a character set', '/account/x.css', 'text/html; charset=utf-8'),
  page('HTML in capitals', '/account/x.css', 'TEXT/HTML'),
  page('a suffix in capitals', '/account/x.CSS', 'text/html'),
  page('a suffix after a semicolon', '/account;x.css', 'text/html'),
  page('a suffix after an encoded slash', '/account%2Fx.css', 'text/html'),
  page('a suffix after an encoded question mark', '/account%3Fx.css', 'text/html'),
  page('a suffix after an encoded line end', '/account%0Ax.css', 'text/html'),
  page('a suffix after an encoded number sign', '/account%23x.css', 'text/html'),
  page('an encoded suffix', '/account/x%2Ecss', 'text/html'),
  page('a suffix and dots', '/static/../account/x.css', 'text/html'),
];
