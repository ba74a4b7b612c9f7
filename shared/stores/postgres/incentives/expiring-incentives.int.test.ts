import { beforeEach, describe, expect, it } from 'vitest';
import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import {
  incentiveIdOf,
  insertIncentives,
  testIncentive,
} from '#shared/testing/worlds/record-incentives.ts';
import { connectPostgres } from '../driver/connect.ts';
import { expiringIncentives } from './expiring-incentives.ts';

const sql = await testSql({ max: 6 });
const store = expiringIncentives(sql);
await sql`insert into tenants (tenant_id, name, currency, status)
  values ('acme', 'Acme', 'INR', 'ACTIVE'), ('gone', 'Gone', 'INR', 'SUSPENDED')`;

const at = new Date('2027-01-01T00:00:00Z');
const after = (ms: number) => new Date(at.getTime() + ms);
const due = { tenantId: 'default', now: at, incentivesMax: 10 };
const give = (name: string, fields: Partial<Incentive> = {}) =>
  insertIncentives(sql, [testIncentive(name, { expiresAt: at, ...fields })]);
const idsOf = (incentives: readonly Incentive[]) =>
  incentives.map(({ incentiveId }) => incentiveId).sort();
const logged = () =>
  sql`select incentive_id as id from incentive_event_log where event = 'expired'`;

beforeEach(() => sql`truncate incentives, unpublished_incentive_events cascade`);

describe('expire', () => {
  it('ends what is due of a tenant at its date, whenever it runs, and records that it is to be published', async () => {
    await give('due', { expiresAt: after(-5) });
    await give('later', { expiresAt: after(1) });
    await give('for ever', { expiresAt: undefined });
    await give('another tenant', { tenantId: 'acme' });
    await give('reversed', { status: 'REVERSED' });
    const ended = { status: 'EXPIRED', expiresAt: after(-5), endedAt: after(-5) } as const;
    expect(await store.expire(due)).toEqual([testIncentive('due', ended)]);
    expect(await logged()).toEqual([{ id: incentiveIdOf('due') }]);
    expect(await store.expire(due)).toEqual([]);
    expect(await sql`select from incentives where status = 'EXPIRED'`).toHaveLength(1);
  });

  it('takes the oldest first, and no more than asked for', async () => {
    for (const [name, ageMs] of [
      ['a', 1],
      ['b', 3],
      ['c', 2],
    ] as const)
      await give(name, { expiresAt: after(-ageMs) });
    const expired = await store.expire({ ...due, incentivesMax: 2 });
    expect(idsOf(expired)).toEqual([incentiveIdOf('b'), incentiveIdOf('c')].sort());
  });

  it('passes over what somebody reverses at the moment, and expires it where that came to nothing', async () => {
    await give('a');
    await give('b');
    const held = Promise.withResolvers<undefined>();
    const go = Promise.withResolvers<undefined>();
    const reversing = sql.begin(async (tx) => {
      await tx`update incentives set status = 'REVERSED', ended_at = now() where incentive_id = ${incentiveIdOf('a')}`;
      held.resolve(undefined);
      await go.promise;
      throw new Error('died');
    });
    await held.promise;
    expect(idsOf(await store.expire(due))).toEqual([incentiveIdOf('b')]);
    go.resolve(undefined);
    await expect(reversing).rejects.toThrow('died');
    expect(idsOf(await store.expire(due))).toEqual([incentiveIdOf('a')]);
  });

  it('expires each of many once when several callers run and reversals come between', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `many-${index}`);
    for (const name of names) await give(name);
    const expireAll = async (): Promise<string[]> => {
      const expired = await store.expire({ ...due, incentivesMax: 20 });
      return expired.length === 0 ? [] : [...idsOf(expired), ...(await expireAll())];
    };
    const reverse = async () => {
      const reversed = [];
      for (const name of names.filter((_, index) => index % 5 === 0))
        reversed.push(
          ...(await sql<{ id: string }[]>`
            update incentives set status = 'REVERSED' where incentive_id = ${incentiveIdOf(name)} and status = 'ISSUED'
            returning incentive_id as id`),
        );
      return reversed.map(({ id }) => id);
    };
    const done = await Promise.all([expireAll(), expireAll(), reverse(), expireAll()]);
    const rest = await expireAll();
    expect([...done.flat(), ...rest].sort()).toEqual(names.map(incentiveIdOf).sort());
    expect(await logged()).toHaveLength(300 - done[2].length);
  });

  it('throws Unavailable when Postgres is unavailable', async () => {
    const nowhere = connectPostgres({ url: 'postgres://127.0.0.1:1/none', max: 1 });
    await expect(expiringIncentives(nowhere).expire(due)).rejects.toMatchObject({
      name: 'Unavailable',
    });
    await nowhere.end();
  });
});

describe('oldestDue', () => {
  it('is the oldest date of active tenants that has come and is not done', async () => {
    await give('later', { expiresAt: after(1) });
    await give('suspended', { tenantId: 'gone', expiresAt: after(-9) });
    await give('done', { status: 'EXPIRED', expiresAt: after(-9) });
    expect(await store.oldestDue(at)).toBeUndefined();
    await give('due', { tenantId: 'acme', expiresAt: after(-5) });
    await give('younger', { expiresAt: after(-1) });
    expect(await store.oldestDue(at)).toEqual(after(-5));
  });
});
