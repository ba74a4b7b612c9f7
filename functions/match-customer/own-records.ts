import type { RecordId } from '#shared/domain/matching/customer-change.ts';
import { isPhoneInRange, type PhoneRange } from '#shared/domain/matching/fields/phone-range.ts';
import { recordName } from '#shared/domain/matching/record-details.ts';
import type { CustomerRecord } from '#shared/stores/postgres/customers/customer-record.ts';

/** The phones whose records this installation matches, where others match the rest. */
export type Shard = Readonly<{
  range: PhoneRange;
  /** Finds which records of a tenant are stored, by name. */
  storedNames: (tenantId: string, records: readonly RecordId[]) => Promise<ReadonlySet<string>>;
}>;

/**
 * What a shard commits of records: those whose phone is in its range, and those that it has though
 * their phone has left the range, without what they contain: another shard has that now.
 */
export const ownRecords = async <Accepted extends Readonly<{ record: CustomerRecord }>>(
  accepted: readonly Accepted[],
  { range, storedNames }: Shard,
): Promise<readonly Accepted[]> => {
  const isOwn = ({ record }: Accepted) => isPhoneInRange(range, record.details.profile.phone);
  const others = Map.groupBy(
    accepted.flatMap((one) => (isOwn(one) ? [] : [one.record])),
    ({ tenantId }) => tenantId,
  );
  const stored = new Map<string, ReadonlySet<string>>();
  for (const [tenantId, records] of others)
    stored.set(tenantId, await storedNames(tenantId, records));
  return accepted.flatMap((one) => {
    if (isOwn(one)) return [one];
    const hasLeft = stored.get(one.record.tenantId)?.has(recordName(one.record));
    return hasLeft ? [{ ...one, record: emptied(one.record) }] : [];
  });
};

/** Of the same time and content, so that of its versions the newest one still wins. */
const emptied = (record: CustomerRecord): CustomerRecord => {
  const { source, recordId } = record;
  const details = { given: {}, profile: { source, recordId } };
  const hashedBy = (keyId: string) => ({ ...record.hashedBy(keyId), blockKeys: [] });
  return { ...record, accountId: undefined, blockKeys: [], details, hashedBy };
};
