import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { bundleOptions } from './bundle-options.ts';

it('a bundle that uses node:http does not load what it does not use of it', async () => {
  const { outputFiles } = await build({
    ...bundleOptions,
    stdin: {
      contents: `import { STATUS_CODES } from 'node:http'; export const text = STATUS_CODES[418];`,
      resolveDir: import.meta.dirname,
    },
    write: false,
  });
  const text = outputFiles[0]?.text ?? '';
  expect(text).not.toMatch(/^import .*node:http/m);
  const url = `data:text/javascript,${encodeURIComponent(text.replace('import.meta.url', "'file:///a.js'"))}`;
  expect(await import(url)).toMatchObject({ text: "I'm a Teapot" });
});
