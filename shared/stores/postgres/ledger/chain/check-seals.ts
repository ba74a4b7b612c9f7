import { type ChainTally, nameEntries } from './chain-tally.ts';
import { emptyRange, headAfter, type Range, type Seal } from './seal.ts';
import { isAfter, positionOf, type SealedEntry } from './sealed-entry.ts';

/**
 * Takes a tenant's entries in the order of their positions, and compares them with seals that
 * follow each other.
 */
export type SealCheck = Readonly<{
  add: (entry: SealedEntry) => void;
  /** Checks the seals that are left, after the last entry. */
  end: () => void;
}>;

type Link = Pick<Seal, 'sealNo' | 'head'>;

/**
 * Checks seals after the one before them by the head recorded for it, so that one broken seal does
 * not break all after it.
 */
export const checkSeals = (seals: readonly Seal[], before: Link, tally: ChainTally): SealCheck => {
  let place = 0;
  let strays = emptyRange();
  let sealed = emptyRange(seals[0]?.isFolded);
  const check = (seal: Seal): void => {
    checkSeal({ seal, before: seals[place - 1] ?? before, strays, sealed }, tally);
    place += 1;
    strays = emptyRange();
    sealed = emptyRange(seals[place]?.isFolded);
  };
  return {
    add: (entry) => {
      const position = positionOf(entry);
      let seal = seals[place];
      while (seal !== undefined && isAfter(position, seal.to)) {
        check(seal);
        seal = seals[place];
      }
      const isSealed = seal !== undefined && !isAfter(seal.from, position);
      (isSealed ? sealed : strays).add(entry);
    },
    end: () => {
      for (let seal = seals[place]; seal !== undefined; seal = seals[place]) check(seal);
    },
  };
};

type Found = Readonly<{ seal: Seal; before: Link; strays: Range; sealed: Range }>;

const checkSeal = ({ seal, before, strays, sealed }: Found, tally: ChainTally): void => {
  const { tenantId, sealNo } = seal;
  tally.sealed(sealed.entries());
  const fail = (problem: string, { first, last }: Range) =>
    tally.broken({ tenantId, sealNo, problem, entries: nameEntries(first(), last()) });
  const missing = sealNo - before.sealNo - 1;
  if (missing > 0) fail(`seals missing before it: ${missing}`, strays);
  else if (strays.entries() > 0) fail(`entries before it in no seal: ${strays.entries()}`, strays);
  if (sealed.entries() !== seal.entries) {
    fail(`entries sealed: ${seal.entries}, found: ${sealed.entries()}`, sealed);
  } else if (missing === 0 && !headAfter(before.head, seal, sealed.digest()).equals(seal.head)) {
    fail('its entries, it itself or the head before it is not what was sealed', sealed);
  }
};
