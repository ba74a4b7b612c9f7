import { register } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Unavailable } from '#shared/domain/errors.ts';
import { redisCircuit, withRedis } from './redis-availability.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const away = () => Promise.reject(new Unavailable('redis', 'Redis did not respond'));
const there = () => Promise.resolve('there');
const never = () => new Promise<never>(() => undefined);

const circuit = () => redisCircuit({ failuresMax: 3, restMs: 5_000 });
type Circuit = ReturnType<typeof circuit>;

/** The message of the error, or the answer. */
const ask = (it: Circuit, commands: () => Promise<unknown>) =>
  it.run(commands, 250).catch((error: unknown) => (error as Error).message);

const open = async (it: Circuit) => {
  for (let failure = 0; failure < 3; failure += 1) await ask(it, away);
};

const state = async () => {
  const { values } = await register.getSingleMetric('guerdon_redis_circuit_state')!.get();
  return values.filter(({ value }) => value === 1).map(({ labels }) => labels['state']);
};

describe('withRedis', () => {
  it('names what was unavailable: Redis, or what its commands waited for', async () => {
    const reset = () => Promise.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    const postgres = () => Promise.reject(new Unavailable('postgres', 'Postgres did not respond'));
    await expect(withRedis(reset)).rejects.toMatchObject({ dependency: 'redis' });
    await expect(withRedis(postgres)).rejects.toMatchObject({ dependency: 'postgres' });
  });
});

describe('redisCircuit', () => {
  it('passes on the answers of Redis', async () => {
    expect(await ask(circuit(), there)).toBe('there');
    expect(await state()).toEqual(['closed']);
  });

  it('stops calling after failures in a row, and throws Unavailable', async () => {
    const it = circuit();
    await open(it);
    const commands = vi.fn(there);
    await expect(it.run(commands, 250)).rejects.toMatchObject({
      name: 'Unavailable',
      dependency: 'redis',
      message: 'Redis is unavailable; calls are suspended',
    });
    expect(commands).not.toHaveBeenCalled();
    expect(await state()).toEqual(['open']);
  });

  it('counts failures in a row only', async () => {
    const it = circuit();
    for (const commands of [away, away, there, away, away, there]) await ask(it, commands);
    expect(await ask(it, there)).toBe('there');
  });

  it('gives up what is slow, and counts it as a failure', async () => {
    const it = circuit();
    for (let call = 0; call < 3; call += 1) {
      const slow = ask(it, never);
      await vi.advanceTimersByTimeAsync(249);
      expect(await Promise.race([slow, Promise.resolve('still waiting')])).toBe('still waiting');
      await vi.advanceTimersByTimeAsync(2);
      expect(await slow).toBe('Redis did not respond within 250 ms');
    }
    expect(await ask(it, there)).toBe('Redis is unavailable; calls are suspended');
  });

  it('accepts an answer that waits in the socket when the timer is late', async () => {
    const it = circuit();
    const answered = Promise.withResolvers<string>();
    const slow = ask(it, () => answered.promise);
    vi.advanceTimersToNextTimer();
    answered.resolve('there');
    await vi.advanceTimersByTimeAsync(1);
    expect(await slow).toBe('there');
  });

  it('tries again after its pause, and is closed by an answer', async () => {
    const it = circuit();
    await open(it);
    vi.advanceTimersByTime(4_999);
    expect(await ask(it, there)).toBe('Redis is unavailable; calls are suspended');
    vi.advanceTimersByTime(1);
    expect(await ask(it, there)).toBe('there');
    expect(await state()).toEqual(['closed']);
    await ask(it, away);
    expect(await ask(it, there)).toBe('there');
  });

  it('stays open after one failure of the call that tries', async () => {
    const it = circuit();
    await open(it);
    vi.advanceTimersByTime(5_000);
    expect(await ask(it, away)).toBe('Redis did not respond');
    expect(await ask(it, there)).toBe('Redis is unavailable; calls are suspended');
    vi.advanceTimersByTime(5_000);
    expect(await ask(it, there)).toBe('there');
  });

  it.each([
    ['asks all when it is back', there, ['there', 'there', 'there'], 3],
    [
      'asks nobody when it is not',
      away,
      [
        'Redis did not respond',
        'Redis is unavailable; calls are suspended',
        'Redis is unavailable; calls are suspended',
      ],
      1,
    ],
  ])('lets one of several calls try, and %s', async (_what, answer, expected, asked) => {
    const it = circuit();
    await open(it);
    vi.advanceTimersByTime(5_000);
    const commands = vi.fn(answer);
    const calls = [1, 2, 3].map(() => ask(it, commands));
    expect(commands).toHaveBeenCalledTimes(1);
    expect(await state()).toEqual(['halfOpen']);
    expect(await Promise.all(calls)).toEqual(expected);
    expect(commands).toHaveBeenCalledTimes(asked);
  });

  it('does not count a wrong command as a failure of Redis, and passes its error on', async () => {
    const it = circuit();
    const wrong = () => Promise.reject(new TypeError('WRONGTYPE'));
    for (let call = 0; call < 5; call += 1) expect(await ask(it, wrong)).toBe('WRONGTYPE');
    expect(await ask(it, there)).toBe('there');
  });
});
