import type { TraceStep } from '../earning/rating/trace.ts';

/**
 * What an entry records. For orders: EARN pays one; REVERSE takes points for a refund; REVISE
 * corrects an order because another order or refund that comes earlier in event order arrived
 * later. The three of an order add up to what its remaining amount earns. Of lots: RELEASE makes
 * pending points usable, EXPIRE closes a lot. Of incentives: REWARD credits one, REVOKE reverses
 * it. REDEEM spends, TRANSFER moves points to another customer, ADJUST is a manual change.
 */
export type EntryKind =
  | 'EARN'
  | 'REVERSE'
  | 'REVISE'
  | 'RELEASE'
  | 'EXPIRE'
  | 'REDEEM'
  | 'TRANSFER'
  | 'ADJUST'
  | 'REWARD'
  | 'REVOKE';

/** Which of the customer's two sums an entry changes. */
type CustomerAccount = 'available' | 'pending';

/**
 * Where the points of an entry come from or go to: an account of the tenant, or the customer's
 * pending points.
 */
type CounterAccount =
  | 'issued'
  | 'pending'
  | 'redeemed'
  | 'expired'
  | 'adjusted'
  | 'transferred'
  | 'written-off'
  | 'rewarded';

/**
 * One effect on a customer's points, as the ledger keeps it. It moves `points` from the counter
 * account to the customer's. (tenantId, program, kind, causeId) is its business key: an effect is
 * recorded once under it.
 */
export type LedgerEntry = Readonly<{
  tenantId: string;
  program: string;
  kind: EntryKind;
  /** The order id of an EARN, the refund id of a REVERSE; docs/decisions/0003 lists the others. */
  causeId: string;
  customerId: string;
  account: CustomerAccount;
  points: number;
  counterAccount: CounterAccount;
  /** The lot that the points went into or came out of. */
  lotId: string;
  /** When that lot expires. */
  expiresAt?: Date | undefined;
  /** When a pending lot can be used at the latest known; absent while an event must come first. */
  availableAt?: Date | undefined;
  /** The name of the event that a pending lot waits for. */
  awaits?: string | undefined;
  orderId?: string | undefined;
  amountMinor?: number | undefined;
  currency?: string | undefined;
  ruleVersion?: number | undefined;
  /** How the points were computed, step by step; absent if rule and amount are enough. */
  trace?: readonly TraceStep[] | undefined;
  /** Who and why, for what people do by hand. */
  reason?: string | undefined;
  /** The event or request that brought it: CloudEvents source, a blank, id. */
  cause: string;
  occurredAt: Date;
}>;

/** The fields that make two entries under one key the same effect; delivery details may differ. */
const essence = ['customerId', 'amountMinor', 'currency'] as const;

/** A field in which a repeated entry may contradict the recorded one. */
export type LedgerConflict = (typeof essence)[number];

/**
 * Names the first field in which a repeated entry differs from the recorded one, or returns
 * undefined.
 */
export const conflictBetween = (
  recorded: Pick<LedgerEntry, LedgerConflict>,
  repeated: Pick<LedgerEntry, LedgerConflict>,
): LedgerConflict | undefined => essence.find((field) => recorded[field] !== repeated[field]);
