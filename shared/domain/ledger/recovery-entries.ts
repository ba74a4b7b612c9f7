import { partCauseId } from './effect-part.ts';
import type { LedgerEntry } from './ledger-entry.ts';
import type { Recovery } from './lots.ts';

/** Points to reverse: the lot that they were paid into, and the common fields of the entries. */
type Taking = Readonly<{
  lot: Pick<LedgerEntry, 'lotId' | 'expiresAt'>;
  common: Pick<LedgerEntry, 'tenantId' | 'customerId' | 'program' | 'cause' | 'occurredAt'> &
    Partial<Pick<LedgerEntry, 'orderId' | 'reason'>>;
  effect: Pick<LedgerEntry, 'kind' | 'causeId' | 'counterAccount' | 'ruleVersion'>;
}>;

/**
 * One entry per lot, and at least one. Points that are no longer there are taken from their lot and
 * given back at once, so the entries of an order or reward always add up to what it is worth, and
 * the balance to what the customer keeps.
 */
export const recoveryEntries = (
  { lot: { lotId, expiresAt }, common, effect }: Taking,
  { moves, expired, writtenOff }: Recovery,
): readonly LedgerEntry[] => {
  const own = { lotId, expiresAt, account: 'available' as const };
  const lost = expired + writtenOff;
  const taken = moves.map(({ lot, points }) => ({
    lotId: lot.lotId,
    expiresAt: lot.expiresAt,
    account: lot.account,
    points,
  }));
  const parts = lost > 0 || taken.length === 0 ? [...taken, { ...own, points: 0 - lost }] : taken;
  const restored = [
    { counterAccount: 'expired' as const, points: expired },
    { counterAccount: 'written-off' as const, points: writtenOff },
  ].filter(({ points }) => points !== 0);
  return [
    ...parts.map((part, index) => ({
      ...common,
      ...part,
      ...effect,
      causeId: partCauseId(effect.causeId, index),
    })),
    ...restored.map(({ counterAccount, points }) => ({
      ...common,
      ...own,
      kind: 'ADJUST' as const,
      causeId: `${effect.kind} ${effect.causeId} ${counterAccount}`,
      points,
      counterAccount,
    })),
  ];
};
