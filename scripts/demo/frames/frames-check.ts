import type { ActionDocument } from '#scripts/actions/generate-actions.ts';
import { createLatencies } from '#scripts/bench/load/latencies.ts';
import { readTopic } from '#scripts/platform/read-topic.ts';
import { eventually } from '#scripts/services/eventually.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import type { FestivalIds } from '../campaigns/open-festival.ts';
import { type Issued, readIssued } from '../campaigns/read-issued.ts';
import type { Check } from '../verdict.ts';
import type { FrameWatch } from './watch-frames.ts';

type Evidence = Readonly<{
  watch: FrameWatch;
  ids: FestivalIds;
  databaseUrl: string;
  brokers: readonly string[];
}>;

/**
 * How long the last frame may take: longer than a heartbeat, which finds what was not published.
 */
const patienceMs = 30_000;

/**
 * Every incentive is one frame at its user's client, and nothing else is. The latency is from the
 * timestamp of the action's record in Kafka to the frame; that of quests does not count, since what
 * completes them in time may have come first.
 */
export const framesCheck = async ({
  watch,
  ids,
  databaseUrl,
  brokers,
}: Evidence): Promise<Check> => {
  const sql = connectPostgres({ url: databaseUrl, max: 1 });
  const issued = await readIssued(sql).finally(() => sql.end());
  const name = ({ userId, incentiveId }: Pick<Issued, 'userId' | 'incentiveId'>) =>
    `${userId} ${incentiveId}`;
  await eventually(() => watch.received.length >= issued.length, { timeoutMs: patienceMs });

  const expected = issued.map(name).sort();
  const found = watch.received.map(name).sort();
  const ok = expected.length === found.length && expected.every((id, i) => id === found[i]);
  const sentAt = await actionTimes(brokers);
  const arrivedAt = new Map(watch.received.map((frame) => [frame.incentiveId, frame.atMs]));
  const latencies = createLatencies(issued.length);
  for (const { incentiveId, campaignId, eventId } of issued) {
    const waitMs = (arrivedAt.get(incentiveId) ?? Number.NaN) - (sentAt.get(eventId) ?? Number.NaN);
    if (campaignId !== ids.quest && Number.isFinite(waitMs)) latencies.add(waitMs);
  }
  const { p50, p99 } = latencies.percentiles();
  return {
    claim: "one frame per incentive, at its user's client",
    ok,
    detail: `${found.length} of ${expected.length}; action to frame p50 ${Math.round(p50)} ms, p99 ${Math.round(p99)} ms`,
  };
};

/** When each action was first in Kafka, in milliseconds. */
const actionTimes = async (brokers: readonly string[]): Promise<ReadonlyMap<string, number>> => {
  const times = new Map<string, number>();
  for (const { value, timestamp } of await readTopic(brokers, 'tenant-events')) {
    const eventId = eventIdIn(value);
    if (eventId !== undefined && !times.has(eventId)) times.set(eventId, Number(timestamp));
  }
  return times;
};

/** Some records are broken on purpose. */
const eventIdIn = (value: Buffer | null): string | undefined => {
  try {
    return (JSON.parse(String(value)) as Partial<ActionDocument> | null)?.eventId;
  } catch {
    return undefined;
  }
};
