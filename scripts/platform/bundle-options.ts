import type { BuildOptions, Plugin } from 'esbuild';

/**
 * An ES module that imports `node:http` reads all that it exports, also its WebSocket, for which
 * Node 24 loads all of undici: a tenth of the time in which a function loads. `require` reads none.
 */
const httpAsNeeded: Plugin = {
  name: 'http-as-needed',
  setup: (build) => {
    build.onResolve({ filter: /^node:http$/ }, ({ path }) => ({ path, namespace: 'as-needed' }));
    build.onLoad({ filter: /.*/, namespace: 'as-needed' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}')`,
    }));
  },
};

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
  plugins: [httpAsNeeded],
  legalComments: 'none',
  logLevel: 'warning',
} as const satisfies BuildOptions;
