import { afterAll, describe, expect, it } from 'vitest';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { until } from '#shared/testing/until.ts';
import { connectPostgres } from './connect.ts';
import { exclusively } from './exclusively.ts';

const { url } = await testDatabase();
const [mine, theirs] = [connectPostgres({ url, max: 2 }), connectPostgres({ url, max: 2 })];
afterAll(() => Promise.all([mine.end(), theirs.end()]));

const done = () => Promise.resolve('done');

/** Work that continues until the test ends it. */
const holding = async () => {
  const [began, end] = [Promise.withResolvers<true>(), Promise.withResolvers<string>()];
  const outcome = exclusively(mine, 'a', () => {
    began.resolve(true);
    return end.promise;
  });
  await began.promise;
  return { outcome, end };
};

describe('exclusively', () => {
  it('lets one of several do the work, and the next one after it', async () => {
    const { outcome, end } = await holding();
    expect(await exclusively(theirs, 'a', done)).toBe('busy');
    expect(await exclusively(mine, 'a', done)).toBe('busy');
    end.resolve('first');
    expect(await outcome).toBe('first');
    expect(await exclusively(theirs, 'a', done)).toBe('done');
  });

  it('keeps work of different names apart', async () => {
    const { outcome, end } = await holding();
    expect(await exclusively(theirs, 'b', done)).toBe('done');
    end.resolve('first');
    await outcome;
  });

  it('is free after work that failed, and passes its error on', async () => {
    const failing = () => Promise.reject(new RangeError('broken'));
    await expect(exclusively(mine, 'a', failing)).rejects.toThrow(RangeError);
    expect(await exclusively(theirs, 'a', done)).toBe('done');
  });

  it('is free after its connection was lost, and reports that', async () => {
    const { outcome, end } = await holding();
    const isLost = expect(outcome).rejects.toMatchObject({ name: 'Unavailable' });
    await theirs`select pg_terminate_backend(pid) from pg_locks join pg_database on oid = database
      where locktype = 'advisory' and datname = current_database() and pid <> pg_backend_pid()`;
    const isFree = async () => (await exclusively(theirs, 'a', done)) === 'done';
    await until(isFree);
    await isLost;
    end.resolve('late');
    expect(await exclusively(mine, 'a', done)).toBe('done');
    expect(await exclusively(mine, 'a', done)).toBe('done');
  });
});
