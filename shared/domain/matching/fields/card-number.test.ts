import { describe, expect, it } from 'vitest';
import { cardDigits, maskCardNumbers, withoutCardNumbers } from './card-number.ts';

describe('cardDigits', () => {
  it.each([
    ['4111 1111-1111 1111', '4111111111111111'],
    ['４１１１111111111111', '4111111111111111'],
    ['378282246310005', '378282246310005'],
    ['4111111111111112', undefined],
    ['0000000000000000', undefined],
    ['VISA', undefined],
  ])('%s is %s', (text, digits) => {
    expect(cardDigits(text)).toBe(digits);
  });
});

describe('maskCardNumbers', () => {
  it.each([
    ['paid with 4111 1111 1111 1111 today', 'paid with **** **** **** 1111 today'],
    ['12 4111-1111-1111-1111 34', '12 ****-****-****-1111 34'],
    ['4111111111111111 5555555555554444', '************1111 ************4444'],
    ['at 1795354335307, order 4111111111111112', 'at 1795354335307, order 4111111111111112'],
    ['call 0091 98200 12345', 'call 0091 98200 12345'],
  ])('%s', (text, masked) => {
    expect(maskCardNumbers(text)).toBe(masked);
  });

  it('takes time in proportion to a hostile text', () => {
    expect(maskCardNumbers('4 '.repeat(50_000))).toHaveLength(100_000);
  });
});

describe('withoutCardNumbers', () => {
  it('masks numbers at any depth, as text and as number, and in names of fields', () => {
    const card = '4111111111111111';
    expect(
      withoutCardNumbers({ a: [{ b: card }], n: 4_111_111_111_111_111, [card]: 1, phone: card }),
    ).toEqual({
      ...{ a: [{ b: '************1111' }], n: '************1111', '************1111': 1 },
      phone: card,
    });
  });
});
