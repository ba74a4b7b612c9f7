import { type RoutedEvent, withExtensions } from '../events/routed-event.ts';
import type { Answer } from './answer.ts';

const DATA_BYTES_MAX = 1024;
const fromFunction = /^kne-([a-z0-9]+)$/;

/**
 * The event as it is sent to the dead-letter sink: with its original destination and, if there was
 * one, the response.
 */
export const deadLetter = (event: RoutedEvent, url: string, answer: Answer): RoutedEvent => {
  const reason: Record<string, string> = { knativeerrordest: url };
  if (answer.status !== undefined) {
    reason['knativeerrorcode'] = String(answer.status);
    const body = answer.body?.subarray(0, DATA_BYTES_MAX) ?? Buffer.alloc(0);
    reason['knativeerrordata'] = body.toString('base64');
  }
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    const extension = fromFunction.exec(name)?.[1];
    if (extension) reason[extension] = String(value);
  }
  return withExtensions(event, reason);
};
