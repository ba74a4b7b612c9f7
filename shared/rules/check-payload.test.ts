import { describe, expect, it } from 'vitest';
import { purchaseSchema } from '#shared/testing/worlds/campaigns.ts';
import { checkPayload } from './refuse-event.ts';

const aString = 'must be a string of at most 1000 characters';
const strings = 'must be a list of at most 100 strings, each of at most 200 characters';
const instant = 'must be an ISO 8601 instant with its offset';

describe('checkPayload', () => {
  it('takes a payload with all that is required, whatever else is in it', () => {
    const payload = { amountMinor: 1, category: 'a'.repeat(1_000), shelf: { row: 3 } };
    expect(checkPayload(purchaseSchema, payload)).toEqual([]);
    const whole = {
      ...payload,
      ...{ weightKg: 1.5, isGift: false, deliverBy: '2026-11-21T10:15:00+05:30', tags: ['a'] },
    };
    expect(checkPayload(purchaseSchema, whole)).toEqual([]);
  });

  it('names every required field that is missing', () => {
    expect(checkPayload(purchaseSchema, { amountMinor: null })).toEqual([
      'payload.amountMinor is missing',
      'payload.category is missing',
    ]);
  });

  it('does not take what every object has for a field', () => {
    const fields = { constructor: { type: 'string', required: true } } as const;
    expect(checkPayload({ ...purchaseSchema, fields }, {})).toEqual([
      'payload.constructor is missing',
    ]);
  });

  it.each([
    ['amountMinor', 0.5, 'must be a whole number within ±2^53'],
    ['amountMinor', -(2 ** 53), 'must be a whole number within ±2^53'],
    ['amountMinor', '1', 'must be a whole number within ±2^53'],
    ['category', 1, aString],
    ['category', 'a'.repeat(1_001), aString],
    ['weightKg', '1.5', 'must be a number'],
    ['isGift', 'true', 'must be true or false'],
    ['deliverBy', '2026-11-21', instant],
    ['deliverBy', '2026-02-30T10:00:00Z', instant],
    ['deliverBy', '2026-11-21T10:00:00', instant],
    ['tags', 'a', strings],
    ['tags', ['a', 1], strings],
    ['tags', ['a'.repeat(201)], strings],
    ['deliverBy', `2026-11-21T10:00:00.${'0'.repeat(60)}Z`, instant],
    ['tags', Array.from({ length: 101 }, () => 'a'), strings],
  ])('names %s when it is %j', (name, value, message) => {
    const payload = { amountMinor: 1, category: 'books', [name]: value };
    expect(checkPayload(purchaseSchema, payload)).toEqual([`payload.${name} ${message}`]);
  });
});
