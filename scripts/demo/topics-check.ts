import { pino } from 'pino';
import { compareTopics } from '#functions/reconcile-rewards/topics/compare-topics.ts';
import { topicDependencies } from '#functions/reconcile-rewards/topics/topic-dependencies.ts';
import { withSql } from '#scripts/platform/with-sql.ts';
import { avroDecoder } from '#shared/eventing/avro/avro-decoder.ts';
import type { Check } from './verdict.ts';

type Evidence = Readonly<{ databaseUrl: string; brokers: readonly string[] }>;

/**
 * What `npm run verify -- --topics` checks: nothing that was consumed is neither recorded nor a
 * dead letter.
 */
export const topicsCheck = async ({ databaseUrl, brokers }: Evidence): Promise<Check> => {
  const name = 'every consumed record is recorded or a dead letter';
  return withSql(
    databaseUrl,
    async (sql) => {
      const log = pino({ level: 'silent' });
      const topics = topicDependencies({ sql, brokers, decode: avroDecoder({}), log });
      await compareTopics(topics, { isOver: () => false });
      // The hourly tick may have compared a part of them. Topics of the demo begin at offset 0.
      const positions = await Promise.all(
        topics.sources.map(({ topic }) => topics.comparison.positions(topic)),
      );
      const offsets = positions.flatMap((ofTopic) => [...ofTopic.values()]);
      const compared = offsets.reduce((sum, offset) => sum + offset, 0);
      const [record] = await topics.missing.page(undefined, 1);
      const detail =
        record === undefined
          ? `${compared}`
          : `missing: ${record.topic} ${record.partition}/${record.offset}: ${record.reason}`;
      return { name, ok: record === undefined && compared > 0, detail };
    },
    3,
  );
};
