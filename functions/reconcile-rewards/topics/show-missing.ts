import { Gauge } from 'prom-client';
import type { TopicState } from '#shared/stores/postgres/topics/missing-records.ts';

export type MissingDependencies = Readonly<{
  /** What the comparison of topics has found so far. */
  topicStates: () => Promise<readonly TopicState[]>;
}>;

const missingRecords = new Gauge({
  name: 'guerdon_topic_records_missing',
  help: 'Records that the consumer group of their topic has passed, but that are neither recorded nor among the dead letters',
  labelNames: ['topic'] as const,
});

const comparedAt = new Gauge({
  name: 'guerdon_topic_compared_timestamp_seconds',
  help: 'Time up to which everything delivered from a topic has been compared with its effects, in seconds since 1970',
  labelNames: ['topic'] as const,
});

/** Shows what the comparison of topics has found, whichever pod made it. */
export const showMissing = async ({ topicStates }: MissingDependencies): Promise<void> => {
  for (const { topic, ...state } of await topicStates()) {
    missingRecords.set({ topic }, state.missing);
    comparedAt.set({ topic }, state.comparedAt.getTime() / 1_000);
  }
};
