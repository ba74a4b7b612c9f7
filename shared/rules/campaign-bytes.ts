import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import { type Campaign, expressionsOf } from '#shared/domain/campaigns/campaign.ts';

/** The size of an entry without campaigns: an action that no campaign uses must not be free. */
const entryBytes = 1_000;

/**
 * Measured on compiled campaigns: what each takes besides its text, each of its expressions, and
 * each operator or value in them.
 */
const campaignBytes = 2_000;
const expressionBytes = 1_050;
const tokenBytes = 110;
const bytesPerCharacter = 2;

/**
 * Estimates how much memory campaigns take once they are compiled for an action, with its schema.
 */
export const bytesOf = (
  campaigns: readonly Campaign[],
  schema: ActionSchema | undefined,
): number => {
  const text = schema === undefined ? '' : JSON.stringify(schema);
  return campaigns.reduce(
    (sum, campaign) => sum + knownBytesOf(campaign),
    entryBytes + text.length * bytesPerCharacter,
  );
};

const known = new WeakMap<Campaign, number>();

/** Worked out once, as most campaigns of a tenant are those that it had before a change. */
const knownBytesOf = (campaign: Campaign): number => {
  const bytes = known.get(campaign) ?? campaignBytesOf(campaign);
  known.set(campaign, bytes);
  return bytes;
};

const campaignBytesOf = ({ terms }: Campaign): number =>
  expressionsOf(terms).reduce(
    (sum, expression) => sum + expressionBytes + tokensOf(expression) * tokenBytes,
    campaignBytes + JSON.stringify(terms).length * bytesPerCharacter,
  );

/** Texts, names with their fields, numbers, and operators. */
const tokensOf = (expression: string): number =>
  expression.match(/"[^"]*"|'[^']*'|[\w.]+|[^\s\w.,()"']+/g)?.length ?? 0;
