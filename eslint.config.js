import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Limits that keep a file readable in one sitting; tests may be longer, never deeper. */
const size = {
  'max-lines': ['error', { max: 200, skipBlankLines: true, skipComments: true }],
  'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
  'max-params': ['error', 3],
  'max-depth': ['error', 2],
  complexity: ['error', 8],
};

const purity = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'The domain has no clock: take the instant as an argument',
  },
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'The domain has no clock: take the instant as an argument',
  },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'The domain has no chance: take the number as an argument',
  },
  {
    selector: ':function[async=true]',
    message: 'The domain does no I/O, so nothing in it is async',
  },
  {
    selector: 'ThrowStatement',
    message: 'A business "no" is a value; only domain/assert.ts throws',
  },
];

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name, so that a thing has one name everywhere',
};

export default defineConfig(
  globalIgnores([
    '**/*.d.ts',
    'dist',
    '.guerdon',
    'node_modules',
    'coverage',
    'clients/generated',
    'clients/dist',
  ]),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      ...size,
      // A porsager query is lazy: without an await it never runs. checkThenables sees it.
      '@typescript-eslint/no-floating-promises': ['error', { checkThenables: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/only-throw-error': 'error',
      'no-restricted-syntax': ['error', noDefaultExport],
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Read variables in config.ts through readConfig',
        },
      ],
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          name: 'kafkajs',
          importNames: ['Kafka'],
          allowTypeImports: true,
          message:
            'Import it from shared/eventing/kafka/kafkajs.ts, where its request queue is mended',
        },
      ],
      'no-console': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'] }],
      // Its counterpart forbids the `!` that it asks for.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      eqeqeq: 'error',
      // The formatter wraps code; this holds comments to the same width.
      'max-len': ['error', { code: 1000, comments: 100, ignoreUrls: true }],
    },
  },
  {
    files: ['shared/domain/**/*.ts'],
    ignores: ['**/*.test.ts', 'shared/domain/assert.ts'],
    rules: { 'no-restricted-syntax': ['error', noDefaultExport, ...purity] },
  },
  {
    files: ['scripts/**/*.ts', 'shared/testing/**/*.ts', 'tests/**/*.ts', '**/*.test.ts', '*.ts'],
    rules: { 'no-console': 'off', 'no-restricted-properties': 'off' },
  },
  {
    files: ['**/*.test.ts', 'tests/**/*.ts', 'shared/testing/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': 'off',
      'max-params': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['shared/eventing/kafka/kafkajs.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': 'off' },
  },
  {
    files: ['shared/runtime/config.ts', 'vitest.config.ts'],
    rules: { 'no-restricted-properties': 'off', 'no-restricted-syntax': 'off' },
  },
);
