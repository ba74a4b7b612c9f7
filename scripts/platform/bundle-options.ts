import type { BuildOptions } from 'esbuild';

/**
 * How all functions are bundled: one ES module for Node 24. The framework stays outside, so that a
 * function registers with the copy whose command loads it; so does DuckDB, a native library.
 */
export const bundleOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  loader: { '.lua': 'text', '.sql': 'text' },
  external: ['@google-cloud/functions-framework', '@duckdb/node-api'],
  // CommonJS dependencies inside an ES module still need require. Under a different name: a source
  // that imports createRequire keeps that name in the bundle.
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
  },
  legalComments: 'none',
  logLevel: 'warning',
} as const satisfies BuildOptions;
