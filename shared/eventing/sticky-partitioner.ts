import { type ICustomPartitioner, Partitioners } from 'kafkajs';

/**
 * Chooses the partition of a record once and stores it in the record, since kafkajs calls this
 * again for each retry.
 */
export const stickyPartitioner: ICustomPartitioner = () => {
  const choose = Partitioners.DefaultPartitioner();
  return (asked) => (asked.message.partition ??= choose(asked));
};
