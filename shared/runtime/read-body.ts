import type { IncomingMessage } from 'node:http';
import { HttpProblem } from './problem.ts';

/** The largest body a function takes: 1 MiB, the default size limit of a Kafka record. */
const bodyBytesMax = 1_048_576;

/**
 * Reads a request's body, at most 1 MiB of it.
 * Under the functions-framework the body was read before us and waits in `rawBody`.
 * @throws HttpProblem 413 when it is larger, without keeping the rest.
 */
export const readBody = (request: IncomingMessage & { rawBody?: Buffer }): Promise<Buffer> => {
  if (request.rawBody !== undefined) return checked(request.rawBody);
  if (Number(request.headers['content-length'] ?? 0) > bodyBytesMax)
    return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bodyBytesMax) {
        request.removeAllListeners('data').resume();
        reject(tooLarge());
      } else chunks.push(chunk);
    });
    request.on('end', () => {
      const [only] = chunks;
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks));
    });
    request.on('error', reject);
  });
};

const checked = (body: Buffer): Promise<Buffer> =>
  body.length > bodyBytesMax ? Promise.reject(tooLarge()) : Promise.resolve(body);

/** Node discards what is still to come, within the request's time limit, so that the caller gets to read the answer. */
const tooLarge = (): HttpProblem =>
  new HttpProblem(413, 'body-too-large', `The body must have at most ${bodyBytesMax} bytes`);
