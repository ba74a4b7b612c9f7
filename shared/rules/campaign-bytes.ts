import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import { type Campaign, leavesOf, stepsOf } from '#shared/domain/campaigns/campaign.ts';

/** What an entry takes that holds no campaign: an action that nobody asks for must not be free. */
const entryBytes = 1_000;

/** Measured: a compiled operator or value takes some 70 bytes, parsed JSON twice its text. */
const bytesPerToken = 80;
const bytesPerCharacter = 2;

/** Estimates how much memory campaigns take once they are compiled for an action, with its schema: more than they do. */
export const bytesOf = (
  campaigns: readonly Campaign[],
  schema: ActionSchema | undefined,
): number => {
  const text = JSON.stringify([campaigns.map(({ terms }) => terms), schema]);
  const tokens = campaigns.reduce((sum, campaign) => sum + tokensOf(campaign), 0);
  return entryBytes + text.length * bytesPerCharacter + tokens * bytesPerToken;
};

const tokensOf = ({ terms }: Campaign): number =>
  stepsOf(terms)
    .flatMap(({ when }) => leavesOf(when))
    .reduce((sum, { when }) => sum + (when.match(/"[^"]*"|'[^']*'|\w+|[^\s\w]/g)?.length ?? 0), 0);
