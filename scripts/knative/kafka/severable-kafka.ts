import { connect, type Socket } from 'node:net';
import { Kafka, type KafkaConfig } from '#shared/eventing/kafka/kafkajs.ts';

/** A client whose connections can be cut permanently. */
type SeverableKafka = Readonly<{
  kafka: Kafka;
  /**
   * Closes every connection and refuses new ones, as when a process is killed: it does not leave
   * its groups.
   */
  sever: () => void;
}>;

/** A Kafka client that can end as if its process had been killed. */
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
