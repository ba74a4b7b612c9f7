import type { SealedEntry } from './sealed-entry.ts';

/** A place where ledger and seals do not match. */
export type BrokenSeal = Readonly<{
  tenantId: string;
  sealNo: number;
  problem: string;
  /** Which entries are in question. */
  entries: string;
}>;

/** Keeps count of what a check has seen. */
export type ChainTally = Readonly<{
  sealed: (entries: number) => void;
  broken: (broken: BrokenSeal) => void;
  /** Each broken seal once, and the first of them in full. */
  result: () => Readonly<{
    seals: number;
    entries: number;
    broken: number;
    examples: readonly BrokenSeal[];
  }>;
}>;

const examplesMax = 10;

/** Starts at nothing. */
export const chainTally = (): ChainTally => {
  const examples: BrokenSeal[] = [];
  let seals = 0;
  let entries = 0;
  let count = 0;
  return {
    sealed: (more) => {
      seals += 1;
      entries += more;
    },
    broken: (example) => {
      count += 1;
      if (examples.length < examplesMax) examples.push(example);
    },
    result: () => ({ seals, entries, broken: count, examples }),
  };
};

/** Identifies entries for operators. */
export const nameEntries = (first: SealedEntry | undefined, last = first): string => {
  if (first === undefined || last === undefined) return 'none found';
  return first === last ? nameEntry(first) : `${nameEntry(first)} … ${nameEntry(last)}`;
};

const nameEntry = ({ transactionId, entryNo, program, kind, causeId }: SealedEntry): string =>
  `${transactionId}/${entryNo} ${program} ${kind} ${causeId}`;
