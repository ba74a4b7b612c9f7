import { RecordArchived } from '#shared/domain/errors.ts';
import type { Sql, Transaction } from '../driver/connect.ts';

type Archived = Readonly<{
  table: 'events' | 'incentives' | 'redemptions' | 'points_ledger';
  /** Names the record at the start of a sentence: `Event e-1`. */
  name: string;
  recordedAt: Date;
  /** Where records from then on are not archived. */
  onlineFrom?: Date;
}>;

/** Describes a record whose key has no row, with when it was archived. */
export const recordArchived = async (
  sql: Sql | Transaction,
  { table, name, recordedAt, onlineFrom }: Archived,
): Promise<RecordArchived> => {
  const partitions = await sql<{ partition: string; archivedAt: Date }[]>`
    select partition, detached_at as archived_at from archived_partitions
    where table_name = ${table} and starts_at <= ${recordedAt} and ends_at > ${recordedAt}
    order by detached_at`;
  const archived = partitions
    .map(({ partition, archivedAt }) => ` on ${dayOf(archivedAt)} with partition ${partition}`)
    .join(' or');
  const online = onlineFrom && `; the first month online is ${dayOf(onlineFrom).slice(0, 7)}`;
  const message = `${name}, recorded on ${dayOf(recordedAt)}, was archived${archived}${online ?? ''}`;
  return new RecordArchived(codes[table], message);
};

const codes: Readonly<Record<Archived['table'], string>> = {
  events: 'event-archived',
  incentives: 'incentive-archived',
  redemptions: 'redemption-archived',
  points_ledger: 'entry-archived',
};

const dayOf = (date: Date): string => date.toISOString().slice(0, 10);
