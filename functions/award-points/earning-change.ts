import { notBeforeLast } from '#shared/domain/earning/earning-account.ts';
import { type Earning, tierStanding } from '#shared/domain/earning/tier-standing.ts';
import { TierChanged } from '#shared/eventing/contracts/tier-changed.ts';
import { type Fact, factOf } from '#shared/eventing/fact.ts';
import type { AccountView, Settlement } from '#shared/stores/postgres/earning/settle-accounts.ts';
import type { Replayed } from './replay-orders.ts';
import type { Occasion } from './revise-orders.ts';

type Change = Readonly<{
  earning: Earning;
  replayed: Replayed;
  occasion: Occasion;
  now: Date;
}>;

/** The state to keep of an account, and what to say when its tier is not the one that was last said. */
export const earningChange = (
  { key, tier: from }: AccountView,
  { earning, replayed, occasion, now }: Change,
): Readonly<{ earning: NonNullable<Settlement<Fact>['earning']>; facts: readonly Fact[] }> => {
  const { account } = replayed.earning;
  const at = notBeforeLast(account, now);
  const standing = tierStanding(earning, account, at);
  const { tier, fallsAt, since } = standing;
  const { tenantId, customerId, program } = key;
  const facts =
    tier === from
      ? []
      : [
          {
            ...factOf(TierChanged, {
              cause: [tenantId, program, customerId, occasion.name],
              partitionKey: customerId,
              time: occasion.occurredAt,
              data: {
                tenantId,
                customerId,
                program,
                from: from ?? null,
                to: tier ?? null,
                since: (since ?? at).toISOString(),
                cause: occasion.name,
              },
            }),
            ...occasion.correlation,
          },
        ];
  return { earning: { ...replayed.earning, tier, fallsAt }, facts };
};
