import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEntry, type SealedEntry } from './sealed-entry.ts';

const anyText = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', '=', ':', ';', '1', 'b=1:a') }),
  fc.string({ unit: 'grapheme' }),
);
const anyEntry = fc
  .record({ a: fc.option(anyText), b: fc.option(anyText), ab: fc.option(anyText) })
  .map((entry) => entry as unknown as SealedEntry);

describe('encodeEntry', () => {
  it('never writes two rows of entries the same', () => {
    const anyRow = fc.array(anyEntry, { maxLength: 3 });
    const written = (row: readonly SealedEntry[]) => row.map(encodeEntry).join('');
    fc.assert(
      fc.property(anyRow, anyRow, (one, other) => {
        const isSame = JSON.stringify(one) === JSON.stringify(other);
        expect(written(one) === written(other)).toBe(isSame);
      }),
      { numRuns: 1_000 },
    );
  });

  it('distinguishes null from an empty text, and omits null', () => {
    const entry = (reason: string | null) => ({ tenantId: 't', reason }) as unknown as SealedEntry;
    expect(encodeEntry(entry(''))).toBe('tenant_id=1:treason=0:;');
    expect(encodeEntry(entry(null))).toBe('tenant_id=1:t;');
  });
});
