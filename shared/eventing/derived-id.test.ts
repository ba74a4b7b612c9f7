import fc from 'fast-check';
import { v5 as uuidV5 } from 'uuid';
import { expect, it } from 'vitest';
import { derivedId } from './domain-event.ts';

it('derives the UUIDv5 of the words in our namespace', () => {
  const namespace = uuidV5('guerdon.dev', uuidV5.DNS);
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
      expect(derivedId(...words)).toBe(uuidV5(JSON.stringify(words), namespace));
    }),
    { numRuns: 1_000 },
  );
});
