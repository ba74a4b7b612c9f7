import { assert } from '#shared/domain/assert.ts';
import type { Balance } from '#shared/domain/points/balance.ts';
import {
  conflictBetween,
  type LedgerConflict,
  type LedgerEntry,
} from '#shared/domain/points/ledger-entry.ts';
import type { Sql } from './connect.ts';
import { withPostgres } from './postgres-error.ts';

/**
 * What the ledger holds after a commit: `booked` now, `replayed` from an earlier time with the same content, or a
 * `conflict`, where an entry with another content already stands under the key and nothing was changed.
 */
export type Booking = Readonly<
  | { kind: 'booked' | 'replayed'; entry: LedgerEntry; balance: Balance }
  | { kind: 'conflict'; recorded: LedgerEntry; field: LedgerConflict }
>;

export type LedgerStore = Readonly<{
  /**
   * Books entries together, each exactly once per business key however often and wherever at the same time it is
   * repeated. Durable when it resolves. Returns one booking per entry, in order.
   * @throws Unavailable when Postgres is not there; nothing is known then, and repeating is safe.
   */
  commit: (entries: readonly LedgerEntry[]) => Promise<readonly Booking[]>;
}>;

/** The points ledger with its balances. */
export const ledgerStore = (sql: Sql): LedgerStore => ({
  commit: async (entries) => {
    if (entries.length === 0) return [];
    const first = new Map(entries.toReversed().map((entry) => [keyOf(entry), entry]));
    const booked = await withPostgres(() => book(sql, [...first.values()]));
    // A second statement, because the first one's snapshot is older than a row that it had to wait for.
    const others = [...first.values()].filter((entry) => !booked.has(keyOf(entry)));
    const recorded = await withPostgres(() => recall(sql, others));

    return entries.map((entry): Booking => {
      const key = keyOf(entry);
      const balance = booked.get(key);
      const isFirst = first.get(key) === entry;
      if (balance !== undefined && isFirst) return { kind: 'booked', entry, balance };
      const standing = balance ? { entry: first.get(key), balance } : recorded.get(key);
      assert(standing?.entry, `an entry that was not booked is recorded: ${key}`);
      const field = conflictBetween(standing.entry, entry);
      return field === undefined
        ? { kind: 'replayed', entry: standing.entry, balance: standing.balance }
        : { kind: 'conflict', recorded: standing.entry, field };
    });
  },
});

const keyOf = ({ tenantId, kind, causeId }: Pick<LedgerEntry, 'tenantId' | 'kind' | 'causeId'>) =>
  `${tenantId} ${kind} ${causeId}`;

type BookedRow = Balance & Pick<LedgerEntry, 'kind' | 'causeId'>;

/**
 * Inserts the entries that are new and adds them to their balances, in one statement. Both inserts go in key order, and
 * all of the first come before any of the second, so two batches that overlap wait for each other but never in a circle.
 */
const book = async (sql: Sql, entries: readonly LedgerEntry[]): Promise<Map<string, Balance>> => {
  const column = <Name extends keyof LedgerEntry>(name: Name) =>
    entries.map((entry) => entry[name]);
  const rows = await sql<BookedRow[]>`
    with booked as (
      insert into points_ledger (
        tenant_id, kind, cause_id, customer_id, points, counter_account,
        order_id, amount_minor, currency, rule_version, lot_id, cause, occurred_at)
      select * from unnest(
        ${column('tenantId')}::text[], ${column('kind')}::text[], ${column('causeId')}::text[],
        ${column('customerId')}::text[], ${column('points')}::bigint[], ${column('counterAccount')}::text[],
        ${column('orderId')}::text[], ${column('amountMinor')}::bigint[], ${column('currency')}::text[],
        ${column('ruleVersion')}::integer[], ${column('lotId')}::uuid[], ${column('cause')}::text[],
        ${column('occurredAt').map((date) => date.toISOString())}::timestamptz[])
        as entry (tenant_id, kind, cause_id)
      order by tenant_id, kind, cause_id
      on conflict (tenant_id, kind, cause_id) do nothing
      returning tenant_id, kind, cause_id, customer_id, points, occurred_at
    ), change as (
      select tenant_id, customer_id, sum(points)::bigint as points,
        coalesce(sum(points) filter (where kind = 'EARN'), 0)::bigint as earned,
        coalesce(max(occurred_at) filter (where points <> 0), 'epoch') as reached_at
      from booked
      group by tenant_id, customer_id
    ), balance as (
      insert into points_balances as standing (tenant_id, customer_id, points, lifetime, version, reached_at)
      select tenant_id, customer_id, points, earned, 1, reached_at from change
      order by tenant_id, customer_id
      on conflict (tenant_id, customer_id) do update set
        points = standing.points + excluded.points,
        lifetime = standing.lifetime + excluded.lifetime,
        version = standing.version + 1,
        reached_at = greatest(standing.reached_at, excluded.reached_at),
        updated_at = now()
      returning tenant_id, customer_id, points, lifetime, version, reached_at
    )
    select booked.kind, booked.cause_id as "causeId", tenant_id as "tenantId", customer_id as "customerId",
      balance.points, balance.lifetime, balance.version, balance.reached_at as "reachedAt"
    from booked join balance using (tenant_id, customer_id)`;
  return new Map(
    rows.map(({ kind, causeId, ...balance }) => [keyOf({ ...balance, kind, causeId }), balance]),
  );
};

type RecordedRow = LedgerEntry &
  Readonly<{ balance: number } & Pick<Balance, 'lifetime' | 'version' | 'reachedAt'>>;

/** Reads entries that were booked before, with the balances their customers have now. */
const recall = async (sql: Sql, entries: readonly LedgerEntry[]) => {
  if (entries.length === 0) return new Map<string, { entry: LedgerEntry; balance: Balance }>();
  const rows = await sql<RecordedRow[]>`
    select tenant_id as "tenantId", kind, cause_id as "causeId", customer_id as "customerId", ledger.points,
      counter_account as "counterAccount", order_id as "orderId", amount_minor as "amountMinor", currency,
      rule_version as "ruleVersion", lot_id as "lotId", cause, occurred_at as "occurredAt",
      balance.points as balance, lifetime, version, reached_at as "reachedAt"
    from unnest(
      ${entries.map(({ tenantId }) => tenantId)}::text[],
      ${entries.map(({ kind }) => kind)}::text[],
      ${entries.map(({ causeId }) => causeId)}::text[]) as key (tenant_id, kind, cause_id)
    join points_ledger ledger using (tenant_id, kind, cause_id)
    join points_balances balance using (tenant_id, customer_id)`;
  return new Map(
    rows.map(({ balance: points, lifetime, version, reachedAt, ...entry }) => {
      const { tenantId, customerId } = entry;
      return [
        keyOf(entry),
        { entry, balance: { tenantId, customerId, points, lifetime, version, reachedAt } },
      ];
    }),
  );
};
