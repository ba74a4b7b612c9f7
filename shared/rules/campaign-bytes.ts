import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import { type Campaign, expressionsOf } from '#shared/domain/campaigns/campaign.ts';

/** What an entry takes that holds no campaign: an action that nobody asks for must not be free. */
const entryBytes = 1_000;

/** Measured on compiled campaigns: what each takes beside its text, each of its expressions, and each operator or value in them. */
const campaignBytes = 2_000;
const expressionBytes = 1_050;
const tokenBytes = 110;
const bytesPerCharacter = 2;

/** Estimates how much memory campaigns take once they are compiled for an action, with its schema. */
export const bytesOf = (
  campaigns: readonly Campaign[],
  schema: ActionSchema | undefined,
): number => {
  const text = JSON.stringify([campaigns.map(({ terms }) => terms), schema]);
  const compiled = campaigns.reduce((sum, campaign) => sum + compiledBytes(campaign), 0);
  return entryBytes + text.length * bytesPerCharacter + compiled;
};

const compiledBytes = ({ terms }: Campaign): number =>
  expressionsOf(terms).reduce(
    (sum, expression) => sum + expressionBytes + tokensOf(expression) * tokenBytes,
    campaignBytes,
  );

/** Texts, names with their fields, numbers, and operators. */
const tokensOf = (expression: string): number =>
  expression.match(/"[^"]*"|'[^']*'|[\w.]+|[^\s\w.,()"']+/g)?.length ?? 0;
