import { z } from 'zod';
import { brokerList } from '#shared/runtime/config.ts';
import { requestShape } from '#shared/runtime/http/request-time.ts';

/** The variables of store-dead-letter. It needs Kafka alone. */
export const shape = {
  KAFKA_BROKERS: brokerList,
  /** The topic that keeps the letters. */
  DEAD_LETTER_TOPIC: z.string().default('dead-letters'),
  ...requestShape,
};
