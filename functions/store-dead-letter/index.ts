import { kafkaWriter } from '#shared/eventing/kafka/kafka-writer.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { serve } from '#shared/runtime/host.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { shape } from './config.ts';
import { storeDeadLetters } from './handler.ts';

const name = 'store-dead-letter';
const config = readConfig(shape);
const log = createLogger(name);
const writer = kafkaWriter({ brokers: config.KAFKA_BROKERS, clientId: name });

await serve({
  name,
  main: import.meta.main,
  log,
  handle: storeDeadLetters({
    writer,
    topic: config.DEAD_LETTER_TOPIC,
    patienceMs: config.REQUEST_SECONDS * 1000,
    log,
  }),
  close: [() => writer.close()],
});
