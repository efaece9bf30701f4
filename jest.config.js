/** Suites that hold a clock or a memory limit against a server: nothing may run beside them. */
const ALONE = [
  'nginx-crowds',
  'nginx-memory',
  'nginx-streams',
  'redis-memory',
  'redis-replication',
  'runtime-memory',
].map((name) => `<rootDir>/test/servers/${name}.test.ts`);

const PROJECT = {
  rootDir: __dirname,
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  // Not in the temporary directory, which is another one in each run.
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  moduleNameMapper: { '^cdk8s-tuned$': '<rootDir>/lib/index.ts' },
};
const SERVERS = { ...PROJECT, setupFilesAfterEnv: ['<rootDir>/test/servers/stop-servers.ts'] };

/** By what may run beside what: `npm test` runs one project after the other. */
module.exports = {
  // For a test that hangs: those that start servers and programs take seconds, on a busy machine a minute.
  testTimeout: 180_000,
  reporters: ['default', '<rootDir>/scripts/tally-reporter.mjs'],
  projects: [
    {
      ...PROJECT,
      displayName: 'pure',
      testMatch: ['**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/servers/'],
    },
    {
      ...SERVERS,
      displayName: 'servers',
      testMatch: ['<rootDir>/test/servers/**/*.test.ts'],
      testPathIgnorePatterns: ALONE,
    },
    { ...SERVERS, displayName: 'alone', testMatch: ALONE },
  ],
};
