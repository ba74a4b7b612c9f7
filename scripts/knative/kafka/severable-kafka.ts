import { connect, type Socket } from 'node:net';
import { Kafka, type KafkaConfig } from 'kafkajs';

/** A client whose connections can be cut for good. */
type SeverableKafka = Readonly<{
  kafka: Kafka;
  /** Ends every connection and refuses new ones, as when the process was killed: Kafka hears no goodbye. */
  sever: () => void;
}>;

/** A Kafka client that a test can kill without killing its own process. */
export const severableKafka = (config: KafkaConfig): SeverableKafka => {
  const sockets = new Set<Socket>();
  let isSevered = false;
  const kafka = new Kafka({
    ...config,
    socketFactory: ({ host, port, onConnect }) => {
      if (isSevered) throw new Error('this client was severed');
      const socket = connect({ host, port }, onConnect).setKeepAlive(true, 60_000);
      sockets.add(socket);
      return socket.once('close', () => sockets.delete(socket));
    },
  });
  const sever = () => {
    isSevered = true;
    for (const socket of sockets) socket.destroy(new Error('this client was severed'));
  };
  return { kafka, sever };
};
