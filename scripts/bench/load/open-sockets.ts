import { once } from 'node:events';
import WebSocket from 'ws';

/** Open connections, by number. */
export type OpenSockets = Readonly<{
  send: (number: number, text: string) => void;
  /** Called with each message. */
  onMessage: (listener: (number: number, text: string) => void) => void;
  close: () => Promise<void>;
}>;

type Options = Readonly<{
  url: string;
  count: number;
  protocolsOf: (number: number) => Promise<readonly string[]>;
}>;

/** Connections that are opened at once. */
const openingMax = 100;

/** Opens WebSockets, a hundred at a time. @throws Error when one is refused. */
export const openSockets = async ({ url, count, protocolsOf }: Options): Promise<OpenSockets> => {
  let listener: (number: number, text: string) => void = () => undefined;
  const open = async (number: number): Promise<WebSocket> => {
    const socket = new WebSocket(url, [...(await protocolsOf(number))], {
      perMessageDeflate: false,
    });
    socket.on('message', (data: Buffer) => listener(number, data.toString()));
    await once(socket, 'open');
    return socket;
  };
  const sockets: WebSocket[] = [];
  while (sockets.length < count) {
    const size = Math.min(openingMax, count - sockets.length);
    const numbers = Array.from({ length: size }, (_, index) => sockets.length + index);
    sockets.push(...(await Promise.all(numbers.map(open))));
  }
  return {
    send: (number, text) => sockets[number]?.send(text),
    onMessage: (next) => {
      listener = next;
    },
    close: async () => {
      const closed = sockets.map((socket) => once(socket, 'close'));
      for (const socket of sockets) socket.close();
      await Promise.all(closed);
    },
  };
};
