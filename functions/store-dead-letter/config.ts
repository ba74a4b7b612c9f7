import { z } from 'zod';
import { brokerList, requestShape } from '#shared/runtime/config.ts';

/** The variables of store-dead-letter. It needs only Kafka. */
export const shape = {
  KAFKA_BROKERS: brokerList,
  /** The topic that keeps the letters. */
  DEAD_LETTER_TOPIC: z.string().default('dead-letters'),
  ...requestShape,
};
