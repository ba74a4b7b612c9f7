import type { LinkDecision, ScoredPair } from '#shared/domain/matching/clusters/cluster-records.ts';
import type { RecordId } from '#shared/domain/matching/customer-change.ts';
import { recordName } from '#shared/domain/matching/record-details.ts';
import type { Transaction } from '../../driver/connect.ts';
import { byIndex } from '../records/by-index.ts';
import type { WrittenRecord } from '../records/write-records.ts';

/** Records whose component is to be assigned. */
export type TouchedRecords = Readonly<{
  recordNos: readonly number[];
  /** Those of them that are inserted with what they are assigned to. */
  fresh?: readonly WrittenRecord[];
  /** The statement that writes their links: what reads links is sent behind it. */
  linked?: Promise<void>;
}>;

/** A record as customers are assigned by it. */
export type MemberRecord = RecordId &
  Readonly<{
    recordNo: number;
    /** The same for any order of arrival. */
    name: string;
    /** Undefined of a record that is not stored yet. */
    component: number | undefined;
    customerId: number | null;
  }>;

/** Two records that are linked or decided about. */
export type MemberPair = Readonly<{ a: number; b: number }>;

/** Records by number. */
export type Members = ReadonlyMap<number, MemberRecord>;

/** The pairs between records: both records of each are members. */
export type MemberPairs = Readonly<{
  links: readonly (MemberPair & Readonly<{ probability: number }>)[];
  decisions: readonly (MemberPair & Readonly<{ decided: LinkDecision['decided'] }>)[];
}>;

/**
 * Reads the sets of records that some records were connected with, or are now. Only pairs with one
 * of these records may have changed since. Those that are `fresh` are among them but not stored
 * yet.
 */
export const loadMembers = async (
  tx: Transaction,
  tenantId: string,
  { recordNos, fresh = [], linked }: TouchedRecords,
): Promise<Members> => {
  const near = tx`
    select unnest(${recordNos}::bigint[]) as near_no
    union select ends.near_no from unnest(${recordNos}::bigint[]) as touched (record_no)
      cross join lateral (
        select b as near_no from record_links where a = touched.record_no and band = 'LINK'
        union all select a from record_links where b = touched.record_no and band = 'LINK'
        union all select b from link_decisions where a = touched.record_no and decided = 'SAME'
        union all select a from link_decisions where b = touched.record_no and decided = 'SAME'
        ${byIndex(tx)}) ends`;
  const stored = tx<Omit<MemberRecord, 'name'>[]>`
    select record_no, source, record_id, own.component, customer_id from (
      select distinct component as of from (${near}) near cross join lateral (
        select component from customer_records where record_no = near_no ${byIndex(tx)}) one) components
    cross join lateral (
      select * from customer_records where component = components.of ${byIndex(tx)}) own
    where tenant_id = ${tenantId}`;
  const [, rows] = await Promise.all([linked, stored]);
  const added = fresh.map(({ recordNo, record: { source, recordId } }) => ({
    ...{ recordNo, source, recordId },
    ...{ component: undefined, customerId: null },
  }));
  return new Map(
    [...rows, ...added].map((row) => [row.recordNo, { ...row, name: recordName(row) }]),
  );
};

/** Reads the links and decisions between records. */
export const readPairs = async (tx: Transaction, members: Members): Promise<MemberPairs> => {
  const pairs =
    members.size < 2
      ? []
      : await tx<(MemberPair & { probability: number | null; decided: string | null })[]>`
        select own.* from unnest(${[...members.keys()]}::bigint[]) as member (record_no)
        cross join lateral (
          select a, b, probability, null as decided from record_links
          where a = member.record_no and band = 'LINK'
          union all select a, b, null, decided from link_decisions where a = member.record_no
          ${byIndex(tx)}) own`;
  const within = pairs.filter(({ a, b }) => members.has(a) && members.has(b));
  return {
    links: within.flatMap(({ a, b, probability }) =>
      probability === null ? [] : [{ a, b, probability }],
    ),
    decisions: within.flatMap(({ a, b, decided }) =>
      decided === null ? [] : [{ a, b, decided: decided === 'SAME' ? 'same' : 'different' }],
    ),
  };
};

/** Pairs by the names of their records, as the domain knows them. */
export const namedPairs = <Pair extends MemberPair>(
  pairs: readonly Pair[],
  members: Members,
): readonly (Omit<Pair, 'a' | 'b'> & Pick<ScoredPair, 'a' | 'b'>)[] =>
  pairs.flatMap(({ a, b, ...pair }) => {
    const [one, other] = [members.get(a), members.get(b)];
    return one && other ? [{ ...pair, a: one.name, b: other.name }] : [];
  });
