import { expect, it } from 'vitest';
import { plainTerms } from '#shared/domain/earning/rating/earning-rule.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { traceOf } from './events.ts';

const rule = {
  ...plainTerms,
  rate: { points: 1, perMinor: 10_000 },
  version: 1,
  currency: 'INR',
  validFrom: new Date(0),
};

it('shows how an order of a plain rule was paid, which the ledger does not store', () => {
  expect(traceOf(earnEntry({ points: 12 }), [rule])).toEqual([
    { step: 'rate', says: '1 point per 10000 minor units', exact: '2501/200' },
    { step: 'rounding', says: 'rounded down', exact: '12/1' },
  ]);
});

it('shows what the ledger stores', () => {
  const trace = [{ step: 'cap', says: 'cap of the day 5, 5 left', exact: '5/1' }] as const;
  expect(traceOf(earnEntry({ trace }), [rule])).toBe(trace);
});

it('shows no steps for an entry that pays no order', () => {
  expect(traceOf(earnEntry({ kind: 'REDEEM' }), [rule])).toBeUndefined();
});
