import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assert } from '#shared/domain/assert.ts';
import { foldName } from '../fields/fold-name.ts';
import { spellingKey } from '../fields/name-variants.ts';
import type { TermFrequencies } from '../models/term-frequencies.ts';
import { compareNames } from './compare-names.ts';
import { isOneEdit } from './is-one-edit.ts';

const nameOf = (name: string) =>
  foldName(name).map((text) => ({ text, spelling: spellingKey(text), sound: '' }));
const compare = (a: string, b: string, frequencies?: TermFrequencies) =>
  compareNames(nameOf(a), nameOf(b), frequencies);

describe('compareNames', () => {
  it('grades how well names agree, whatever the order of their parts', () => {
    expect(compare('Anil Kumar Sharma', 'SHARMA, Anil Kumar')).toBe('exact');
    expect(compare('Anil Kumar Sharma', 'Anil Sharma')).toBe('near');
    expect(compare('Bob Walker', 'Robert Walker')).toBe('near');
    expect(compare('Deepak Verma', 'Dipak Varma')).toBe('near');
    expect(compare('Ram Kumar Jha', 'Ramkumar Jha')).toBe('near');
    expect(compare('Elizabeth Roy', 'Elizabteh Ry')).toBe('close');
    expect(compare('R. Sharma', 'Ravi Sharma')).toBe('close');
    expect(compare('Ravi', 'Ravi Sharma')).toBe('close');
    expect(compare('Sharma', 'Ravi Sharma')).toBe('shared');
    expect(compare('Anil Sharma', 'Sunita Sharma')).toBe('shared');
    expect(compare('Anil Sharma', 'Priya Menon')).toBe('differs');
  });

  it('distinguishes similar names that are both common, and treats a rare one as an error', () => {
    const names = new Map([
      ...['rajesh', 'ramesh', 'sharma'].map((name) => [name, 900] as const),
      ['rajesj', 6],
    ]);
    const frequencies = { records: 10_000, names, phones: new Map() };
    expect(compare('Rajesh Sharma', 'Ramesh Sharma')).toBe('close');
    expect(compare('Rajesh Sharma', 'Ramesh Sharma', frequencies)).toBe('shared');
    expect(compare('Rajesh Sharma', 'Rajesj Sharma', frequencies)).toBe('near');
    expect(compare('Rajesh Sharma', 'Rajsh Sharma', frequencies)).toBe('near');
  });

  it('counts a part that a name has twice as two parts', () => {
    const [ram, kumar] = nameOf('Ram Kumar');
    assert(ram && kumar, 'a name of two parts');
    expect(compareNames([ram, ram], [ram, kumar])).toBe('shared');
    expect(compareNames([ram, ram, kumar], [ram, kumar, kumar])).toBe('shared');
  });

  it('gives the same for both orders of two names', () => {
    const part = fc.string({
      unit: fc.constantFrom('a', 'b', 'i', 'r'),
      minLength: 1,
      maxLength: 6,
    });
    const anyName = fc
      .array(part, { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join(' '))
      .filter((name) => nameOf(name).length > 0);
    fc.assert(
      fc.property(anyName, anyName, (a, b) => {
        expect(compare(a, b)).toBe(compare(b, a));
        expect(compare(a, a)).toBe('exact');
      }),
    );
  });
});

/** Optimal string alignment, by the table of its definition. */
const distance = (a: string, b: string): number => {
  const table = Array.from({ length: a.length + 1 }, (_, row) =>
    Array.from({ length: b.length + 1 }, (__, column) => (row === 0 ? column : row)),
  );
  const at = (row: number, column: number): number => table[row]![column]!;
  for (let row = 1; row <= a.length; row += 1)
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = at(row - 1, column - 1) + Number(a[row - 1] !== b[column - 1]);
      const isSwapped =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swapped = isSwapped ? at(row - 2, column - 2) + 1 : Infinity;
      table[row]![column] = Math.min(
        replaced,
        swapped,
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
      );
    }
  return at(a.length, b.length);
};

describe('isOneEdit', () => {
  it('is true exactly when the distance of Damerau is one', () => {
    const anyWord = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });
    fc.assert(
      fc.property(anyWord, anyWord, (a, b) => {
        expect(isOneEdit(a, b)).toBe(distance(a, b) === 1);
      }),
      { numRuns: 2_000 },
    );
  });
});
