import { bandOf, scorePair } from '#shared/domain/matching/comparing/score-pair.ts';
import type { Matching } from '#shared/domain/matching/matching.ts';
import { rowsOf, type Transaction } from '../../driver/connect.ts';
import { byIndex } from '../records/by-index.ts';
import type { KnownDetails } from '../records/load-details.ts';

type Scope = Readonly<{ tenantId: string; matching: Matching; known: KnownDetails }>;

/** Scores pairs and records those that are linked or to be reviewed, with what each field added. */
export const writeLinks = async (
  tx: Transaction,
  { tenantId, matching: { model, frequencies }, known }: Scope,
  pairs: readonly (readonly [number, number])[],
): Promise<void> => {
  const links = pairs.flatMap(([a, b]) => {
    const [one, other] = [known.get(a)?.details.profile, known.get(b)?.details.profile];
    if (!one || !other) return [];
    const score = scorePair([one, other], model, frequencies);
    const band = bandOf(score.probability, model);
    if (band === 'apart') return [];
    return [
      { ...{ tenantId, a, b, score }, band: band.toUpperCase(), probability: score.probability },
    ];
  });
  if (links.length === 0) return;
  const columns = {
    tenantId: 'text',
    a: 'bigint',
    b: 'bigint',
    band: 'text',
    probability: 'float8',
    score: 'jsonb',
  } as const;
  await tx`
    insert into record_links (tenant_id, a, b, band, probability, score)
    select * from ${rowsOf(tx, { link: links }, columns)}
    on conflict (a, b) do update set band = excluded.band, probability = excluded.probability,
      score = excluded.score, scored_at = now()`;
};

/** Deletes the links of records that changed, and returns the records at their other ends. */
export const dropLinks = async (
  tx: Transaction,
  recordNos: readonly number[],
): Promise<readonly number[]> => {
  if (recordNos.length === 0) return [];
  const ends = await tx<{ a: number; b: number }[]>`
    delete from record_links where ctid = any(array(
      select own.ctid from unnest(${recordNos}::bigint[]) as changed (record_no) cross join lateral (
        select ctid from record_links where a = changed.record_no
        union all select ctid from record_links where b = changed.record_no ${byIndex(tx)}) own))
    returning a, b`;
  return ends.flatMap(({ a, b }) => [a, b]);
};

/**
 * Deletes links within a block that has become too large, unless the pair shares a key of a small
 * one, and returns the records at their ends.
 */
export const dropCrowd = async (
  tx: Transaction,
  crowd: readonly number[],
  blockRecordsMax: number,
): Promise<readonly number[]> => {
  const ends = await tx<{ recordNo: number }[]>`
    with small as materialized (
      select key from (
        select distinct unnest(block_keys) as key from customer_records where record_no = any(${crowd}::bigint[])) own
      where (select count(*) from (
        select from matching_blocks block where block.key = own.key limit ${blockRecordsMax} + 1) few) <= ${blockRecordsMax}
    ), kept as materialized (
      select distinct one.record_no as a, other.record_no as b
      from small join matching_blocks one using (key) join matching_blocks other using (key)
      where one.record_no < other.record_no
        and one.record_no = any(${crowd}::bigint[]) and other.record_no = any(${crowd}::bigint[])
    ), dropped as (
      delete from record_links link
      where a = any(${crowd}::bigint[]) and b = any(${crowd}::bigint[])
        and not exists (select from kept where kept.a = link.a and kept.b = link.b)
      returning a, b)
    select distinct unnest(array[a, b]) as record_no from dropped`;
  return ends.map(({ recordNo }) => recordNo);
};
