import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fillPattern,
  isChecked,
  plainCharacters,
  randomsOf,
  roomOf,
  shapeOf,
} from './code-check.ts';

const plainEach = Array.from(plainCharacters);
const plain = (length: number) =>
  fc.string({ unit: fc.constantFrom(...plainEach), minLength: length, maxLength: length });
const pattern = 'DIWALI-####-##';
const code = plain(5)
  .map((randoms) => fillPattern(pattern, randoms))
  .filter((filled) => filled !== undefined);

describe('isChecked', () => {
  // Annex of ISO 10957 (GRid 7064 example):
  // https://en.wikipedia.org/wiki/Global_Release_Identifier; IEC 7064 example "A12425GABC1234002M".
  it.each(['A12425GABC1234002M', 'A1-2425G-ABC1234002-M', 'a12425gabc1234002m'])(
    'knows the published example %s',
    (example) => {
      expect(isChecked(example)).toBe(true);
    },
  );

  it('finds every single wrong character', () => {
    fc.assert(
      fc.property(code, fc.nat(), fc.constantFrom(...plainEach), (right, at, other) => {
        const index = at % right.length;
        fc.pre(right[index] !== '-' && right[index] !== other);
        return !isChecked(right.slice(0, index) + other + right.slice(index + 1));
      }),
    );
  });

  it('takes a text too short to have a check character for wrong', () => {
    expect(['', '1', '-'].map(isChecked)).toEqual([false, false, false]);
  });
});

describe('fillPattern', () => {
  it('keeps the pattern, its characters plain and its check character right', () => {
    fc.assert(
      fc.property(code, (filled) => {
        expect(filled).toMatch(/^DIWALI-[2-9A-Z]{4}-[2-9A-Z]{2}$/);
        const drawn = filled.slice(7).replaceAll('-', '');
        return (
          Array.from(drawn).every((each) => plainCharacters.includes(each)) && isChecked(filled)
        );
      }),
    );
  });

  it('gives nothing rather than a check character that is read as another', () => {
    const filled = Array.from(plainCharacters, (one) => fillPattern('##', one));
    expect(filled.filter((each) => each === undefined)).not.toHaveLength(0);
    expect(filled.filter((each) => each !== undefined)).not.toHaveLength(0);
  });

  it('takes as many random characters as it reports', () => {
    expect([randomsOf(pattern), randomsOf('A##'), randomsOf('##')]).toEqual([5, 1, 1]);
  });

  it('leaves two of three codes of a pattern undrawn', () => {
    expect(roomOf(pattern)).toBe(24n);
    expect(roomOf('DIWALI-####-####')).toBe(21_870n);
    expect(shapeOf(pattern)).toBe('DIWALI-____-__');
  });
});
