import type { ServerResponse } from 'node:http';
import type { RecordedAnswer } from '#shared/domain/idempotency/request-claim.ts';
import { Reply, type SuccessStatus } from './reply.ts';

/** A response: status, headers and text. It is stored in the same form for repeated requests. */
export type Answer = RecordedAnswer;

/**
 * Builds the response from what a handler returned: its body as JSON, or none if there is no body.
 */
export const toAnswer = (result: unknown, usual: SuccessStatus): Answer => {
  const answered: Reply<unknown> = result instanceof Reply ? result : new Reply({ body: result });
  const { status = usual, headers, body } = answered;
  if (body === undefined) return { status, headers, body: '' };
  return {
    status,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
};

/** Sends an answer whole, unless the request was answered before or its caller left. */
export const sendAnswer = (response: ServerResponse, { status, headers, body }: Answer): void => {
  if (response.headersSent || response.destroyed) return;
  // RFC 9110 (8.6) forbids a Content-Length in a 204.
  if (status === 204) response.writeHead(status, headers).end();
  else
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
};
