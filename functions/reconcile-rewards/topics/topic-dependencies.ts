import type { AvroDecoder } from '#shared/eventing/avro/avro-decoder.ts';
import { kafkaClient } from '#shared/eventing/kafka/kafka-client.ts';
import { topicReader } from '#shared/eventing/kafka/topic-reader.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { exclusively } from '#shared/stores/postgres/driver/exclusively.ts';
import { missingRecords } from '#shared/stores/postgres/topics/missing-records.ts';
import { recordTraces } from '#shared/stores/postgres/topics/record-traces.ts';
import { topicComparison } from '#shared/stores/postgres/topics/topic-comparison.ts';
import { type ComparedSource, comparedSources } from './compared-sources.ts';

type Parts = Readonly<{
  /** Needs two connections: one holds the lock of the comparison. */
  sql: Sql;
  brokers: readonly string[];
  decode: AvroDecoder;
  log: Logger;
  sources?: readonly ComparedSource[];
  lettersTopic?: string;
}>;

const clientId = 'guerdon-compare-topics';

/**
 * The dependencies of comparing topics, the same for the function and for `npm run verify`: each
 * continues where the other one stopped.
 */
export const topicDependencies = ({
  sql,
  brokers,
  decode,
  log,
  sources = comparedSources,
  lettersTopic = 'dead-letters',
}: Parts) => ({
  reader: topicReader(kafkaClient({ brokers, clientId, requestTimeoutMs: 10_000 }), clientId),
  comparison: topicComparison(sql),
  missing: missingRecords(sql),
  traces: recordTraces(sql),
  exclusively: <Result>(work: () => Promise<Result>) => exclusively(sql, 'compare-topics', work),
  decode,
  sources,
  lettersTopic,
  log,
});
