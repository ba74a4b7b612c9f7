import { transliterateIndic } from './transliterate-indic.ts';

/** More of a name than this is not read. */
const unitsMax = 256;
const tokensMax = 6;
const tokenUnitsMax = 32;

const titles = new Set(
  'mr mrs ms miss mx dr prof sir madam shri shree sri smt shrimati kumari km ji er adv capt col maj lt rev jr sr ii iii late'.split(
    ' ',
  ),
);

/** Letters that do not decompose into a Latin letter and a mark. */
const plainLetters = new Map(Object.entries({ ß: 'ss', ø: 'o', æ: 'ae', œ: 'oe', ł: 'l', đ: 'd' }));

/** Text that has neither marks nor other forms. */
const plainText = /^[ -~]*$/;

/** Text in lower case without marks, Indic scripts in Latin letters; compatible forms are one. */
export const foldText = (text: string): string => {
  const read = text.slice(0, unitsMax);
  return plainText.test(read) ? read.toLowerCase() : foldOther(read);
};

const foldOther = (text: string): string =>
  transliterateIndic(text.normalize('NFKC'))
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[ßøæœłđ]/g, (letter) => plainLetters.get(letter) ?? letter);

/**
 * The parts of a name, folded, in their order, without titles: "Dr. José D'Souza" is jose dsouza.
 * At most 6 parts of 32 code units; a name of titles alone has none.
 */
export const foldName = (name: string): readonly string[] =>
  foldText(name)
    .replace(/['’`]/g, '')
    .split(/[^\p{L}]+/u)
    .filter((part) => part !== '' && !titles.has(part))
    .slice(0, tokensMax)
    .map((part) => part.slice(0, tokenUnitsMax));
