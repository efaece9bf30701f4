module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // For a test that hangs: those that start servers and programs take seconds, on a busy machine a minute.
  testTimeout: 180_000,
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  moduleNameMapper: { '^cdk8s-tuned$': '<rootDir>/lib/index.ts' },
};
