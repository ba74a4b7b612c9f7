import { derivedId } from '#shared/eventing/derived-id.ts';
import { customerIdOf } from './rank-customers.ts';

/** Incentives of one batch: a micro-batch of check-limit. */
export const batchSize = 50;

export const users: readonly string[] = Array.from({ length: 20_000 }, (_, number) =>
  customerIdOf(number),
);

export const campaigns: readonly string[] = Array.from({ length: 10 }, (_, number) =>
  derivedId('campaign', String(number)),
);

/** The incentives of a batch: each user comes up as often as the others, and not twice at once. */
export const incentivesOfBatch = (batch: number) =>
  Array.from({ length: batchSize }, (_, index) => {
    const number = batch * batchSize + index;
    return {
      incentiveId: derivedId('incentive', String(number)),
      userId: users[(number * 7_919) % users.length] ?? '',
      campaignId: campaigns[(number * 31 + batch) % campaigns.length] ?? '',
    };
  });
