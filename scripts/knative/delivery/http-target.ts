import type { Dispatcher } from 'undici';
import type { RoutedEvent } from '../events/routed-event.ts';
import { nextHop } from '../events/trace-context.ts';
import type { Answer } from './answer.ts';
import type { Target } from './target.ts';

const USER_AGENT = 'Vert.x-WebClient/4.5.21';
const notInHeaders = /[^\t\x20-\x7e\x80-\xff]/;
const beyondLatin1 = /[^\0-\xff]/g;

/** Characters outside Latin-1 become question marks, as in the dispatcher's HTTP client. */
const headerValue = (text: string): string =>
  notInHeaders.test(text) ? text.replaceAll(beyondLatin1, '?') : text;

/**
 * Undefined when a value contains a control character. Undici must not get such a request: it
 * refuses it, and its pool then waits forever for that connection to be free again.
 */
const headersOf = (
  { attributes, trace }: RoutedEvent,
  fixed: readonly string[],
): string[] | undefined => {
  const headers = [...fixed, ...Object.entries(nextHop(trace)).flat()];
  for (const name in attributes) {
    const value = headerValue(attributes[name] ?? '');
    if (notInHeaders.test(value)) return undefined;
    headers.push(name === 'datacontenttype' ? 'content-type' : `ce-${name}`, value);
  }
  return headers;
};

type Options = Readonly<{
  /** Its address in a cluster. */
  url: string;
  /** Where it is here: connections to an address, or one of our functions. */
  origin: Readonly<{
    dispatch: (request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) => unknown;
  }>;
  path: string;
  namespace: string;
}>;

/** A function behind HTTP: events are posted in binary mode over kept-alive connections. */
export const httpTarget = ({ url, origin, path, namespace }: Options): Target => {
  const fixed = ['user-agent', USER_AGENT, 'prefer', 'reply', 'kn-namespace', namespace];

  const send = (event: RoutedEvent, timeoutMs: number): Promise<Answer> =>
    new Promise((resolve) => {
      const headers = headersOf(event, fixed);
      if (headers === undefined) {
        resolve({});
        return;
      }
      const chunks: Buffer[] = [];
      let answer: Answer = {};
      const request = {
        path,
        method: 'POST' as const,
        headers,
        body: event.data ?? null,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      };
      // The callback form costs half of what `request` does, and this runs once per event.
      origin.dispatch(request, {
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
