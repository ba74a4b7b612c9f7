import type { Admin, ITopicConfig } from 'kafkajs';
import { retryUntilReady } from '#shared/eventing/kafka/retry-until-ready.ts';

/** Only ends a hanging call. */
const PATIENCE_MS = 60_000;

/**
 * Creates missing topics, and resolves once the leader of every partition answers. A broker that
 * was elected leader learns of it some milliseconds later; until then it answers that it is not the
 * leader.
 */
export const createReadyTopics = async (
  admin: Admin,
  topics: readonly ITopicConfig[],
): Promise<void> => {
  // kafkajs can wait for leaders itself, but gives up while a busy broker does not know the topic
  // yet, and does not ask whether the leader knows.
  await admin.createTopics({ topics: [...topics], waitForLeaders: false });
  const deadline = performance.now() + PATIENCE_MS;
  const answers = topics.map(({ topic }) =>
    retryUntilReady(() => admin.fetchTopicOffsets(topic), deadline),
  );
  await Promise.all(answers);
};
