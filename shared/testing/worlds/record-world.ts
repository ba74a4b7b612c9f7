import { replay } from '#shared/domain/earning/earning-state.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { ledgerStore } from '#shared/stores/postgres/ledger/ledger-store.ts';
import { type EarningWorld, earningOrders } from './earning-worlds.ts';
import { earnEntry } from './ledger-entries.ts';

/**
 * Creates a tenant of a world and records its orders and refunds as the engine rates them. Returns
 * how many orders earned points.
 */
export const recordWorld = async (
  sql: Sql,
  tenantId: string,
  world: EarningWorld,
): Promise<number> => {
  await insertProgram(sql, tenantId, world);
  for (const { cohort, since, until } of world.memberships) {
    await sql`
      insert into cohort_members (tenant_id, customer_id, cohort, since, until)
      values (${tenantId}, 'c-1', ${cohort}, ${since}, coalesce(${until ?? null}::timestamptz, 'infinity'))`;
  }
  for (const { tier, since, until } of world.grants) {
    await sql`
      insert into tier_grants (tenant_id, customer_id, program, tier, since, until)
      values (${tenantId}, 'c-1', ${world.program.program}, ${tier}, ${since},
        coalesce(${until ?? null}::timestamptz, 'infinity'))`;
  }
  const { ratings } = replay(world, earningOrders(world));
  const rated = new Map(ratings.map((rating) => [rating.orderId, rating]));
  const paid = world.orders.filter(({ orderId }) => rated.has(orderId));
  for (const { orderId, refundedMinor, placedAt, currency } of paid) {
    if (refundedMinor === 0) continue;
    await sql`
      insert into refunds (tenant_id, refund_id, order_id, amount_minor, currency, status, applied_minor, cause, refunded_at)
      values (${tenantId}, ${`r ${orderId}`}, ${orderId}, ${refundedMinor}, ${currency}, 'APPLIED', ${refundedMinor}, '/test 1', ${placedAt})`;
  }
  await ledgerStore(sql).commit(
    paid.flatMap((order): LedgerEntry[] => {
      const { points, ruleVersion } = rated.get(order.orderId) ?? { points: 0, ruleVersion: 0 };
      const { orderId, amountMinor, currency, placedAt, refundedMinor } = order;
      const tooMany = refundedMinor === 0 ? 0 : 7;
      const earned = earnEntry({
        ...{ tenantId, orderId, amountMinor, currency, ruleVersion },
        points: points + tooMany,
        occurredAt: placedAt,
      });
      const reversed: LedgerEntry = {
        ...earned,
        kind: 'REVERSE',
        causeId: `r ${orderId}`,
        points: -tooMany,
      };
      return tooMany === 0 ? [earned] : [earned, reversed];
    }),
  );
  return paid.length;
};

const insertProgram = async (
  sql: Sql,
  tenantId: string,
  { timeZone, program: { program, rules, ladders } }: EarningWorld,
): Promise<void> => {
  await sql`
    insert into tenants (tenant_id, name, currency, time_zone) values (${tenantId}, 'World', 'USD', ${timeZone})`;
  await sql`insert into programs (tenant_id, program, name) values (${tenantId}, ${program}, 'World')`;
  for (const { version, currency, validFrom, validUntil, ...terms } of rules) {
    await sql`
      insert into earning_rules (tenant_id, program, version, currency, terms, valid_from, valid_until)
      values (${tenantId}, ${program}, ${version}, ${currency}, ${JSON.stringify(terms)}::text::jsonb, ${validFrom}, ${validUntil ?? null})`;
  }
  for (const { version, validFrom, ...terms } of ladders) {
    await sql`
      insert into tier_ladders (tenant_id, program, version, terms, valid_from, created_by)
      values (${tenantId}, ${program}, ${version}, ${JSON.stringify(terms)}::text::jsonb, ${validFrom}, 'test')`;
  }
};
