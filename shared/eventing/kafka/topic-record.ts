import type { KafkaMessage } from 'kafkajs';

/** A record and the partition that it was read from. */
export type TopicRecord = KafkaMessage & Readonly<{ partition: number }>;
