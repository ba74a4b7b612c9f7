import { afterAll, describe, expect, it } from 'vitest';
import { earnEntry } from '#shared/testing/ledger-entries.ts';
import { testDatabase } from '#shared/testing/servers.ts';
import { connectPostgres } from './connect.ts';
import { ledgerAudit } from './ledger-audit.ts';
import { ledgerStore } from './ledger-store.ts';

const { url } = await testDatabase();
const sql = connectPostgres({ url, max: 2 });
const audit = ledgerAudit(sql);
afterAll(() => sql.end());

const asAnIntruder = async (statement: string) => {
  await sql.unsafe(
    `alter table points_ledger disable trigger all; ${statement}; alter table points_ledger enable trigger all`,
  );
};

describe('ledgerAudit', () => {
  it('agrees with what the functions book', async () => {
    await sql`insert into earning_rules values ('default', 2, 'INR', 3, 20000, '2026-06-15T00:00:00Z')`;
    const late = { occurredAt: new Date('2026-06-20T00:00:00Z'), ruleVersion: 2 };
    await ledgerStore(sql).commit([
      earnEntry({ orderId: 'o-1', amountMinor: 125_050, points: 12 }),
      earnEntry({ orderId: 'o-2', amountMinor: 9_999, points: 0, customerId: 'c-2' }),
      earnEntry({ orderId: 'o-3', amountMinor: 125_050, points: 18, ...late }),
    ]);
    expect(await audit.entries()).toEqual({ examined: 3, wrong: 0, examples: [] });
    expect(await audit.balances()).toEqual({ examined: 2, wrong: 0, examples: [] });
  });

  it('finds an entry that was changed behind our back, and the balance that no longer fits', async () => {
    await asAnIntruder(`update points_ledger set points = 13 where cause_id = 'o-1'`);
    expect(await audit.entries()).toEqual({
      examined: 3,
      wrong: 1,
      examples: [
        {
          tenantId: 'default',
          subject: 'o-1',
          recorded: '13 points by rule 1',
          recomputed: '12 points by rule 1',
        },
      ],
    });
    expect(await audit.balances()).toMatchObject({
      wrong: 1,
      examples: [
        { subject: 'c-1', recorded: '30 points, 30 ever', recomputed: '31 points, 31 ever' },
      ],
    });
    await asAnIntruder(`update points_ledger set points = 12 where cause_id = 'o-1'`);
  });

  it('finds an entry that vanished, and a balance that nothing explains', async () => {
    await asAnIntruder(`delete from points_ledger where customer_id = 'c-2'`);
    expect(await audit.balances()).toMatchObject({
      wrong: 1,
      examples: [{ subject: 'c-2', recorded: '0 points, 0 ever', recomputed: 'no entries' }],
    });
  });

  it('finds an entry that no rule explains', async () => {
    await ledgerStore(sql).commit([earnEntry({ orderId: 'o-9', currency: 'USD' })]);
    expect(await audit.entries()).toMatchObject({
      wrong: 1,
      examples: [{ subject: 'o-9', recomputed: 'no rule for it' }],
    });
  });
});
