/** Where the points of an entry come from or go to, on the tenant's side of the double entry. */
type CounterAccount = 'issued';

/**
 * One effect on a customer's points, as the ledger keeps it. It moves `points` from the tenant's counter account to the
 * customer. (tenantId, kind, causeId) is its business key: whatever happens twice under it happened once.
 */
export type LedgerEntry = Readonly<{
  tenantId: string;
  kind: 'EARN';
  /** The order id of an EARN. */
  causeId: string;
  customerId: string;
  points: number;
  counterAccount: CounterAccount;
  orderId: string;
  amountMinor: number;
  currency: string;
  ruleVersion: number;
  lotId: string;
  /** The event that brought it: CloudEvents source, a blank, id. */
  cause: string;
  occurredAt: Date;
}>;

/** The fields that make two entries under one key the same effect; delivery details may differ. */
const essence = ['customerId', 'amountMinor', 'currency'] as const;

/** A field in which a repeated entry may contradict the recorded one. */
export type LedgerConflict = (typeof essence)[number];

/** Names the first field in which a repeated entry differs from the recorded one, or returns undefined. */
export const conflictBetween = (
  recorded: LedgerEntry,
  repeated: LedgerEntry,
): LedgerConflict | undefined => essence.find((field) => recorded[field] !== repeated[field]);
