import { rowsOf, type Transaction } from '../../driver/connect.ts';
import type { WrittenRecord } from '../records/write-records.ts';

/** A record by its keys, and those of them that it has gained and lost. */
export type KeyedRecord = Pick<WrittenRecord, 'recordNo' | 'gained' | 'lost'> &
  Readonly<{ record: Pick<WrittenRecord['record'], 'blockKeys'> }>;

/** What a batch changes about who is compared with whom. */
export type FoundPairs = Readonly<{
  /** Pairs to score, the lesser record first; each once. */
  pairs: readonly (readonly [number, number])[];
  /** Records of a block that has become too large: links may have rested on it. */
  crowds: readonly (readonly number[])[];
  /** Keys of the batch whose blocks are too large to be searched. */
  oversizedBlocks: number;
}>;

/**
 * Finds the pairs that share a key of the records written. A block of more than `blockRecordsMax`
 * proposes none: not even those that it proposed while it was smaller, so that the order of arrival
 * decides nothing.
 */
export const findPairs = async (
  tx: Transaction,
  written: readonly KeyedRecord[],
  blockRecordsMax: number,
): Promise<FoundPairs> => {
  const blocks = await readBlocks(tx, { written, blockRecordsMax });
  const fresh = new Set(written.map(({ recordNo }) => recordNo));
  const isOversized = ({ members }: Block) => members.length > blockRecordsMax;
  const wasOversized = ({ members, gained, lost }: Block) =>
    members.length - gained + lost > blockRecordsMax;
  const pairs = pairSet();
  for (const block of blocks.filter((block) => !isOversized(block))) {
    const { members } = block;
    const proposing = wasOversized(block) ? members : members.filter((no) => fresh.has(no));
    proposing.forEach((one) => pairs.addAll(one, members));
  }
  return {
    pairs: pairs.list(),
    crowds: blocks
      .filter((block) => isOversized(block) && !wasOversized(block))
      .map(({ members }) => members),
    oversizedBlocks: blocks.filter(isOversized).length,
  };
};

/** Pairs of two different records, each once. */
const pairSet = () => {
  const others = new Map<number, Set<number>>();
  const add = (one: number, other: number): void => {
    const [a, b] = one < other ? [one, other] : [other, one];
    const known = others.get(a);
    if (known) known.add(b);
    else others.set(a, new Set([b]));
  };
  return {
    /** Pairs of one record with each of some. */
    addAll: (one: number, members: readonly number[]): void => {
      for (const other of members) if (other !== one) add(one, other);
    },
    list: () => [...others].flatMap(([a, more]) => Array.from(more, (b) => [a, b] as const)),
  };
};

/** The records of a key after the batch, never all of a huge block. */
type Block = Readonly<{ members: readonly number[]; gained: number; lost: number }>;

const readBlocks = async (
  tx: Transaction,
  {
    written,
    blockRecordsMax,
  }: Readonly<{ written: readonly KeyedRecord[]; blockRecordsMax: number }>,
): Promise<readonly Block[]> => {
  const keys = changedKeys(written);
  if (keys.length === 0) return [];
  const columns = { key: 'bigint', gained: 'integer', lost: 'integer' } as const;
  return tx<Block[]>`
    select members, gained, lost from ${rowsOf(tx, { changed: keys }, columns)} cross join lateral (
      select array_agg(record_no) as members from (
        select record_no from matching_blocks own where own.key = changed.key
        limit ${blockRecordsMax} + 1 + gained) few) block
    where cardinality(members) > 1`;
};

/** Each key of the records, with how many of them it has gained and lost. */
const changedKeys = (written: readonly KeyedRecord[]) => {
  const changes = new Map<string, { key: string; gained: number; lost: number }>();
  const changeOf = (key: string) => {
    const change = changes.get(key) ?? { key, gained: 0, lost: 0 };
    changes.set(key, change);
    return change;
  };
  for (const { record, gained, lost } of written) {
    // A record that keeps a key is compared anew under it.
    for (const key of record.blockKeys) changeOf(key);
    for (const key of gained) changeOf(key).gained += 1;
    for (const key of lost) changeOf(key).lost += 1;
  }
  return [...changes.values()];
};
