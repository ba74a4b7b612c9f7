import { readTopic } from './read-topic.ts';

/** How many different events of a type are in a topic: a repeat has the id of the first. */
export const countEvents = async (
  brokers: readonly string[],
  { topic, type }: Readonly<{ topic: string; type: string }>,
): Promise<number> => {
  const records = await readTopic(brokers, topic);
  const own = records.filter(({ headers }) => String(headers?.['ce_type']) === type);
  return new Set(own.map(({ headers }) => String(headers?.['ce_id']))).size;
};
