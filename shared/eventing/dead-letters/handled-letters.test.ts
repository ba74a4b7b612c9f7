import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { handledLetters } from './handled-letters.ts';

describe('handledLetters', () => {
  it('remembers any letters over any number of commits', () => {
    const steps = fc.array(fc.uniqueArray(fc.nat(300), { maxLength: 40 }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.nat(50), steps, (low, batches) => {
        const all = new Set<number>();
        let letters = handledLetters(undefined, low);
        for (const batch of batches) {
          for (const offset of batch) letters.add(offset);
          for (const offset of batch) all.add(offset);
          letters = handledLetters(letters.toPosition(), low);
        }
        for (let offset = low; offset <= 300; offset += 1)
          expect(letters.has(offset)).toBe(all.has(offset));
        expect(letters.has(letters.first())).toBe(false);
      }),
    );
  });

  it('forgets what the topic no longer contains', () => {
    const letters = handledLetters(undefined, 0);
    letters.add(3);
    const later = handledLetters(letters.toPosition(), 3);
    expect(later.first()).toBe(4);
    expect(later.toPosition()).toEqual({ offset: '4', metadata: '' });
  });

  it('stores every second of 100,000 letters, and refuses what does not fit into a commit', () => {
    const regular = handledLetters(undefined, 0);
    for (let offset = 1; offset < 100_000; offset += 2) regular.add(offset);
    expect(regular.toPosition()).toMatchObject({ offset: '0' });

    const random = handledLetters(undefined, 0);
    randomBytes(100_000).forEach((byte, index) => {
      if (byte > 127) random.add(index + 1);
    });
    expect(() => random.toPosition()).toThrow('Too many gaps');
  });
});
