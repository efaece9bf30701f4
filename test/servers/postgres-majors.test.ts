/** What is emitted for each major, on servers of the oldest, of Debian's and of the newest. */
import fc from 'fast-check';
import { mkdtempSync, writeFileSync } from 'fs';
import { join } from 'path';
import { imageCapabilities } from '../../lib/postgres/image-capabilities';
import { definitionOf } from '../../lib/postgres/parameters/parameter-definition';
import { parseSize } from '../../lib/postgres/parameters/postgres-units';
import {
  PostgresDisk,
  PostgresImageFamily,
  PostgresVersion,
  PostgresWorkload,
} from '../../lib/postgres/postgres-workload';
import { printPostgresConf } from '../../lib/postgres/stateful-set/postgres-conf';
import { tunePostgres, type Tuning, type TuningInput } from '../../lib/postgres/tuning/postgres-tuning';
import { MIB } from '../../lib/units/quantity';
import { freePort, own, runCommand, scratchDirectory, startServer, until } from './harness';
import { embeddedPrograms, PROGRAMS } from './postgres-client';
import { Database } from './postgres-server';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

/** Those of npm are built without lz4, zstd and liburing; Debian's is built like the image. */
const SERVERS = [
  {
    version: PostgresVersion.V13,
    programs: embeddedPrograms('13', scratch),
    built: { lz4: false, zstd: false },
  },
  { version: PostgresVersion.V15, programs: PROGRAMS, built: {} },
  {
    version: PostgresVersion.V18,
    programs: embeddedPrograms('18', scratch),
    built: { lz4: false, zstd: false },
  },
] as const;

describe.each(SERVERS)('Postgres $version', ({ version, programs, built }) => {
  const inputs = fc.record({
    memoryBytes: fc.integer({ min: 512, max: 8192 }).map((mebibytes) => mebibytes * MIB),
    cpuMillis: fc.integer({ min: 100, max: 32_000 }),
    volumeBytes: fc.integer({ min: 1024, max: 100_000 }).map((mebibytes) => mebibytes * MIB),
    disk: fc.constantFrom(...Object.values(PostgresDisk)),
    workload: fc.constantFrom(...Object.values(PostgresWorkload)),
    hugePages: fc.boolean(),
  });
  const tune = (input: Omit<TuningInput, 'version' | 'image' | 'parameters'>): Tuning => {
    const image = { ...imageCapabilities(PostgresImageFamily.DEBIAN, version), ...built };
    return tunePostgres({ ...input, version, image, parameters: {} });
  };
  const samples = fc.sample(inputs, { numRuns: 40, seed: 20_250_728 }).map(tune);

  function configurationFile(tuning: Tuning): string {
    const file = join(mkdtempSync(join(scratch.path, 'conf-')), 'postgresql.conf');
    own(join(file, '..'));
    writeFileSync(file, printPostgresConf(tuning.settings));
    return file;
  }
  let pgdata: string;
  beforeAll(async () => {
    pgdata = await Database.initialize(scratch, programs);
  });
  const asked = (tuning: Tuning, name: string) =>
    runCommand(join(programs, 'postgres'), [
      '-D',
      pgdata,
      '-C',
      name,
      '-c',
      `config_file=${configurationFile(tuning)}`,
    ]);

  test('states of its parameters what the table says', async () => {
    const { stdout } = await runCommand(join(programs, 'postgres'), ['--describe-config']);
    const TYPES: Record<string, string> = { BOOLEAN: 'bool', ENUM: 'enum', INTEGER: 'integer', REAL: 'real' };
    const number = (text: string) => (text === '' ? undefined : Number(text));
    const stated = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'))
      // What no table lists: pg_settings does not show it either, but it can be set in the file.
      .filter(([name]) => definitionOf(name, version) !== undefined);
    expect(stated.length).toBeGreaterThan(280);
    const differing = stated.flatMap(([name, context, , type, , least, most]) => {
      const known = definitionOf(name, version);
      const good =
        known?.context === context &&
        known.type === (TYPES[type] ?? 'string') &&
        // The server prints ranges of reals rounded.
        (known.type === 'real' ||
          type === 'ENUM' ||
          (known.least === number(least) && known.most === number(most)));
      return good ? [] : [[name, context, type, least, most, known]];
    });
    expect(differing).toEqual([]);
  });

  test('accepts what is tuned for it, whatever the size', async () => {
    const refused: string[] = [];
    for (const tuning of samples) {
      const { code, stdout, stderr } = await asked(tuning, 'max_connections');
      if (code !== 0 || stdout !== `${tuning.maxConnections}\n`) refused.push(stderr);
    }
    expect(refused).toEqual([]);
  });

  test('would refuse what it does not know', async () => {
    const [tuning] = samples;
    const setting = { name: 'no_such', value: '1', reason: 'x', section: 'Other', layer: 'given' } as const;
    const { code, stderr } = await asked({ ...tuning, settings: [...tuning.settings, setting] }, 'work_mem');
    expect(code).not.toBe(0);
    expect(stderr).toContain('unrecognized configuration parameter "no_such"');
  });

  test('shares no more than the huge pages that its pod requests', async () => {
    // The server tells since 15; before, it shares no more than later ones do.
    const telling = Number(version) >= 15 ? samples.filter(({ hugePagesBytes }) => hugePagesBytes > 0) : [];
    const shared: Array<{ requested: number; shared: number }> = [];
    for (const tuning of telling.slice(0, 8)) {
      const { stdout } = await asked(tuning, 'shared_memory_size');
      shared.push({
        requested: tuning.hugePagesBytes,
        shared: parseSize(stdout.trim()) ?? Number(stdout) * MIB,
      });
    }
    expect(shared.filter((one) => !(one.shared <= one.requested))).toEqual([]);
  });

  test('starts with it', async () => {
    for (const tuning of samples.slice(0, 4)) {
      const port = await freePort();
      const log = join(scratch.path, `start-${port}.log`);
      const places = [
        '-p',
        `${port}`,
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        `unix_socket_directories=${scratch.path}`,
      ];
      const server = startServer(
        join(programs, 'postgres'),
        ['-D', pgdata, '-c', `config_file=${configurationFile(tuning)}`, ...places],
        { log },
      );
      await until(
        'postgres',
        async () =>
          (await runCommand(join(PROGRAMS, 'pg_isready'), ['-h', '127.0.0.1', '-p', `${port}`])).code === 0,
        server,
      );
      // Of the server itself, not of those who ask it too early.
      expect(server.log()).not.toMatch(/user=,db=.* (FATAL|ERROR|WARNING):/);
      expect(await server.stop('SIGINT')).toBe(0);
    }
  });
});
