import type { Lot } from '#shared/domain/ledger/lot.ts';
import { releaseLot } from '#shared/domain/ledger/release-lot.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import { releasedFact } from '#shared/eventing/released-fact.ts';
import type { HeldAccount } from '#shared/stores/postgres/ledger/hold-accounts.ts';
import type { LotChange } from '#shared/stores/postgres/ledger/lot-store.ts';
import type { Moment } from './moment.ts';

type DueLot = Lot & Readonly<{ availableAt: Date }>;

/** Makes the pending points of an account usable whose date has come: one entry and one fact per lot. */
export const releaseLots = (
  { balance, lots }: HeldAccount,
  { now, cause }: Moment,
): LotChange<Fact> => {
  const entries = lots
    .filter((lot): lot is DueLot => isDue(lot, now))
    .map((lot) => releaseLot(balance, lot, { cause, occurredAt: lot.availableAt }));
  return { entries, facts: entries.map(releasedFact) };
};

const isDue = ({ account, points, availableAt }: Lot, now: Date): boolean =>
  account === 'pending' && points > 0 && availableAt !== undefined && availableAt <= now;
