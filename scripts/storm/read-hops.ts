import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';

/** The hops of an action between the instant at which it is due and its frame, in order. */
export const hops = [
  'action record',
  'evaluate-campaign',
  'qualified record',
  'check-limit',
  'incentive record',
  'push-notification',
] as const;

type Passed = Readonly<{ eventId: string; atMs: number }>;

/**
 * When actions passed each hop, in milliseconds since the epoch and in the order of the hops; NaN
 * where unknown.
 */
export type HopTimes = ReadonlyMap<string, readonly number[]>;

type Where = Readonly<{ brokers: readonly string[]; sql: Sql; tenantId: string }>;

/**
 * Reads when the actions of a tenant passed each hop, by their event ids. A record has the time at
 * which it was sent. A row has the time at which its transaction, or its batch, began: the commit
 * counts towards the next hop.
 */
export const readHops = async (where: Where): Promise<HopTimes> => {
  const { sql, tenantId } = where;
  const passed: readonly (readonly Passed[])[] = await Promise.all([
    sentTo(where, 'tenant-events'),
    sql<Passed[]>`
      select event_id, ${milliseconds(sql, 'received_at')} from events where tenant_id = ${tenantId}`,
    sentTo(where, 'campaign-qualified'),
    sql<Passed[]>`
      select event_id, ${milliseconds(sql, 'issued_at')} from incentives where tenant_id = ${tenantId}`,
    sentTo(where, 'incentive-generated'),
    sql<Passed[]>`
      select event_id, ${milliseconds(sql, 'message.created_at')} from inbox_messages message
      join incentives on incentive_id = (frame ->> 'incentiveId')::uuid
      where message.tenant_id = ${tenantId}`,
  ]);
  const times = new Map<string, number[]>();
  passed.forEach((seen, hop) => {
    for (const { eventId, atMs } of seen) {
      const own = times.get(eventId) ?? passed.map(() => Number.NaN);
      own[hop] = atMs;
      times.set(eventId, own);
    }
  });
  return times;
};

const sentTo = async ({ brokers }: Where, topic: string): Promise<readonly Passed[]> =>
  (await readTopic(brokers, topic)).map(({ value, timestamp }) => {
    const { eventId } = JSON.parse(String(value)) as { eventId: string };
    return { eventId, atMs: Number(timestamp) };
  });

const milliseconds = (sql: Sql, column: string) =>
  sql`(extract(epoch from ${sql(column)}) * 1000)::float8 as at_ms`;
