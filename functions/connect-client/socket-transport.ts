import type { WebSocket } from 'ws';
import { closing } from '#shared/clients/connect-client.ts';
import { connectionsClosedTotal } from './metrics.ts';
import type { Transport } from './transport.ts';

/** Frames that a client may send between two heartbeats, pings included. */
const receivedMax = 100;

/** Clients see no ping, but this frame, and give up a connection that stays silent. */
const heartbeat = JSON.stringify({ type: 'HEARTBEAT' });

/** A WebSocket as a transport: frames as text, heartbeats as ping and pong. */
export const socketTransport = (socket: WebSocket): Transport => {
  let isAlive = true;
  let received = 0;

  const close: Transport['close'] = ({ code, reason }) => {
    if (socket.readyState !== socket.OPEN) return;
    connectionsClosedTotal.inc({ code });
    socket.close(code, reason);
  };
  const count = (): void => {
    received += 1;
    if (received > receivedMax) close(closing.tooMany);
  };
  socket.on('message', count).on('ping', count);
  socket.on('pong', () => {
    isAlive = true;
    count();
  });

  return {
    name: 'websocket',
    send: (text, _id, written) => socket.send(text, written),
    bufferedBytes: () => socket.bufferedAmount,
    heartbeat: () => {
      if (!isAlive) {
        socket.terminate();
        return;
      }
      isAlive = false;
      received = 0;
      if (socket.readyState !== socket.OPEN) return;
      socket.ping();
      socket.send(heartbeat);
    },
    close,
  };
};
