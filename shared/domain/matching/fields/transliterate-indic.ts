/**
 * Nine scripts of India have blocks of Unicode of the same layout, 128 characters each: Devanagari,
 * Bengali, Gurmukhi, Gujarati, Odia, Tamil, Telugu, Kannada and Malayalam, so one table reads all.
 */
const indic = /[\u0900-\u0D7F]+/g;
const firstBlock = 0x0900;
const blockSize = 0x80;
/** From Odia on, languages speak the vowel that a consonant implies. */
const firstSpoken = 0x0b00;

const numbered = (first: number, latin: string): readonly (readonly [number, string])[] =>
  latin.split(' ').map((letters, index) => [first + index, letters]);

/** All by their position in a block. */
const vowels = new Map([
  ...numbered(0x05, 'a a i i u u ri l e e e ai o o o au'),
  ...numbered(0x66, '0 1 2 3 4 5 6 7 8 9'),
]);
const signs = new Map(numbered(0x3e, 'a i i u u ri ri e e e ai o o o au'));
const consonants = new Map(
  numbered(
    0x15,
    'k kh g gh n ch chh j jh n t th d dh n t th d dh n n p ph b bh m y r r l l l v sh sh s h',
  ),
);
const codas = new Map([
  ...[[0x01, 'n'] as const, [0x02, 'n'] as const, [0x03, 'h'] as const],
  // The tippi of Gurmukhi, and letters without a vowel of Bengali and Malayalam.
  ...numbered(0x0a70, 'n'),
  ...numbered(0x09ce, 't'),
  ...numbered(0x0d7a, 'n n r l l k'),
]);
/** What a dot below makes of a consonant. */
const dotted: ReadonlyMap<string, string> = new Map(
  Object.entries({ k: 'q', j: 'z', ph: 'f', d: 'r', dh: 'rh' }),
);
const nukta = 0x3c;
const virama = 0x4d;

type Syllable = { onset: string; vowel: string; coda: string; isImplied: boolean };

/**
 * Writes Indic scripts in Latin letters as people write their names: रमेश is ramesh, लक्ष्मी is
 * lakshmi. Vowel length is not kept. In scripts of the north, implied vowels that are not spoken
 * are left out, by the rule for Hindi of Ohala (1983). Other text stays as it is.
 */
export const transliterateIndic = (text: string): string =>
  text.replace(indic, (word) => {
    const syllables = syllablesOf(word);
    if (word.charCodeAt(0) < firstSpoken) dropUnspoken(syllables);
    return syllables
      .map(({ onset, vowel, coda }) => onset + vowel + coda)
      .join('')
      .replaceAll('jn', 'gy');
  });

const syllablesOf = (word: string): readonly Syllable[] => {
  const syllables: Syllable[] = [];
  for (let at = 0; at < word.length; at += 1) {
    const unit = word.charCodeAt(at);
    const position = (unit - firstBlock) % blockSize;
    const syllable = syllableOf(position);
    const last = syllables.at(-1);
    if (syllable) syllables.push(syllable);
    else if (last) applySign(last, position, codas.get(unit) ?? codas.get(position) ?? '');
  }
  return syllables;
};

/** The syllable that a consonant or a vowel begins. */
const syllableOf = (position: number): Syllable | undefined => {
  const onset = consonants.get(position);
  if (onset !== undefined) return { onset, vowel: 'a', coda: '', isImplied: true };
  const vowel = vowels.get(position);
  return vowel === undefined ? undefined : { onset: '', vowel, coda: '', isImplied: false };
};

const applySign = (last: Syllable, position: number, coda: string): void => {
  const vowel = position === virama ? '' : signs.get(position);
  if (vowel !== undefined) Object.assign(last, { vowel, isImplied: false });
  else if (position === nukta) last.onset = dotted.get(last.onset) ?? last.onset;
  else last.coda += coda;
};

/**
 * Leaves out implied vowels, from the end: after a vowel and one consonant, at the end of the word
 * or before one consonant and a vowel.
 */
const dropUnspoken = (syllables: readonly Syllable[]): void => {
  for (let at = syllables.length - 1; at > 0; at -= 1) {
    const [before, syllable, after] = syllables.slice(at - 1, at + 2);
    if (!syllable?.isImplied || syllable.coda !== '') continue;
    if (before?.vowel !== '' && isOpen(after)) syllable.vowel = '';
  }
};

const isOpen = (after: Syllable | undefined): boolean =>
  !after || (after.onset !== '' && after.vowel !== '');
