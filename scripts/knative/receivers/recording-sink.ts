import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request as a function would see it. */
type Received = Readonly<{
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** The body as it came. */
  bytes: Buffer;
}>;

/** What to answer; `never` leaves the caller waiting. */
type Reply = Readonly<{
  status: number | 'never';
  headers?: Readonly<Record<string, string>>;
  body?: string;
}>;

/**
 * A function under a test's control: it stores the requests that it gets and responds as
 * configured.
 */
export type RecordingSink = Readonly<{
  url: string;
  received: Received[];
  readonly mostInFlight: number;
  /** Changes how it answers from now on. */
  answer: (by: (request: Received) => Reply) => void;
  /** Delays all responses until released. */
  hold: () => void;
  release: () => void;
  close: () => Promise<void>;
}>;

/** Starts a recording sink on a free port; it responds with 204 by default. */
export const recordingSink = async (): Promise<RecordingSink> => {
  const received: Received[] = [];
  let replyTo: (request: Received) => Reply = () => ({ status: 204 });
  let held: (() => void)[] | undefined;
  let inFlight = 0;
  let mostInFlight = 0;

  const reply = (request: Received, response: ServerResponse) => {
    const { status, headers = {}, body = '' } = replyTo(request);
    if (status !== 'never') response.writeHead(status, headers).end(body);
  };

  const server = createServer((incoming, response) => {
    inFlight += 1;
    mostInFlight = Math.max(mostInFlight, inFlight);
    response.once('close', () => (inFlight -= 1));
    void buffer(incoming).then((bytes) => {
      const { method = '', url = '', headers } = incoming;
      const request = { method, url, headers, body: bytes.toString(), bytes };
      received.push(request);
      if (held) held.push(() => reply(request, response));
      else reply(request, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    get mostInFlight() {
      return mostInFlight;
    },
    answer: (by) => {
      replyTo = by;
    },
    hold: () => {
      held = [];
    },
    release: () => {
      held?.forEach((answer) => answer());
      held = undefined;
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};
