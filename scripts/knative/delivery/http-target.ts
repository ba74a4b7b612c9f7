import type { Pool } from 'undici';
import type { RoutedEvent } from '../routed-event.ts';
import type { Answer } from './answer.ts';
import type { Target } from './target.ts';

/** A header carries Latin-1; the dispatcher's HTTP client writes a question mark for anything beyond. */
const headerValue = (text: string): string => text.replaceAll(/[^\0-\xff]/g, '?');

const headersOf = ({ attributes }: RoutedEvent, fixed: readonly string[]): string[] => {
  const headers = [...fixed];
  for (const name in attributes) {
    const header = name === 'datacontenttype' ? 'content-type' : `ce-${name}`;
    headers.push(header, headerValue(attributes[name] ?? ''));
  }
  return headers;
};

type Options = Readonly<{
  /** The address as it would be in a cluster. */
  url: string;
  /** Connections to where it listens here; requests beyond their number wait their turn. */
  pool: Pool;
  path: string;
  namespace: string;
}>;

/** A function behind HTTP: events are posted in binary mode over kept-alive connections. */
export const httpTarget = ({ url, pool, path, namespace }: Options): Target => {
  const fixed = ['prefer', 'reply', 'kn-namespace', namespace];

  const send = (event: RoutedEvent, timeoutMs: number): Promise<Answer> =>
    new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let answer: Answer = {};
      const headers = headersOf(event, fixed);
      const request = {
        path,
        method: 'POST' as const,
        headers,
        body: event.data ?? null,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      };
      // The callback form costs half of what `request` does, and this runs once per event.
      pool.dispatch(request, {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, status, responseHeaders) => {
          answer = { status, headers: responseHeaders };
        },
        onResponseData: (_controller, chunk) => {
          chunks.push(chunk);
        },
        onResponseEnd: () => resolve({ ...answer, body: Buffer.concat(chunks) }),
        onResponseError: () => resolve({}),
      });
    });

  return { url, send };
};
