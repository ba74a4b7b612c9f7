import { foldText } from './fold-name.ts';

const wordsMax = 16;
const wordUnitsMax = 32;

/** Words that address the same, by what they become; an empty one is ignored. */
const sameWords = new Map(
  Object.entries({
    ...{
      street: 'st',
      road: 'rd',
      avenue: 'ave',
      lane: 'ln',
      drive: 'dr',
      place: 'pl',
      court: 'ct',
    },
    ...{
      apartment: 'apt',
      flat: 'apt',
      floor: 'fl',
      building: 'bldg',
      block: 'blk',
      sector: 'sec',
    },
    ...{
      crescent: 'cres',
      circuit: 'cct',
      colony: 'clny',
      nagar: 'ngr',
      marg: 'mg',
      opposite: 'opp',
    },
    ...{ no: '', number: '', near: '', the: '' },
  }),
);

/** The words of an address, folded, with one form for each of road and rd; at most 16. */
export const foldAddress = (address: string): readonly string[] =>
  foldText(address)
    .split(/[^\p{L}\p{N}]+/u)
    .map((word) => sameWords.get(word) ?? word.slice(0, wordUnitsMax))
    .filter((word) => word !== '')
    .slice(0, wordsMax);

/** A postal code without spaces, in capitals; undefined when it has fewer than 4 characters. */
export const foldPostcode = (postcode: string): string | undefined => {
  const folded = postcode
    .normalize('NFKC')
    .replace(/[^0-9a-z]/gi, '')
    .toUpperCase();
  return folded.length >= 4 && folded.length <= 10 && !/^(.)\1*$/.test(folded) ? folded : undefined;
};
