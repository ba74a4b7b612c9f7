import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '#shared/testing/runs.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { cohortStore } from './cohort-store.ts';

const sql = await testSql({ max: 8 });
const cohorts = cohortStore(sql);

let customers = 0;
/** Each test has a customer of its own. */
const freshMember = () => ({
  tenantId: 'default',
  cohort: 'vip',
  customerId: `c-${(customers += 1)}`,
});
type Key = ReturnType<typeof freshMember>;

const hour = (hours: number) => new Date(Date.UTC(2026, 0, 1, hours));
const by = (hours: number) => ({ at: hour(hours), subject: 'ann' });

const periodsOf = async ({ customerId }: Key) => {
  const rows = await sql<{ since: Date; until: Date | null }[]>`
    select since, nullif(until, 'infinity') as until from cohort_members
    where customer_id = ${customerId} order by since`;
  return rows.map(({ since, until }) => [since, until]);
};
const auditOf = ({ customerId }: Key) => sql`
  select subject, action, before, after from audit_log
  where resource = ${`cohorts/vip/members/${customerId}`} order by audit_no`;

describe('cohortStore', () => {
  it('adds a member from an instant on and notes who did', async () => {
    const key = freshMember();
    const member = { customerId: key.customerId, since: hour(1), until: undefined };
    expect(await cohorts.add(key, by(1))).toEqual(member);
    expect(await cohorts.find(key, hour(5))).toEqual(member);
    expect(await auditOf(key)).toEqual([
      {
        subject: 'ann',
        action: 'cohort-member.added',
        before: [],
        after: [{ customerId: key.customerId, since: hour(1).toISOString() }],
      },
    ]);
  });

  it('changes nothing for a customer who is a member already, even under concurrent requests', async () => {
    const key = freshMember();
    await Promise.all(Array.from({ length: 8 }, (_, index) => cohorts.add(key, by(index + 1))));
    const [[since] = []] = await periodsOf(key);
    expect(await periodsOf(key)).toHaveLength(1);
    await cohorts.add(key, by(9));
    expect(await periodsOf(key)).toEqual([[since, null]]);
  });

  it('removes a member from an instant on, and leaves what was before', async () => {
    const key = freshMember();
    await cohorts.add(key, by(1));
    await cohorts.remove(key, by(3));
    await cohorts.remove(key, by(4));
    expect(await periodsOf(key)).toEqual([[hour(1), hour(3)]]);
    expect(await cohorts.find(key, hour(2))).toMatchObject({ until: hour(3) });
    expect(await cohorts.find(key, hour(3))).toBeUndefined();
    expect((await auditOf(key)).map(({ action }) => action as string)).toEqual([
      'cohort-member.added',
      'cohort-member.removed',
    ]);
  });

  it('separates the periods of a customer who came back', async () => {
    const key = freshMember();
    await cohorts.add(key, by(1));
    await cohorts.remove(key, by(3));
    await cohorts.add(key, by(5));
    expect(await periodsOf(key)).toEqual([
      [hour(1), hour(3)],
      [hour(5), null],
    ]);
    await cohorts.add(key, by(2));
    expect(await periodsOf(key)).toEqual([[hour(1), null]]);
  });

  it('forgets a membership that had not begun', async () => {
    const key = freshMember();
    await cohorts.add(key, by(8));
    expect(await cohorts.find(key, hour(2))).toMatchObject({ since: hour(8) });
    await cohorts.remove(key, by(2));
    expect(await periodsOf(key)).toEqual([]);
  });

  it('contains, after any changes at any instants, exactly the members of every hour', async () => {
    const command = fc.record({
      verb: fc.constantFrom('add' as const, 'remove' as const),
      hours: fc.nat(9),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 8 }), async (commands) => {
        const key = freshMember();
        const expected = new Set<number>();
        for (const { verb, hours } of commands) {
          await cohorts[verb](key, by(hours));
          const later = Array.from({ length: 10 - hours }, (_, index) => hours + index);
          later.forEach((each) => (verb === 'add' ? expected.add(each) : expected.delete(each)));
        }
        const periods = await sql<{ hours: number }[]>`
          select extract(hour from instant at time zone 'UTC')::int as hours
          from generate_series(${hour(0)}::timestamptz, ${hour(9)}::timestamptz, '1 hour') instant
          join cohort_members on since <= instant and instant < until
          where customer_id = ${key.customerId}`;
        expect(periods.map(({ hours }) => hours).sort()).toEqual([...expected].sort());
      }),
      { numRuns: runs(25) },
    );
  });

  it('lists who is in it now or later, one row each, from id to id', async () => {
    const key = { tenantId: 'default', cohort: 'listed' };
    const add = (customerId: string, hours: number) =>
      cohorts.add({ ...key, customerId }, by(hours));
    await add('b', 1);
    await cohorts.remove({ ...key, customerId: 'b' }, by(2));
    await add('b', 9);
    await add('a', 1);
    await cohorts.remove({ ...key, customerId: 'a' }, by(2));
    await add('C', 1);
    await add('d', 1);
    const ids = async (page: Readonly<{ limit: number; after?: string }>) =>
      (await cohorts.page(key, { now: hour(3), ...page })).map(({ customerId }) => customerId);
    const all = await ids({ limit: 10 });
    expect(all.toSorted()).toEqual(['C', 'b', 'd']);
    const [first = ''] = all;
    expect([...(await ids({ limit: 1 })), ...(await ids({ limit: 10, after: first }))]).toEqual(
      all,
    );
    expect(await cohorts.page({ ...key, cohort: 'none' }, { now: hour(3), limit: 9 })).toEqual([]);
  });

  it('adds nobody for a tenant that does not exist', async () => {
    expect(await cohorts.add({ ...freshMember(), tenantId: 'nobody' }, by(1))).toBeUndefined();
  });
});
