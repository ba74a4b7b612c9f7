/**
 * Preloaded into a function: each request to FILES_PORT returns the files whose functions ran since
 * the request before, as V8 counts their calls. A file that only declares types or constants is not
 * among them, nor one that is merely loaded.
 */
import { createServer } from 'node:http';
import { Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';
import '../text-imports.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A source file of a function, or of what it shares with others. */
const isOurs = (url: string): boolean =>
  url.endsWith('.ts') &&
  [`file://${root}functions/`, `file://${root}shared/`].some((start) => url.startsWith(start));

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });

const filesThatRan = async (): Promise<readonly string[]> => {
  // Reading the counts also resets them.
  const { result } = await session.post('Profiler.takePreciseCoverage');
  return result
    .filter(
      ({ url, functions }) =>
        isOurs(url) && functions.some(({ ranges }) => ranges.some(({ count }) => count > 0)),
    )
    .map(({ url }) => fileURLToPath(url).slice(root.length))
    .toSorted();
};

createServer((_request, response) => {
  void filesThatRan().then((files) => response.end(JSON.stringify(files)));
})
  .listen(Number(process.env['FILES_PORT']), '127.0.0.1')
  .unref();
