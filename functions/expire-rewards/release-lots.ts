import type { LedgerEntry } from '#shared/domain/points/ledger-entry.ts';
import type { Lot } from '#shared/domain/points/lot.ts';
import { PointsReleased } from '#shared/eventing/contracts/points-released.ts';
import { type Fact, factOf } from '#shared/eventing/fact.ts';
import type { HeldAccount } from '#shared/stores/postgres/hold-accounts.ts';
import type { LotChange } from '#shared/stores/postgres/lot-store.ts';
import { causeIdOf, type Moment } from './moment.ts';

type DueLot = Lot & Readonly<{ availableAt: Date }>;

/** Makes the pending points of an account usable whose date has come: one entry and one fact per lot. */
export const releaseLots = (account: HeldAccount, moment: Moment): LotChange<Fact> => {
  const due = account.lots.filter((lot): lot is DueLot => isDue(lot, moment.now));
  return {
    entries: due.map((lot) => toEntry(account, lot, moment)),
    facts: due.map((lot) => toFact(account, lot)),
  };
};

const isDue = ({ account, points, availableAt }: Lot, now: Date): boolean =>
  account === 'pending' && points > 0 && availableAt !== undefined && availableAt <= now;

const toEntry = (
  { balance }: HeldAccount,
  { lotId, points, expiresAt, availableAt }: DueLot,
  { cause }: Moment,
): LedgerEntry => ({
  tenantId: balance.tenantId,
  customerId: balance.customerId,
  program: balance.program,
  kind: 'RELEASE',
  causeId: causeIdOf(lotId, balance),
  account: 'available',
  points,
  counterAccount: 'pending',
  lotId,
  expiresAt,
  cause,
  occurredAt: availableAt,
});

const toFact = (
  { balance }: HeldAccount,
  { lotId, points, expiresAt, availableAt }: DueLot,
): Fact =>
  factOf(PointsReleased, {
    cause: [balance.tenantId, balance.program, causeIdOf(lotId, balance)],
    partitionKey: balance.customerId,
    time: availableAt,
    data: {
      tenantId: balance.tenantId,
      customerId: balance.customerId,
      program: balance.program,
      lotId,
      points,
      availableAt: availableAt.toISOString(),
      expiresAt: expiresAt?.toISOString() ?? null,
    },
  });
