const { projects, reporters, testTimeout } = require('./jest.config.js');

const servers = projects.find(({ displayName }) => displayName === 'servers');

/** The long forms: brute force, and what takes minutes of waiting. */
module.exports = {
  reporters,
  testTimeout,
  projects: [
    { ...servers, displayName: 'exhaustive', testMatch: ['**/*.exhaustive.ts'], testPathIgnorePatterns: [] },
  ],
};
