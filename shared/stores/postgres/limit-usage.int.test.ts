import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { noUsage, type Usage } from '#shared/domain/limits/usage.ts';
import { testDatabase } from '#shared/testing/servers.ts';
import { connectPostgres } from './connect.ts';
import { holdUsages, readUsages, type UsageKey, writeUsages } from './limit-usage.ts';
import { inTransaction } from './transaction.ts';

const { url } = await testDatabase();
const sql = connectPostgres({ url, max: 8 });
afterAll(() => sql.end());
beforeEach(() => sql`truncate limit_usage`);

const day = '2026-11-21';
const used = (count: number): Usage => ({
  total: { count, amounts: { POINTS: count * 50 } },
  days: { [day]: { count, amounts: { POINTS: count * 50 } } },
  version: count,
});
const key = (subject: string, tenantId = 'default'): UsageKey => ({ tenantId, subject });
const write = (subject: string, usage: Usage, tenantId = 'default') =>
  inTransaction(sql, async (tx) => {
    await holdUsages(tx, [key(subject, tenantId)]);
    await writeUsages(tx, new Map([[tenantId, new Map([[subject, usage]])]]));
  });

/** Counts one more for subjects, as one who commits incentives does. */
const countOne = (keys: readonly UsageKey[]) =>
  inTransaction(sql, async (tx) => {
    const held = await holdUsages(tx, keys);
    const next = Array.from(held, ([tenantId, own]) => {
      const counted = Array.from(
        own,
        ([subject, { version }]) => [subject, used(version + 1)] as const,
      );
      return [tenantId, new Map(counted)] as const;
    });
    await writeUsages(tx, new Map(next));
  });

describe('limit usage', () => {
  it('is read as it was written, and as nothing before', async () => {
    await write('tenant', used(3));
    await write('tenant', used(7), 'other');
    expect(await readUsages(sql, 'default', ['tenant', 'user:ann'])).toEqual(
      new Map([
        ['tenant', used(3)],
        ['user:ann', noUsage],
      ]),
    );
    expect(await readUsages(sql, 'default', [])).toEqual(new Map());
  });

  it('is held whether it stood before or not, each subject once', async () => {
    await write('user:ann', used(2));
    const keys = [key('user:ann'), key('tenant'), key('user:ann'), key('tenant', 'other')];
    const held = await inTransaction(sql, (tx) => holdUsages(tx, keys));
    expect(held).toEqual(
      new Map([
        [
          'default',
          new Map([
            ['tenant', noUsage],
            ['user:ann', used(2)],
          ]),
        ],
        ['other', new Map([['tenant', noUsage]])],
      ]),
    );
    expect(await inTransaction(sql, (tx) => holdUsages(tx, []))).toEqual(new Map());
  });

  it('is written for what it is given for, and nothing beside it', async () => {
    await write('tenant', used(1));
    await write('user:ann', used(1));
    await inTransaction(sql, (tx) => writeUsages(tx, new Map()));
    await write('tenant', used(2));
    expect(await readUsages(sql, 'default', ['tenant', 'user:ann'])).toEqual(
      new Map([
        ['tenant', used(2)],
        ['user:ann', used(1)],
      ]),
    );
  });

  it('misses nobody and waits in no circle when many count at once, in whatever order they name subjects', async () => {
    const subjects = Array.from({ length: 12 }, (_, index) => key(`user:u-${index}`));
    const shared = [key('tenant'), key('campaign:c'), key('tenant', 'other')];
    const work = Array.from({ length: 60 }, (_, index) => {
      const own = subjects.filter((_subject, place) => (index + place) % 3 === 0);
      const keys = [...shared, ...own];
      return countOne(index % 2 === 0 ? keys : keys.toReversed());
    });
    await Promise.all(work);
    const found = await readUsages(sql, 'default', ['tenant', 'campaign:c', 'user:u-0']);
    expect(found).toEqual(
      new Map([
        ['tenant', used(60)],
        ['campaign:c', used(60)],
        ['user:u-0', used(20)],
      ]),
    );
    expect((await readUsages(sql, 'other', ['tenant'])).get('tenant')).toEqual(used(60));
  });

  it('is as before when the transaction comes to nothing', async () => {
    await write('tenant', used(1));
    const failing = inTransaction(sql, async (tx) => {
      await holdUsages(tx, [key('tenant'), key('user:ann')]);
      await writeUsages(tx, new Map([['default', new Map([['tenant', used(2)]])]]));
      throw new Error('gone');
    });
    await expect(failing).rejects.toThrow('gone');
    expect((await readUsages(sql, 'default', ['tenant'])).get('tenant')).toEqual(used(1));
    expect((await sql`select from limit_usage`).count).toBe(1);
  });
});
