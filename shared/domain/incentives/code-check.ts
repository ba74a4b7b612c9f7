/**
 * Check characters by ISO/IEC 7064 MOD 37,36, a hybrid system with one check character over the
 * digits and the letters A to Z: it finds every single wrong character and nearly every swap of two
 * neighbours. https://en.wikipedia.org/wiki/ISO/IEC_7064 gives the recursion.
 */
const characters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const modulus = characters.length;

/** Characters that cannot be confused when they are read or heard. */
export const plainCharacters = '23456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The place that a random character takes in a pattern. */
const blank = '#';

/**
 * Whether a text ends in the check character of what is before it. Dashes and the like are not
 * looked at, nor is case.
 */
export const isChecked = (code: string): boolean => {
  const text = counted(code.toUpperCase());
  return (
    text.length > 1 && (productOf(text.slice(0, -1)) + valueOf(text.slice(-1))) % modulus === 1
  );
};

/**
 * How many random characters a pattern needs: one for each blank but the last, which is for the
 * check character.
 */
export const randomsOf = (pattern: string): number => pattern.split(blank).length - 2;

/** At most one of this many possible codes is drawn, so that guessing finds none. */
const possiblePerCode = 1_000_000n;

/**
 * How many codes of a pattern may be drawn: so small a share that knowing the pattern and some
 * codes does not help to guess others.
 */
export const roomOf = (pattern: string): bigint =>
  BigInt(plainCharacters.length) ** BigInt(randomsOf(pattern)) / possiblePerCode;

/** What every code of a pattern is like, as SQL writes it. */
export const shapeOf = (pattern: string): string => pattern.replaceAll(blank, '_');

/**
 * Fills the blanks of a pattern with random characters, and the last of them, at the end, with the
 * check character; undefined if that one is not plain: the caller draws again.
 */
export const fillPattern = (pattern: string, randoms: string): string | undefined => {
  const [first = '', ...others] = pattern.slice(0, -blank.length).split(blank);
  const filled = others.reduce((text, part, index) => text + randoms.charAt(index) + part, first);
  const check = checkOf(counted(filled));
  return plainCharacters.includes(check) ? filled + check : undefined;
};

const counted = (code: string): string => code.replaceAll(/[^0-9A-Z]/g, '');

const valueOf = (character: string): number => characters.indexOf(character);

const checkOf = (text: string): string =>
  characters.charAt((modulus + 1 - productOf(text)) % modulus);

/**
 * P of the recursion after the whole text: S = P + a, or M where that is divisible by M; P = 2 S
 * modulo M + 1.
 */
const productOf = (text: string): number =>
  Array.from(text).reduce((product, character) => {
    const sum = (product + valueOf(character)) % modulus;
    return ((sum === 0 ? modulus : sum) * 2) % (modulus + 1);
  }, modulus);
