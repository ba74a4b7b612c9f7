import type { Message } from 'kafkajs';
import { type KafkaWriter, recordBytes } from '#shared/eventing/kafka/kafka-writer.ts';
import type { BackfillPositions } from '#shared/stores/postgres/changes/backfill-positions.ts';
import type {
  CapturedRows,
  TableRows,
  Values,
} from '#shared/stores/postgres/changes/table-rows.ts';
import type { ConnectorStream } from '../change-capture/connector-streams.ts';

type Options = Readonly<{
  /** Names the run, which continues where one of the same name was interrupted. */
  name: string;
  rows: TableRows;
  /** Where the connectors send the table's changes. */
  streams: readonly ConnectorStream[];
  writer: Pick<KafkaWriter, 'write'>;
  positions: BackfillPositions;
  pageMax?: number;
  onProgress?: (published: number) => void;
}>;

/**
 * Publishes every row of a table to the topics of its changes, as Debezium publishes rows of a
 * snapshot (`op` r), a page in memory at a time. Rows that change meanwhile are published again
 * until none has changed, so the last record of a key is never older than one that a connector
 * sent. An interrupted run continues after its last page. It is safe while connectors run, and so
 * is repeating it.
 * @returns how many rows it published.
 * @throws Unavailable when Postgres or Kafka is unavailable.
 */
export const backfillTable = async ({
  name,
  rows,
  streams,
  writer,
  positions,
  pageMax = 500,
  onProgress = () => undefined,
}: Options): Promise<number> => {
  const publish = async (messages: readonly TopicMessage[]): Promise<void> => {
    const written = await writer.write(
      messages.map((own) => ({ ...own, bytes: recordBytes(own.message) })),
    );
    const failure = written.find((error) => error !== undefined);
    if (failure !== undefined) throw failure;
  };

  const publishSettled = async (page: CapturedRows): Promise<void> => {
    let left = page;
    while (left.rows.length > 0) {
      const published = new Map(left.rows.map(({ key, version }) => [keyText(key), version]));
      await publish(streams.flatMap((stream) => readMessages(stream, left)));
      const now = await rows.find(left.rows.map(({ key }) => key));
      const found = new Set(now.rows.map(({ key }) => keyText(key)));
      const gone = left.rows.filter(({ key }) => !found.has(keyText(key)));
      const deletions = streams.flatMap((stream) =>
        gone.flatMap(({ key }) => deletionMessages(stream, key, now.lsn)),
      );
      if (deletions.length > 0) await publish(deletions);
      left = {
        lsn: now.lsn,
        rows: now.rows.filter(({ key, version }) => published.get(keyText(key)) !== version),
      };
    }
  };

  let count = 0;
  let after = await positions.find(name);
  for (;;) {
    const page = await rows.page(after, pageMax);
    after = page.rows.at(-1)?.key;
    if (after === undefined) break;
    await publishSettled(page);
    await positions.save(name, after);
    count += page.rows.length;
    onProgress(count);
  }
  await positions.forget(name);
  return count;
};

type TopicMessage = Readonly<{ topic: string; message: Message }>;

/** Byte for byte what a connector writes, so that a key keeps its partition. */
const keyText = (key: Values): string => JSON.stringify(key);

const readMessages = (stream: ConnectorStream, { lsn, rows }: CapturedRows) =>
  rows.map(({ key, row }) => {
    const after = Object.fromEntries(
      Object.entries(row).filter(([column]) => stream.includes(column)),
    );
    return messageOf(stream, key, { before: null, after, lsn, op: 'r' });
  });

/** A deletion and its tombstone. */
const deletionMessages = (
  stream: ConnectorStream,
  key: Values,
  lsn: number,
): readonly TopicMessage[] => [
  messageOf(stream, key, { before: key, after: null, lsn, op: 'd' }),
  { topic: stream.topic, message: { key: keyText(key), value: null } },
];

type Change = Readonly<{ before: Values | null; after: Values | null; lsn: number; op: string }>;

const messageOf = (
  { table, topic, server }: ConnectorStream,
  key: Values,
  { lsn, ...change }: Change,
): TopicMessage => {
  const now = Date.now();
  const source = {
    ...{ version: 'backfill', connector: 'postgresql', name: server, ts_ms: now },
    ...{ snapshot: 'true', schema: 'public', table, txId: null, lsn },
  };
  const value = JSON.stringify({ ...change, source, ts_ms: now });
  return { topic, message: { key: keyText(key), value } };
};
