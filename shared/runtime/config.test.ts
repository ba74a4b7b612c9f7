import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { brokerList, count, readConfig } from './config.ts';

const shape = { DATABASE_URL: z.url(), POOL_MAX: count.default(4), BROKERS: brokerList };
const good = { DATABASE_URL: 'postgres://localhost/x', BROKERS: 'a:1, b:2' };

describe('readConfig', () => {
  it('reads what is declared and leaves the rest alone', () => {
    expect(readConfig(shape, { ...good, HOME: '/root' })).toEqual({
      DATABASE_URL: 'postgres://localhost/x',
      POOL_MAX: 4,
      BROKERS: ['a:1', 'b:2'],
    });
  });

  it('names every variable that is missing or wrong', () => {
    const act = () => readConfig(shape, { POOL_MAX: 'many', BROKERS: 'nowhere' });
    expect(act).toThrow(/DATABASE_URL: is not set/);
    expect(act).toThrow(/POOL_MAX: Invalid input: expected number/);
    expect(act).toThrow(/BROKERS\.?0?: /);
  });

  it('takes an empty variable as absent', () => {
    expect(() => readConfig(shape, { ...good, DATABASE_URL: '' })).toThrow(
      'DATABASE_URL: is not set',
    );
    expect(readConfig(shape, { ...good, POOL_MAX: '' }).POOL_MAX).toBe(4);
  });
});
