import { createLatencies } from '#scripts/bench/load/latencies.ts';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { withSql } from '#scripts/platform/with-sql.ts';
import { eventually } from '#scripts/services/eventually.ts';
import { type Issued, readIssued } from '../campaigns/read-issued.ts';
import type { Pace } from '../campaigns/send-actions.ts';
import type { Check } from '../verdict.ts';
import type { FrameWatch } from './watch-frames.ts';

type Evidence = Readonly<{
  watch: FrameWatch;
  pace: Pace;
  databaseUrl: string;
  brokers: readonly string[];
}>;

/**
 * How long the last frame may take: longer than the minute's tick, which publishes what could not
 * be published at once, and a heartbeat, which finds what was not received.
 */
const patienceMs = 120_000;

/**
 * Every incentive is one frame at its user's client, and nothing else is. The latency is from the
 * timestamp of the action's record in Kafka to the frame, of the actions that were sent at a rate.
 */
export const framesCheck = async ({
  watch,
  pace,
  databaseUrl,
  brokers,
}: Evidence): Promise<Check> => {
  const issued = await withSql(databaseUrl, readIssued);
  const name = ({ userId, incentiveId }: Pick<Issued, 'userId' | 'incentiveId'>) =>
    `${userId} ${incentiveId}`;
  await eventually(() => watch.received.length >= issued.length, { timeoutMs: patienceMs });

  const expected = issued.map(name).sort();
  const found = watch.received.map(name).sort();
  const ok = expected.length === found.length && expected.every((id, i) => id === found[i]);
  const startedAt = await actionTimes(brokers);
  const latencies = createLatencies(found.length);
  for (const { incentiveId, atMs } of watch.received) {
    const fromMs = startedAt.get(incentiveId) ?? Number.NaN;
    if (fromMs <= pace.untilMs) latencies.add(atMs - fromMs);
  }
  const { p50, p99 } = latencies.percentiles();
  return {
    name: "one frame per incentive, at its user's client",
    ok,
    detail: `${found.length} of ${expected.length}; action to frame at ${pace.perSecond} actions a second p50 ${Math.round(p50)} ms, p99 ${Math.round(p99)} ms`,
  };
};

/**
 * When the record of each incentive's action was written to Kafka, in milliseconds; for a quest, of
 * the action that completed it.
 */
const actionTimes = async (brokers: readonly string[]): Promise<ReadonlyMap<string, number>> => {
  const times = new Map<string, number>();
  for (const { value, headers } of await readTopic(brokers, 'incentive-generated')) {
    const { incentiveId } = JSON.parse(String(value)) as Pick<Issued, 'incentiveId'>;
    if (!times.has(incentiveId))
      times.set(incentiveId, Date.parse(String(headers?.['ce_startedat'])));
  }
  return times;
};
