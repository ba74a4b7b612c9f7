import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { warmUp } from './warm-up.ts';

const silent = pino({ enabled: false });

describe('warmUp', () => {
  it('waits for every warmer, even if one fails', async () => {
    const ended: string[] = [];
    const slow = async () => {
      await new Promise(setImmediate);
      ended.push('slow');
    };
    await warmUp([() => Promise.reject(new Error('refused')), slow], { log: silent });
    expect(ended).toEqual(['slow']);
  });

  it('ends although a warmer does not', async () => {
    const never = () => new Promise<never>(() => undefined);
    await expect(warmUp([never], { log: silent, withinMs: 1 })).resolves.toBeUndefined();
  });
});
