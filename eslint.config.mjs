import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import prettier from 'eslint-config-prettier';
import jest from 'eslint-plugin-jest';
import importSort from 'eslint-plugin-simple-import-sort';
import tseslint from 'typescript-eslint';
import { FLOORS, IMPURE, PURE } from './scripts/house.mjs';

/** A room of lib/ imports itself and the floors below it; a pure folder imports no cdk8s besides. */
const house = FLOORS.flatMap((rooms, floor) =>
  rooms.flatMap((room) => {
    const forbidden = FLOORS.slice(floor)
      .flat()
      .filter((other) => other !== room);
    const patterns = [
      {
        regex: `^(\\.\\./)+(${[...forbidden, 'index'].join('|')})(/|$)`,
        message: `lib/${room}/ does not know this room: the floors are in scripts/house.mjs.`,
      },
    ];
    const paths = ['cdk8s', 'cdk8s-plus-27', 'constructs'].map((name) => ({
      name,
      message: 'This folder is pure: no cdk8s.',
    }));
    const pure = PURE.filter((glob) => glob.startsWith(`${room}/`)).map((glob) => `lib/${glob}`);
    return [
      { files: [`lib/${room}/**/*.ts`], rules: { 'no-restricted-imports': ['error', { patterns }] } },
      ...(pure.length > 0
        ? [
            {
              files: pure,
              ignores: IMPURE.map((file) => `lib/${file}`),
              rules: { 'no-restricted-imports': ['error', { patterns, paths }] },
            },
          ]
        : []),
    ];
  }),
);

export default defineConfig(
  { ignores: ['build/', 'dist/', 'imports/', 'node_modules/', 'coverage/'] },
  eslint.configs.recommended,
  {
    plugins: { 'simple-import-sort': importSort },
    rules: {
      'simple-import-sort/imports': ['error', { groups: [['^node:', '^@?\\w', '^\\.']] }],
      'simple-import-sort/exports': 'error',
      'no-duplicate-imports': ['error', { allowSeparateTypeImports: true }],
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-shadow': 'error',
      // Constructs register themselves in their scope: `new Service(this, …)` as a statement is how cdk8s is used.
      'no-new': 'off',
      // JSON has null where a field is not set.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  house,
  {
    files: ['test/**/*.ts'],
    extends: [jest.configs['flat/recommended']],
    rules: {
      'jest/expect-expect': ['error', { assertFunctionNames: ['expect', 'expect*', 'fc.assert'] }],
      'jest/no-standalone-expect': 'off',
      // Tests read synthesized JSON and answers of servers, which have no static type.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: {
        __dirname: 'readonly',
        Atomics: 'readonly',
        Buffer: 'readonly',
        SharedArrayBuffer: 'readonly',
        console: 'readonly',
        module: 'writable',
        process: 'readonly',
        require: 'readonly',
        setTimeout: 'readonly',
        URL: 'readonly',
      },
    },
  },
  prettier,
);
