/** Who reads gzip and who does not. */
import { gunzipSync } from 'zlib';
import { text } from '../http';
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
];
