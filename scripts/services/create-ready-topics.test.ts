import { type Admin, KafkaJSProtocolError } from 'kafkajs';
import { expect, it } from 'vitest';
import { createReadyTopics } from './create-ready-topics.ts';

const notLeader = Object.assign(new Error(), {
  type: 'NOT_LEADER_FOR_PARTITION',
  code: 6,
  retriable: true,
});

it('retries while a broker does not know yet that it leads a partition', async () => {
  const steps: string[] = [];
  const admin = {
    createTopics: () => Promise.resolve(steps.push('created')),
    fetchTopicOffsets: (topic: string) => {
      steps.push(topic);
      return steps.length < 3 ? Promise.reject(new KafkaJSProtocolError(notLeader)) : [];
    },
  };
  await createReadyTopics(admin as unknown as Admin, [{ topic: 'orders' }]);
  expect(steps).toEqual(['created', 'orders', 'orders']);
});
