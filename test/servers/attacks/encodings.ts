/** Who reads gzip and who does not. */
import { gunzipSync } from 'zlib';
import { many, text } from '../http';
import type { Attack } from './attack';
import { GUIDE } from './wrong-files';

const family = 'Encodings';

/** What a client says that does not read gzip. */
const UNREADABLE = [
  'identity',
  'br',
  'br, deflate',
  'gzip;q=0',
  'gzip; q=0',
  'gzip;q=0.0, br',
  'br, gzip;q=0.000',
  'GZIP;q=0',
  'gzip ; q=0',
  'gzipped',
  'x-gzip-2',
  '*;q=0',
  'identity, *;q=0',
];

/** An nginx before 1.23 reads one line of `Vary`, so ours leaves the encoding in it there. */
const spellings: Attack = {
  family,
  name: 'a page for each spelling of Accept-Encoding, when the origin says that it varies by it',
  make: async (site) => {
    await many(20, 5, (index) =>
      site.get('?vary=Accept-Encoding', { 'accept-encoding': `br;q=0.${index}, x-${index}` }),
    );
    return { hits: site.hits() };
  },
  wrong: 'asks the origin for each, and stores it',
  ours: 'knows two forms, on nginx 1.23 and later',
  wrongFile: GUIDE,
  our: 'nginx of today',
  onWrong: { hits: 20 },
  onOurs: { hits: 1 },
};

export const LATER_ENCODINGS: readonly Attack[] = [
  {
    ...spellings,
    name: `${spellings.name}, on nginx 1.22`,
    ours: 'knows two forms, as on later ones',
    our: undefined,
  },
];

export const ENCODINGS: readonly Attack[] = [
  {
    family,
    name: 'F13: a client gets an encoding that it does not read',
    make: async (site) => {
      const zipped = await site.get('', { 'accept-encoding': 'gzip' });
      const plain = await site.get();
      return {
        hits: site.hits(),
        readable: text(plain).startsWith('url='),
        zippedReadable: gunzipSync(zipped.body).toString().startsWith('url='),
      };
    },
    wrong: 'serves the compressed page to everybody',
    ours: 'stores one of each form',
    wrongFile: GUIDE,
    onWrong: { hits: 1, readable: false, zippedReadable: true },
    onOurs: { hits: 2, readable: true, zippedReadable: true },
  },
  ...UNREADABLE.map((value): Attack => ({
    family,
    name: `\`Accept-Encoding: ${value}\` after gzip`,
    make: async (site) => {
      await site.get('', { 'accept-encoding': 'gzip' });
      return { readable: text(await site.get('', { 'accept-encoding': value })).startsWith('url=') };
    },
    wrong: 'serves it the compressed page',
    ours: 'serves the page as it is',
    wrongFile: GUIDE,
    onWrong: { readable: false },
    onOurs: { readable: true },
  })),
  spellings,
];
