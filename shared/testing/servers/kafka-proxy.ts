import { type TcpProxy, tcpProxy } from './tcp-proxy.ts';

/** A proxy in front of a broker, and the address by which clients use it. */
export type KafkaProxy = TcpProxy & Readonly<{ broker: string }>;

/**
 * A proxy in front of the one broker of a test cluster (`host:port`). Its clients stay behind the
 * proxy: where the broker returns its advertised address (metadata, coordinators), they read the
 * proxy's.
 */
export const kafkaProxy = async (broker: string): Promise<KafkaProxy> => {
  const [host = '', port = ''] = broker.split(':');
  const rewriteResponses = (proxyPort: number) => {
    const advertised = addressBytes(host, Number(port));
    const ours = addressBytes(host, proxyPort);
    return wholeFrames((frame) => replaceAll(frame, advertised, ours));
  };
  const proxy = await tcpProxy({ host, port: Number(port), rewriteResponses });
  return { ...proxy, broker: `${host}:${proxy.port}` };
};

/**
 * A host and port as in the protocol versions that kafkajs uses: INT16 length, characters, INT32.
 */
const addressBytes = (host: string, port: number): Buffer => {
  const bytes = Buffer.alloc(2 + host.length + 4);
  bytes.writeInt16BE(host.length);
  bytes.write(host, 2);
  bytes.writeInt32BE(port, 2 + host.length);
  return bytes;
};

/** Both have the same length, so the length of the frame does not change. */
const replaceAll = (frame: Buffer, from: Buffer, to: Buffer): Buffer => {
  let at = frame.indexOf(from);
  while (at >= 0) {
    to.copy(frame, at);
    at = frame.indexOf(from, at + to.length);
  }
  return frame;
};

/** Collects chunks into frames (INT32 length, payload), so that an address is never cut in two. */
const wholeFrames = (change: (frame: Buffer) => Buffer) => {
  let pending = Buffer.alloc(0);
  return (chunk: Buffer): Buffer => {
    pending = Buffer.concat([pending, chunk]);
    let end = 0;
    while (pending.length - end >= 4 && pending.length - end - 4 >= pending.readInt32BE(end))
      end += 4 + pending.readInt32BE(end);
    const whole = pending.subarray(0, end);
    pending = pending.subarray(end);
    return change(whole);
  };
};
