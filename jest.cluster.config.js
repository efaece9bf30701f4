const { projects, reporters } = require('./jest.config.js');

const servers = projects.find(({ displayName }) => displayName === 'servers');

/** What runs against a real API server with its controllers: `npm run test:cluster`. */
module.exports = {
  reporters,
  testTimeout: 600_000,
  projects: [
    {
      ...servers,
      displayName: 'cluster',
      testMatch: ['<rootDir>/test/control-plane/**/*.cluster.ts'],
      testPathIgnorePatterns: [],
    },
  ],
};
