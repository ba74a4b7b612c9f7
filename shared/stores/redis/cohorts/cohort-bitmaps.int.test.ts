import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { afterAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { testRedis } from '#shared/testing/servers/servers.ts';
import { connectRedis } from '../driver/connect.ts';
import { cohortBitmaps } from './cohort-bitmaps.ts';

const { url } = await testRedis();
const redis = connectRedis(url);
const bitmaps = cohortBitmaps(redis);
type Script = (...args: readonly unknown[]) => Promise<unknown>;
const scriptCalls = redis as unknown as Record<'pointCohort' | 'readCohorts', Script>;
beforeEach(() => redis.flushdb());
afterAll(() => redis.quit());

const tenantId = 't1';
const place = { tenantId, cohort: 'gold' };
const pointers = `cohort:{${tenantId}}:current`;
const usersOf = (count: number) => Array.from({ length: count }, (_, number) => `u-${number}`);
const window = { from: 0, until: 1_000, builtAt: 0 };

const each = (users: readonly string[]): AsyncIterable<string> => Readable.from(users);

/** How many commands each script ran meanwhile in our database, as MONITOR reports them. */
const commandsOfScripts = async (work: () => Promise<unknown>): Promise<readonly number[]> => {
  const { hostname, port, pathname } = new URL(url);
  // Not a client's monitor mode: ioredis fails where lines come with the answer to MONITOR.
  const socket = connect(Number(port), hostname);
  onTestFinished(() => {
    socket.destroy();
  });
  socket.write('MONITOR\r\n');
  const scripts: number[] = [];
  const end = randomUUID();
  let working: Promise<unknown> | undefined;
  for await (const line of createInterface({ input: socket })) {
    working ??= work().finally(() => redis.echo(end));
    const [, database, source] = linePattern.exec(line) ?? [];
    if (`/${database}` !== pathname) continue;
    if (source === 'lua') scripts[scripts.length - 1]! += 1;
    else if (/\] "eval/i.test(line)) scripts.push(0);
    else if (line.includes(end)) break;
  }
  await working;
  return scripts;
};

/** The time, the database, and the client or `lua`. */
const linePattern = /^\+[\d.]+ \[(\d+) (\S+)\]/;

describe('bitmaps of cohorts', () => {
  it('are built and read by scripts of bounded work, however many users there are', async () => {
    const users = usersOf(3_000);
    const cohorts = Array.from({ length: 100 }, (_, number) => `c-${number}`);
    await bitmaps.build(place, each(users), window);
    for (const cohort of cohorts) await bitmaps.build({ ...place, cohort }, each(['u-0']), window);
    const works: Readonly<Record<string, () => Promise<unknown>>> = {
      first: () =>
        bitmaps.build({ ...place, cohort: 'new' }, each(users.map((id) => `n-${id}`)), window),
      again: () => bitmaps.build(place, each(users), window),
      read: () => bitmaps.read(tenantId, ['gold'], users),
      readMany: () => bitmaps.read(tenantId, cohorts, users.slice(0, 100)),
      extend: async () => bitmaps.extend(place, (await bitmaps.pointers(tenantId)).get('gold')!),
    };
    for (const [what, work] of Object.entries(works)) {
      const scripts = await commandsOfScripts(work);
      expect([what, scripts.length > 0, Math.max(...scripts) <= 1_010]).toEqual([what, true, true]);
    }
  });

  it('are read in one round trip', async () => {
    const users = usersOf(3_000);
    await bitmaps.build(place, each(users), window);
    await bitmaps.read(tenantId, ['gold'], users.slice(0, 1));
    const commands = vi.spyOn(redis, 'sendCommand');
    onTestFinished(() => commands.mockRestore());
    const read = bitmaps.read(tenantId, ['gold', 'silver'], users);
    // Nothing waits for an answer before it is sent.
    const sentAtOnce = commands.mock.calls.length;
    await read;
    expect(sentAtOnce).toBeGreaterThan(1);
    expect(commands).toHaveBeenCalledTimes(sentAtOnce);
  });

  it('are swapped atomically: a concurrent reader gets the answer of one of them', async () => {
    const other = connectRedis(url);
    onTestFinished(() => other.disconnect());
    const users = usersOf(300);
    // So many that users are read by several scripts.
    const cohorts = ['gold', ...Array.from({ length: 19 }, (_, number) => `absent-${number}`)];
    const membersAt = (swap: number) => users.filter((_, number) => number % 2 === swap % 2);
    const seen = new Set<number>();
    const read = async (own: typeof bitmaps) => {
      const answer = await own.read(tenantId, cohorts, users);
      const from = answer.windowOf('gold')?.from;
      if (from === undefined) return;
      seen.add(from);
      expect(users.filter((user) => answer.isMember(user, 'gold'))).toEqual(membersAt(from));
    };
    let isSwapping = true;
    const readUntilThen = async () => {
      while (isSwapping) await read(cohortBitmaps(other));
    };
    const reading = readUntilThen();
    for (let swap = 0; swap < 50; swap += 1) {
      const built = await bitmaps.build(place, each(membersAt(swap)), { ...window, from: swap });
      expect(built).toBe(true);
      await read(bitmaps);
      expect(seen).toContain(swap);
    }
    isSwapping = false;
    await reading;
    // The bitmaps that were replaced are gone.
    expect(await redis.keys('*:bits:*')).toHaveLength(1);
  });

  it('answer nothing where one took the place of another between the scripts of one read', async () => {
    const users = usersOf(2_000);
    await bitmaps.build(place, each(users), window);
    const { readCohorts } = scriptCalls;
    let calls = 0;
    const reading = vi.spyOn(scriptCalls, 'readCohorts').mockImplementation(async (...args) => {
      calls += 1;
      if (calls === 2) await bitmaps.build(place, each([]), { ...window, from: 1 });
      return readCohorts.apply(redis, args);
    });
    onTestFinished(() => reading.mockRestore());
    const answer = await bitmaps.read(tenantId, ['gold'], users);
    expect(calls).toBeGreaterThan(1);
    expect(answer.windowOf('gold')).toBeUndefined();
  });

  it('are given up when Redis loses its data before they are complete, and leave nothing behind', async () => {
    const users = usersOf(300);
    const losing = async function* () {
      yield* users.slice(0, 200);
      await redis.flushdb();
      await bitmaps.build({ ...place, cohort: 'other' }, each(['u-0']), window);
      yield* users.slice(200);
    };
    expect(await bitmaps.build(place, losing(), window)).toBe(false);
    const answer = await bitmaps.read(tenantId, ['gold', 'other'], ['u-0', 'u-299']);
    expect([answer.windowOf('gold'), answer.isMember('u-0', 'other')]).toEqual([undefined, true]);
    expect(answer.isMember('u-299', 'other')).toBe(false);
    const generation = await redis.hget(pointers, '');
    const keys = await redis.keys(`cohort:{${tenantId}}:*`);
    expect(keys.filter((key) => key !== pointers && !key.includes(String(generation)))).toEqual([]);
  });

  it('are given up when only the pointers are lost, just before one would point to them', async () => {
    const { pointCohort } = scriptCalls;
    const losing = vi.spyOn(scriptCalls, 'pointCohort').mockImplementationOnce(async (...args) => {
      await redis.del(pointers);
      await bitmaps.build({ ...place, cohort: 'other' }, each(['u-0']), window);
      return pointCohort.apply(redis, args);
    });
    onTestFinished(() => losing.mockRestore());
    expect(await bitmaps.build(place, each(['u-1']), window)).toBe(false);
    expect([...(await bitmaps.pointers(tenantId)).keys()]).toEqual(['other']);
  });
});
