/** Law of every format: what is printed is read again as it was. */
import fc from 'fast-check';
import {
  block,
  directive,
  type NginxDirective,
  nginxSize,
  nginxTime,
  type ParsedDirective,
  parseNginxConf,
  parseNginxSize,
  parseNginxTime,
  printNginxConf,
} from '../../lib/nginx/configuration/nginx-conf';
import { parsePgBouncerIni, printPgBouncerIni } from '../../lib/postgres/pooler/pgbouncer-ini';
import { parsePostgresConf, printPostgresConf } from '../../lib/postgres/stateful-set/postgres-conf';
import { parseRedisConf, printRedisConf } from '../../lib/redis/configuration/redis-conf';

const RUNS = { seed: 12, numRuns: 500 };
/** What props may hold: text on one line. */
const line = fc
  .string({ unit: 'grapheme', maxLength: 20 })
  .filter((text) => !/[\p{Cc}\u2028\u2029]/u.test(text));
const name = fc.stringMatching(/^[a-z][a-z_]{0,15}$/);
const reason = fc.stringMatching(/^[ -~]{1,40}$/);

test('nginx.conf', () => {
  const leaf = fc.tuple(name, fc.array(line, { maxLength: 3 })).map(([of, args]) => directive(of, ...args));
  const tree = fc.letrec<{ node: NginxDirective }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc
        .tuple(name, fc.array(line, { maxLength: 2 }), fc.array(tie('node'), { maxLength: 3 }))
        .map(([of, args, inside]) => block(of, args, inside)),
    ),
  })).node;
  const plain = ({ name: of, args, block: inside }: NginxDirective): ParsedDirective => ({
    name: of,
    args: args.map(String),
    ...(inside && { block: inside.map(plain) }),
  });
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 4 }), (directives) => {
      expect(parseNginxConf(printNginxConf(directives))).toEqual(directives.map(plain));
    }),
    RUNS,
  );
});

test('sizes and times of nginx', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 40), fc.nat(10_000_000), (bytes, seconds) => {
      expect(parseNginxSize(nginxSize(bytes))).toBe(bytes);
      expect(parseNginxTime(nginxTime(seconds))).toBe(seconds);
    }),
    RUNS,
  );
});

test('postgresql.conf', () => {
  const settings = fc.uniqueArray(fc.record({ name, value: line, reason }), { selector: (one) => one.name });
  fc.assert(
    fc.property(settings, (all) => {
      const text = printPostgresConf(all.map((one) => ({ ...one, section: 'Other', layer: 'given' })));
      expect(parsePostgresConf(text)).toEqual(new Map(all.map((one) => [one.name, one.value])));
    }),
    RUNS,
  );
});

test('redis.conf', () => {
  const directives = fc.array(fc.record({ name, args: fc.array(line, { maxLength: 3 }), reason }));
  fc.assert(
    fc.property(directives, (all) => {
      const expected = new Map<string, string[][]>();
      for (const one of all) expected.set(one.name, [...(expected.get(one.name) ?? []), one.args]);
      expect(parseRedisConf(printRedisConf(all))).toEqual(expected);
    }),
    RUNS,
  );
});

test('pgbouncer.ini', () => {
  const value = fc.stringMatching(/^[A-Za-z0-9_./*,-]([A-Za-z0-9_./*, -]{0,20}[A-Za-z0-9_./*,-])?$/);
  const databases = fc.uniqueArray(
    fc.record({ name, host: name, port: fc.integer({ min: 1, max: 65_535 }) }),
    { selector: (one) => one.name, maxLength: 3 },
  );
  const directives = fc.uniqueArray(fc.record({ name, value, reason }), { selector: (one) => one.name });
  fc.assert(
    fc.property(databases, directives, (bases, all) => {
      const read = parsePgBouncerIni(printPgBouncerIni({ databases: bases, directives: all }));
      expect(read.settings).toEqual(new Map(all.map((one) => [one.name, one.value])));
      expect([...read.databases].map(([of, fields]) => [of, Object.fromEntries(fields)])).toEqual(
        bases.map((one) => [one.name, { host: one.host, port: `${one.port}`, dbname: one.name }]),
      );
    }),
    RUNS,
  );
});
