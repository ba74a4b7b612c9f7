import { Counter } from 'prom-client';
import type { AvroDecoder } from '#shared/eventing/avro/avro-decoder.ts';
import { letterOrigin } from '#shared/eventing/dead-letters/letter-origin.ts';
import type { RangePart, TopicRange, TopicReader } from '#shared/eventing/kafka/topic-reader.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type {
  MissingRecord,
  MissingRecords,
} from '#shared/stores/postgres/topics/missing-records.ts';
import type { TraceFinder } from '#shared/stores/postgres/topics/record-traces.ts';
import type {
  TopicComparison,
  TopicPlace,
} from '#shared/stores/postgres/topics/topic-comparison.ts';
import type { ComparedSource } from './compared-sources.ts';
import { type TracesOf, tracesOf } from './traces-of.ts';
import { whyUndelivered } from './why-undelivered.ts';

/** What comparing needs. */
export type TopicDependencies = Readonly<{
  reader: TopicReader;
  comparison: TopicComparison;
  missing: MissingRecords;
  traces: TraceFinder;
  decode: AvroDecoder;
  sources: readonly ComparedSource[];
  lettersTopic: string;
  log: Logger;
}>;

const comparedTotal = new Counter({
  name: 'guerdon_topic_records_compared_total',
  help: 'Records of topics that were compared with their effects',
  labelNames: ['topic'] as const,
});

/** Missing records looked up again at once. */
const pageMax = 500;

/** How a run is limited and followed. */
export type ComparisonRun = Readonly<{
  /**
   * Whether the time is over; what was compared until then is committed, and the next run
   * continues.
   */
  isOver: () => boolean;
  /** Called after each part with the number of records compared. */
  compared?: (topic: string, records: number) => void;
}>;

/**
 * Compares all records that the sources' consumer groups have passed with their effects, starting
 * where the last run ended: each is recorded in Postgres under its business id, or has a dead
 * letter, or it is missing and stored with the probable reason. Missing records that have been sent
 * again and recorded are removed from the list. Returns whether there was time for all of it.
 *
 * The order decides that nothing delivered is found missing: a group commits an offset after the
 * function's commit, or after the letter is written. So it first reads the committed offsets, then
 * all letters, then the records up to those offsets.
 */
export const compareTopics = async (
  dependencies: TopicDependencies,
  run: ComparisonRun,
): Promise<boolean> => {
  const { sources, comparison } = dependencies;
  const ranges = (
    await Promise.all(sources.map((source) => deliveredRanges(dependencies, source)))
  ).flat();
  const isComplete =
    (await readLetters(dependencies, run)) && (await compareRecords(dependencies, ranges, run));
  if (isComplete)
    await comparison.finish(
      ranges.map(({ topic, partition, end }) => ({ topic, partition, offset: end })),
    );
  return (await lookAgain(dependencies, run)) && isComplete;
};

/**
 * What was delivered from each partition since it was last compared. Forgets what retention has
 * deleted.
 */
const deliveredRanges = async (
  { reader, comparison, missing, log }: TopicDependencies,
  { topic, group }: ComparedSource,
): Promise<readonly TopicRange[]> => {
  const positions = await comparison.positions(topic);
  const ranges: TopicRange[] = [];
  for (const { partition, low, high, committed = low } of await reader.partitions(topic, group)) {
    const position = positions.get(partition) ?? low;
    const isAnother = position > high;
    if (isAnother) await comparison.restart(topic, partition);
    else await missing.forgetBefore({ topic, partition, offset: low });
    const next = isAnother ? low : Math.max(position, low);
    if (position < low)
      log.warn(
        { topic, partition, from: position, to: low },
        'records expired before they were compared',
      );
    ranges.push({ topic, partition, next, end: Math.max(next, Math.min(committed, high)) });
  }
  return ranges;
};

/** Records which records have a dead letter, unless they were already compared. */
const readLetters = async (
  { reader, comparison, sources, lettersTopic: topic }: TopicDependencies,
  { isOver }: ComparisonRun,
): Promise<boolean> => {
  const positions = await comparison.positions(topic);
  const ranges = (await reader.partitions(topic)).map(({ partition, low, high }) => {
    const position = positions.get(partition) ?? low;
    return { topic, partition, next: position > high ? low : Math.max(position, low), end: high };
  });
  const topics = new Map(
    sources.flatMap((source) => [
      [source.name, source.topic] as const,
      [source.topic, source.topic] as const,
    ]),
  );
  const visit = async ({ partition, records, next }: RangePart): Promise<void> => {
    const origins = records.flatMap((record): readonly TopicPlace[] => {
      const origin = letterOrigin(record);
      const lettered = origin && topics.get(origin.topic);
      return origin === undefined || lettered === undefined
        ? []
        : [{ topic: lettered, partition: origin.partition, offset: origin.offset }];
    });
    await comparison.noteLetters({ topic, partition, offset: next }, origins);
  };
  return reader.read(ranges, { visit, isOver });
};

const compareRecords = (
  dependencies: TopicDependencies,
  ranges: readonly TopicRange[],
  { isOver, compared }: ComparisonRun,
): Promise<boolean> => {
  const { reader, comparison, log, sources, decode } = dependencies;
  const readers = new Map(sources.map(({ topic, name }) => [topic, tracesOf(name, decode)]));
  const visit = async (part: RangePart): Promise<void> => {
    const { topic, partition, records, next: offset } = part;
    const unaccounted = await unaccountedIn(dependencies, part, readers.get(topic));
    const missing = await comparison.advance({ topic, partition, offset }, unaccounted);
    for (const { traces: _traces, ...record } of missing)
      log.error(record, 'a record was not delivered');
    comparedTotal.inc({ topic }, records.length);
    compared?.(topic, records.length);
  };
  return reader.read(ranges, { visit, isOver });
};

/** The records of a part that left nothing in Postgres. */
const unaccountedIn = async (
  { traces: finder }: TopicDependencies,
  { topic, partition, records }: RangePart,
  read: TracesOf | undefined,
): Promise<readonly MissingRecord[]> => {
  const all = await Promise.all(
    records.map(async (record) => ({ record, traces: await read?.(record) })),
  );
  const isFound = await finder.find(all.map(({ traces }) => traces ?? []));
  return all.flatMap(({ record, traces }, index) =>
    traces !== undefined && isFound[index] === true
      ? []
      : [
          {
            ...{ topic, partition, offset: Number(record.offset), traces },
            writtenAt: new Date(Number(record.timestamp)),
            reason: whyUndelivered(record, records),
          },
        ],
  );
};

/** Removes missing records that are recorded by now. */
const lookAgain = async (
  { missing, traces: finder }: TopicDependencies,
  { isOver }: ComparisonRun,
): Promise<boolean> => {
  let after: MissingRecord | undefined;
  while (!isOver()) {
    const page = await missing.page(after, pageMax);
    const readable = page.flatMap((record) =>
      record.traces === undefined ? [] : [{ record, traces: record.traces }],
    );
    const isFound = await finder.find(readable.map(({ traces }) => traces));
    await missing.remove(
      readable.filter((_record, index) => isFound[index]).map(({ record }) => record),
    );
    after = page.at(-1);
    if (page.length < pageMax) return true;
  }
  return false;
};
