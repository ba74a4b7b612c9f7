import { closing } from '#shared/clients/connect-client.ts';

/** How a connection ends. */
export type Closing = (typeof closing)[keyof typeof closing];

/** One connection to a client, whichever way it was made. */
export type Transport = Readonly<{
  name: 'websocket' | 'event-stream';
  /**
   * Sends a frame, which has an id unless it concerns only the connection; `written` is called once
   * it is written.
   */
  send: (text: string, id?: number, written?: () => void) => void;
  /** Bytes that wait for the client to read. */
  bufferedBytes: () => number;
  /** Called at intervals: ends a connection whose client has not answered since the last one. */
  heartbeat: () => void;
  /** Ends it. Nothing is sent afterwards. */
  close: (closing: Closing) => void;
}>;
