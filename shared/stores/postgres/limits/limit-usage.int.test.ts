import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { UsageChange } from '#shared/domain/limits/limit-request-of.ts';
import { noUsage, type Usage } from '#shared/domain/limits/usage.ts';
import { lockWaits } from '#shared/testing/lock-waits.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { until } from '#shared/testing/until.ts';
import { connectPostgres } from '../driver/connect.ts';
import { inTransaction } from '../driver/transaction.ts';
import { addUsage, lockSubjects, readUsages, subtractUsage } from './limit-usage.ts';

const { url } = await testDatabase();
const sql = connectPostgres({ url, max: 8 });
afterAll(() => sql.end());
beforeEach(() => sql`truncate limit_usage, limit_locks`);

const day = '2026-11-21';
const days = [{ first: day, last: day }];
const change = (subject: string, count: number, fields: Partial<UsageChange> = {}) => ({
  ...{ tenantId: 'default', subject, day: undefined, unit: 'POINTS', count, amount: count * 50 },
  isShared: !subject.includes('user:'),
  ...fields,
});
const onDay = (subject: string, count: number, fields: Partial<UsageChange> = {}) => [
  change(subject, count, fields),
  change(subject, count, { day, ...fields }),
];
const add = (changes: readonly UsageChange[]) => inTransaction(sql, (tx) => addUsage(tx, changes));
const used = (count: number): Omit<Usage, 'version'> => {
  const tally = { count, amounts: { POINTS: count * 50 } };
  return { total: tally, days: { [day]: tally } };
};
const usageOf = async (subject: string, tenantId = 'default') => {
  const found = await readUsages(sql, [{ tenantId, subject, days }]);
  const { version: _, ...usage } = found.get(tenantId)?.get(subject) ?? noUsage;
  return usage;
};

describe('limit usage', () => {
  it('adds up, by tenant and subject, and is nothing before', async () => {
    expect(await usageOf('tenant')).toEqual({ total: noUsage.total, days: {} });
    await add([...onDay('tenant', 3), ...onDay('tenant', 7, { tenantId: 'other' })]);
    await add(onDay('tenant', 2));
    expect(await usageOf('tenant')).toEqual(used(5));
    expect(await usageOf('tenant', 'other')).toEqual(used(7));
    await add([]);
  });

  it('reverses of a day that was deleted what is left, which is the total', async () => {
    await add(onDay('user:u-1', 3));
    await sql`delete from limit_usage where day > '-infinity'`;
    await inTransaction(sql, (tx) => subtractUsage(tx, onDay('user:u-1', 1)));
    expect(await usageOf('user:u-1')).toEqual({ ...used(2), days: {} });
    const unknown = inTransaction(sql, (tx) => subtractUsage(tx, onDay('user:u-2', 1)));
    await expect(unknown).rejects.toThrow('was counted');
  });

  it('adds up units, and what has none, and takes them back', async () => {
    const coupons = onDay('tenant', 2, { unit: '', amount: 0 });
    await add([
      ...onDay('tenant', 1),
      ...onDay('tenant', 4, { unit: 'INR', amount: 9 }),
      ...coupons,
    ]);
    await inTransaction(sql, (tx) =>
      subtractUsage(tx, onDay('tenant', 1, { unit: '', amount: 0 })),
    );
    const tally = { count: 6, amounts: { POINTS: 50, INR: 9 } };
    expect(await usageOf('tenant')).toEqual({ total: tally, days: { [day]: tally } });
  });

  it('takes nothing back that was not counted', async () => {
    const taken = inTransaction(sql, (tx) => subtractUsage(tx, onDay('tenant', 1)));
    await expect(taken).rejects.toThrow('reversed usage was counted');
  });

  it('costs as many rows after 400 days of usage as on the first day', async () => {
    await sql`
      insert into limit_usage
      select 'default', subject, ${day}::date + n, 'POINTS', 1, 50
      from generate_series(-400, 400) n, unnest(array['aged', 'aged:too', 'another']) subject where n <> 0`;
    await sql`analyze limit_usage`;
    const rowsTouched = (subject: string) =>
      inTransaction(sql, async (tx) => {
        const questions = [{ tenantId: 'default', subject, days }];
        const sums = async () => {
          const [row] = await tx<[Readonly<{ read: number; written: number }>]>`
            select (seq_tup_read + idx_tup_fetch)::int as read, (n_tup_ins + n_tup_upd)::int as written
            from pg_stat_xact_user_tables where relname = 'limit_usage'`;
          return row;
        };
        const before = await sums();
        await lockSubjects(tx, questions);
        await readUsages(tx, questions);
        await addUsage(tx, onDay(subject, 2));
        await subtractUsage(tx, onDay(subject, 1));
        const after = await sums();
        return { read: after.read - before.read, written: after.written - before.written };
      });
    await add(['young', 'aged'].flatMap((subject) => onDay(subject, 1)));
    const young = await rowsTouched('young');
    expect(young).toMatchObject({ written: 4 });
    expect(await rowsTouched('aged')).toEqual(young);
  });

  it('misses nobody and waits in no circle when many count at once, in whatever order they name subjects', async () => {
    const subjects = Array.from({ length: 12 }, (_, index) => `user:u-${index}`);
    const shared = ['tenant', 'campaign:c'];
    const work = Array.from({ length: 60 }, (_, index) => {
      const own = subjects.filter((_subject, place) => (index + place) % 3 === 0);
      const named = index % 2 === 0 ? [...shared, ...own] : [...own, ...shared].toReversed();
      const changes = named.flatMap((subject) => onDay(subject, 1));
      if (index % 5 > 0) return add(changes);
      // As a reversal of what somebody else issued meanwhile.
      return add(changes).then(async () => {
        await inTransaction(sql, (tx) => subtractUsage(tx, changes.toReversed()));
        await add(changes);
      });
    });
    await Promise.all(work);
    expect(await usageOf('tenant')).toEqual(used(60));
    expect(await usageOf('campaign:c')).toEqual(used(60));
    expect(await usageOf('user:u-0')).toEqual(used(20));
  });

  it('is read under its lock as the last holder of the lock committed it', async () => {
    const questions = [{ tenantId: 'default', subject: 'tenant', days }];
    const countOne = () =>
      inTransaction(sql, async (tx) => {
        const [, usages] = await Promise.all([
          lockSubjects(tx, questions),
          readUsages(tx, questions),
        ]);
        await addUsage(tx, onDay('tenant', 1));
        return usages.get('default')!.get('tenant')!;
      });
    const seen = await Promise.all(Array.from({ length: 40 }, countOne));
    const byVersion = seen.toSorted((one, other) => one.version - other.version);
    expect(byVersion.map(({ total }) => total.count)).toEqual(seen.map((_, index) => index));
  });

  it('is locked by subject, each once and in key order, and needs no lock to be added to', async () => {
    const keys = ['user:ann', 'tenant', 'user:ann'].map((subject) => ({
      ...{ tenantId: 'default', subject },
    }));
    let isDone = false;
    await inTransaction(sql, async (tx) => {
      await lockSubjects(tx, keys);
      await add(onDay('tenant', 1));
      void inTransaction(sql, (other) => lockSubjects(other, keys.toReversed())).then(() => {
        isDone = true;
      });
      const isWaiting = async () => (await lockWaits(sql)) === 1;
      await until(isWaiting);
      expect(isDone).toBe(false);
    });
    await until(() => isDone);
    await inTransaction(sql, (tx) => lockSubjects(tx, []));
  });

  it('of accounts of one customer adds up, and is locked together, until they are apart', async () => {
    await sql`
      insert into carried_accounts (tenant_id, account_id, carried_to)
      values ('default', 'ann', 'home'), ('default', 'bob', 'home'), ('default', 'eve', 'other')`;
    const subjects = ['ann', 'bob', 'home', 'eve'].map((user) => `campaign:c:user:${user}`);
    await add(subjects.flatMap((subject, index) => onDay(subject, 10 ** index)));
    const usages = () => Promise.all(subjects.map((subject) => usageOf(subject)));
    const [ann, bob, home, eve] = await usages();
    for (const each of [ann, bob, home]) expect(each).toMatchObject(used(111));
    expect(new Set(ann?.sharedWith)).toEqual(new Set(subjects.slice(1, 3)));
    expect(eve).toMatchObject({ ...used(1_000), sharedWith: ['campaign:c:user:other'] });

    const lock = (subject: string) =>
      inTransaction(sql, async (tx) => {
        await tx`set local lock_timeout = 1`;
        await lockSubjects(tx, [{ tenantId: 'default', subject }]);
      });
    await inTransaction(sql, async (tx) => {
      await lockSubjects(tx, [{ tenantId: 'default', subject: 'campaign:c:user:ann' }]);
      for (const subject of subjects.slice(0, 3)) await expect(lock(subject)).rejects.toThrow();
      await lock('campaign:c:user:eve');
      await lock('user:home');
    });
    await sql`truncate carried_accounts cascade`;
    expect(await usages()).toEqual([used(1), used(10), used(100), used(1_000)]);
  });

  it('of a tenant or campaign is added to and reversed by many transactions at once without waiting', async () => {
    const shared = ['tenant', 'campaign:c'].flatMap((subject) => onDay(subject, 1));
    await add(shared);
    await inTransaction(sql, (one) =>
      inTransaction(sql, async (other) => {
        await addUsage(one, shared);
        await addUsage(other, shared);
        await inTransaction(sql, async (tx) => {
          await tx`set local lock_timeout = 1`;
          await addUsage(tx, shared);
          await subtractUsage(tx, shared);
        });
      }),
    );
    expect(await usageOf('tenant')).toEqual(used(3));
    expect(await usageOf('campaign:c')).toEqual(used(3));
  });

  it('waits for a row where more transactions add to a tenant than it has rows', async () => {
    const busy = 40;
    const many = connectPostgres({ url, max: busy });
    const gate = Promise.withResolvers<undefined>();
    const isWaiting = async () => (await lockWaits(sql)) > 0;
    const adding = Array.from({ length: busy }, () =>
      inTransaction(many, async (tx) => {
        await addUsage(tx, onDay('tenant', 1));
        await gate.promise;
      }),
    );
    await until(isWaiting);
    gate.resolve(undefined);
    await Promise.all(adding);
    expect(await usageOf('tenant')).toEqual(used(busy));
    await many.end();
  });

  it('of a locked subject is one row, which other transactions do not keep waiting', async () => {
    const keys = [{ tenantId: 'default', subject: 'tenant' }];
    const addLocked = () =>
      inTransaction(sql, async (tx) => {
        await lockSubjects(tx, keys);
        await addUsage(tx, onDay('tenant', 1), keys);
      });
    await addLocked();
    await inTransaction(sql, async (tx) => {
      await addUsage(tx, onDay('tenant', 1));
      await addLocked();
    });
    const rows = await sql<{ isFirst: boolean; count: number }[]>`
      select slot = 0 as is_first, count from limit_usage where day = '-infinity' order by slot`;
    expect([...rows]).toEqual([
      { isFirst: true, count: 2 },
      { isFirst: false, count: 1 },
    ]);
    expect(await usageOf('tenant')).toEqual(used(3));
  });

  it('is as before when the transaction comes to nothing', async () => {
    await add(onDay('tenant', 1));
    const failing = inTransaction(sql, async (tx) => {
      await addUsage(tx, onDay('tenant', 1));
      throw new Error('gone');
    });
    await expect(failing).rejects.toThrow('gone');
    expect(await usageOf('tenant')).toEqual(used(1));
  });
});
