import { redriveGroup, resendGroup } from '#shared/eventing/dead-letters/consumer-groups.ts';
import { readHandled, walkLetters } from '#shared/eventing/dead-letters/walk-letters.ts';
import { kafkaClient } from '#shared/eventing/kafka/kafka-client.ts';
import { kafkaPublisher } from '#shared/eventing/kafka/kafka-publisher.ts';
import { kafkaWriter } from '#shared/eventing/kafka/kafka-writer.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { shape } from './config.ts';
import { resendDeadLetters } from './handler.ts';

const name = 'resend-dead-letters';
const topic = 'dead-letters';

/** Less than REQUEST_SECONDS, and than what a pod has after SIGTERM. */
const runMsMax = 20_000;

const config = readConfig(shape);
const address = { brokers: config.KAFKA_BROKERS, clientId: name };
const kafka = kafkaClient(address);
const writer = kafkaWriter(address);

await serveEvents({
  name,
  main: import.meta.main,
  handlers: resendDeadLetters({
    walk: (pace, options) =>
      walkLetters({
        ...options,
        ...{ kafka, topic, groupId: resendGroup(topic, pace), isHandling: true },
      }),
    handledByHand: () => readHandled(kafka, { topic, groupId: redriveGroup(topic) }),
    writer,
    delayMs: {
      soon: config.RESEND_SOON_SECONDS * 1_000,
      later: config.RESEND_LATER_SECONDS * 1_000,
    },
    clock: systemClock,
    log: createLogger(name),
    timeLimit: () => AbortSignal.timeout(runMsMax),
  }),
  publisher: kafkaPublisher(address),
  close: [() => writer.close()],
});
