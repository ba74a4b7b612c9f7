import type { LinkDecision, ScoredPair } from '#shared/domain/matching/cluster-records.ts';
import type { RecordId } from '#shared/domain/matching/customer-change.ts';
import { recordName } from '#shared/domain/matching/record-details.ts';
import type { Transaction } from '../driver/connect.ts';

/** A record as customers are assigned by it. */
export type MemberRecord = RecordId &
  Readonly<{
    recordNo: number;
    /** The same for any order of arrival. */
    name: string;
    component: number;
    customerId: number | null;
  }>;

/** Two records that are linked or decided about. */
export type MemberPair = Readonly<{ a: number; b: number }>;

/** Every record that links and decisions connect with some records, and the pairs between them. */
export type LoadedComponents = Readonly<{
  members: ReadonlyMap<number, MemberRecord>;
  links: readonly (MemberPair & Readonly<{ probability: number }>)[];
  decisions: readonly (MemberPair & Readonly<{ decided: LinkDecision['decided'] }>)[];
}>;

/**
 * Reads the sets of records that some records were connected with, or are now. Only pairs with one
 * of these records may have changed since.
 */
export const loadComponents = async (
  tx: Transaction,
  tenantId: string,
  recordNos: readonly number[],
): Promise<LoadedComponents> => {
  // Each end by its index: with `or`, a table whose size is not known yet is read whole.
  const ends = (['a', 'b'] as const).map(
    (end) => tx`
      union all select ${tx(end === 'a' ? 'b' : 'a')} from record_links
      where ${tx(end)} = any(${recordNos}::bigint[]) and band = 'LINK'
      union all select ${tx(end === 'a' ? 'b' : 'a')} from link_decisions
      where ${tx(end)} = any(${recordNos}::bigint[]) and decided = 'SAME'`,
  );
  const rows = await tx<Omit<MemberRecord, 'name'>[]>`
    with connected as materialized (
      select distinct component from (select unnest(${recordNos}::bigint[]) as record_no ${ends}) touched
      join customer_records using (record_no) where tenant_id = ${tenantId})
    select record_no, source, record_id, own.component, customer_id from connected cross join lateral (
      select * from customer_records where component = connected.component offset 0) own`;
  const members = new Map(rows.map((row) => [row.recordNo, { ...row, name: recordName(row) }]));
  const pairs =
    members.size < 2
      ? []
      : await tx<(MemberPair & { probability: number | null; decided: string | null })[]>`
        select a, b, probability, null as decided from record_links
        where a = any(${[...members.keys()]}::bigint[]) and band = 'LINK'
        union all select a, b, null, decided from link_decisions where a = any(${[...members.keys()]}::bigint[])`;
  const within = pairs.filter(({ a, b }) => members.has(a) && members.has(b));
  return {
    members,
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
  members: LoadedComponents['members'],
): readonly (Omit<Pair, 'a' | 'b'> & Pick<ScoredPair, 'a' | 'b'>)[] =>
  pairs.flatMap(({ a, b, ...pair }) => {
    const [one, other] = [members.get(a), members.get(b)];
    return one && other ? [{ ...pair, a: one.name, b: other.name }] : [];
  });
