import eslint from '@eslint/js';
import prettier from 'eslint-config-prettier';
import jest from 'eslint-plugin-jest';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['build/', 'dist/', 'imports/', 'node_modules/', 'coverage/'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-shadow': 'error',
      // Constructs register themselves in their scope: `new Service(this, …)` as a statement is how cdk8s is used.
      'no-new': 'off',
      eqeqeq: 'error',
    },
  },
  {
    // The pure rooms: arithmetic that must run without cdk8s (docs/architecture.md).
    files: [
      'lib/units/**/*.ts',
      'lib/finding/**/*.ts',
      'lib/nginx/{nginx-version,proxy-rules}.ts',
      'lib/scaling/*{-sizing,-intents,-text-rules}.ts',
      'lib/scaling/hpa/**/*.ts',
      'lib/scaling/simulator/**/*.ts',
      'lib/**/*{tuning,solve,budget,sizing-math,emitter,packing,directives}*.ts',
      'lib/query/**/*.ts',
      'lib/connection/pooler-sizing.ts',
      'lib/postgres/tuning/**/*.ts',
      'lib/postgres/{connection-ledger,image-capabilities,parameter-*,postgres-parameters,postgres-units}.ts',
    ],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: ['cdk8s', 'cdk8s-plus-27', 'constructs'].map((name) => ({
            name,
            message: 'This file is pure: no cdk8s.',
          })),
        },
      ],
    },
  },
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
        Buffer: 'readonly',
        console: 'readonly',
        module: 'writable',
        process: 'readonly',
        setTimeout: 'readonly',
        URL: 'readonly',
      },
    },
  },
  prettier,
);
