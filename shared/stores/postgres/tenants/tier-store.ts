import type { Fragment } from 'postgres';
import {
  type LockedTier,
  type Moment,
  reviewTier,
  type TierReview,
} from '#shared/domain/earning/tiers/review-tier.ts';
import { rowsOf, type Sql, type Transaction } from '../driver/connect.ts';
import { fromRow, type RowOf } from '../driver/from-row.ts';
import { inTransaction } from '../driver/transaction.ts';
import { addToOutbox, type OutboxEvent } from '../journal/outbox.ts';
import { type EarningColumns, toEarning } from '../ledger/lock-wallets.ts';
import { type GrantsColumn, toGrants } from '../ledger/tier-grants.ts';

/** What makes a record due. */
export type Due = Readonly<
  /** The tier has fallen by now. */
  | { due: 'falls' }
  | {
      due: 'notice';
      /** A customer whose tier falls until then and who was not notified of it is due. */
      noticeUntil: Date;
    }
  | {
      due: 'ladder';
      /** A wallet that was not reviewed since then is due. */
      since: Date;
      /** Looks at the wallets of the customers that sort after this one. */
      after: string;
    }
>;

/** Which records of a program to look for. */
type TiersDue = Due &
  Moment &
  Readonly<{
    tenantId: string;
    /** Bounds the wallets that one transaction reads and locks. */
    walletsMax: number;
  }>;

/** What was committed. */
type ReviewedTiers<DomainEvent extends OutboxEvent> = Readonly<{
  domainEvents: readonly DomainEvent[];
  /** How many wallets were read: fewer than requested means that there are no more. */
  found: number;
  /** The last customer among them, after whom the next page begins. */
  last: string | undefined;
}>;

export type TierStore = Readonly<{
  /**
   * Locks wallets whose tier is due, reviews each, and keeps what was found with the events that
   * `eventsOf` builds, in one transaction. A reviewed record is due again only by a later date.
   * Callers that come upon the same wallet wait for each other, and the later one sees what the
   * earlier one has left.
   * @throws Unavailable when Postgres is not there; nothing is known then, and repeating is safe.
   */
  reviewDue: <DomainEvent extends OutboxEvent>(
    due: TiersDue,
    eventsOf: (tier: LockedTier, review: TierReview) => readonly DomainEvent[],
  ) => Promise<ReviewedTiers<DomainEvent>>;
}>;

/**
 * Downgrades and notifications by date. The state of a wallet stays as of its last order, from
 * which later states are computed.
 */
export const tierStore = (sql: Sql): TierStore => ({
  reviewDue: (due, eventsOf) =>
    inTransaction(sql, async (transaction) => {
      const page = await findPage(transaction, due);
      const customers = page.filter(({ isDue }) => isDue).map(({ customerId }) => customerId);
      await hold(transaction, due, customers);
      const tiers = await readTiers(transaction, due, customers);
      const reviews = tiers.map((tier) => ({ tier, review: reviewTier(tier, due) }));
      await writeRecords(transaction, due, reviews);
      const domainEvents = reviews.flatMap(({ tier, review }) => eventsOf(tier, review));
      await addToOutbox(transaction, domainEvents);
      return { domainEvents, found: page.length, last: page.at(-1)?.customerId };
    }),
});

type Found = Readonly<{ customerId: string; isDue: boolean }>;

/**
 * A tier to downgrade or a customer to notify is found by an index that has no others, so a page
 * reads only what it returns. A ladder's page is the next wallets, due or not: each is read once,
 * however few of them are due.
 */
const findPage = (sql: Transaction, due: TiersDue): Promise<readonly Found[]> => {
  const [isDue, which] = pageOf(sql, due);
  return sql<Found[]>`
    select customer_id, ${isDue} as is_due from earning_accounts
    where tenant_id = ${due.tenantId} and program = ${due.earning.program.program} and ${which}
    limit ${due.walletsMax}`;
};

const pageOf = (sql: Transaction, due: TiersDue): readonly [Fragment, Fragment] => {
  if (due.due === 'ladder')
    return [
      sql`updated_at < ${due.since}`,
      sql`customer_id > ${due.after} order by tenant_id, customer_id`,
    ];
  const which =
    due.due === 'falls'
      ? sql`falls_at <= ${due.now}`
      : sql`falls_at <= ${due.noticeUntil} and notified_of is distinct from falls_at`;
  return [sql`true`, sql`${which} order by falls_at`];
};

/** Locks the same rows as rating orders, in the same order. */
const hold = async (
  sql: Transaction,
  { tenantId, earning }: TiersDue,
  customers: readonly string[],
): Promise<void> => {
  await sql`
    select from points_balances
    where tenant_id = ${tenantId} and program = ${earning.program.program} and customer_id = any(${customers}::text[])
    order by tenant_id, customer_id, program
    for update`;
};

type RecordOf = Omit<LockedTier, 'state' | 'grants'>;

type TierRow = RowOf<RecordOf> & EarningColumns & Readonly<{ grants: GrantsColumn }>;

/** A separate statement, because it must see what the previous holder of the lock has committed. */
const readTiers = async (
  sql: Transaction,
  { tenantId, earning }: TiersDue,
  customers: readonly string[],
): Promise<readonly LockedTier[]> => {
  const rows = await sql<TierRow[]>`
    select tenant_id, customer_id, program, state, days, tier, falls_at, notified_of,
      grants
    from earning_accounts cross join lateral granted_tiers(tenant_id, customer_id, program)
    where tenant_id = ${tenantId} and program = ${earning.program.program} and customer_id = any(${customers}::text[])`;
  return rows.map(({ state, days, grants, ...row }) => ({
    ...fromRow<RecordOf>(row),
    state: toEarning({ state, days }).earning,
    grants: toGrants(grants),
  }));
};

const writeRecords = async (
  sql: Transaction,
  due: TiersDue,
  reviews: readonly Readonly<{ tier: LockedTier; review: TierReview }>[],
): Promise<void> => {
  if (reviews.length === 0) return;
  const rows = reviews.map(({ tier, review }) => ({
    customerId: tier.customerId,
    ...review.record,
  }));
  // Not the database's clock: a review for a ladder is over only when it bears a later time than it
  // was looked for with.
  const reviewedAt = due.due === 'ladder' && due.since > due.now ? due.since : due.now;
  await sql`
    update earning_accounts set tier = reviewed.tier, falls_at = reviewed.falls_at,
      notified_of = reviewed.notified_of, updated_at = greatest(updated_at, ${reviewedAt})
    from ${rowsOf(
      sql,
      { reviewed: rows },
      {
        ...{ customerId: 'text', tier: 'text', fallsAt: 'timestamptz', notifiedOf: 'timestamptz' },
      },
    )}
    where earning_accounts.tenant_id = ${due.tenantId} and earning_accounts.program = ${due.earning.program.program}
      and earning_accounts.customer_id = reviewed.customer_id`;
};
