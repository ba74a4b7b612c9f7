import { createRequire } from 'node:module';

const main = createRequire(import.meta.url).resolve('@google-cloud/functions-framework');

/** Arguments of node that run a bundle as the `functions-framework` command does. */
export const underFunctionsFramework = (
  target: string,
  bundle: string,
  signatureType: 'http' | 'cloudevent',
): string[] => [
  main.replace(/index\.js$/, 'main.js'),
  `--target=${target}`,
  `--signature-type=${signatureType}`,
  `--source=${bundle}`,
];
