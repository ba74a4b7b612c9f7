import { describe, expect, it } from 'vitest';
import { planResend } from './plan-resend.ts';

const day = 24 * 3_600_000;
const first = { status: 503, writtenAtMs: day, resends: 0, firstLetterAtMs: day };

describe('planResend', () => {
  it.each([undefined, 404, 408, 409, 429, 500, 503, 504])('resends after status %s', (status) => {
    expect(planResend({ ...first, status })).toBe('soon');
  });

  it.each([303, 400, 401, 403, 413, 422, 431])('leaves status %s to an operator', (status) => {
    expect(planResend({ ...first, status })).toBe('refused');
  });

  it('slows down after the twelfth resend', () => {
    expect(planResend({ ...first, resends: 11 })).toBe('soon');
    expect(planResend({ ...first, resends: 12 })).toBe('later');
  });

  it('gives up three days after the first letter, however few resends there were', () => {
    expect(planResend({ ...first, writtenAtMs: 4 * day })).toBe('soon');
    expect(planResend({ ...first, writtenAtMs: 4 * day + 1 })).toBe('given-up');
  });
});
