import { hash } from 'node:crypto';
import { parse, v5 as uuidV5 } from 'uuid';
import type { Campaign, Clause, QuestRule } from '#shared/domain/campaigns/campaign.ts';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';

/** Namespace of all ids we derive: UUIDv5(DNS, "guerdon.dev"). */
const namespace = parse(uuidV5('guerdon.dev', uuidV5.DNS));

/** The variant of RFC 9562 is in two bits of this digit. */
const variants: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from('0123456789abcdef', (digit, value) => [digit, '89ab'[value % 4] ?? '']),
);

/**
 * The same input always gives the same id (UUIDv5, RFC 9562), so that repeats are recognized. Every
 * event takes several ids, so it hashes in one call, which takes a fraction of what the package
 * does.
 */
export const derivedId = (...words: readonly string[]): string => {
  const name = Buffer.concat([namespace, Buffer.from(JSON.stringify(words))]);
  const digest = hash('sha1', name, 'hex');
  const variant = variants[digest.charAt(16)] ?? '';
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
};

/**
 * The lot of a wallet's points that expire together and become available together: the same dates
 * give the same id. `usable` is when, or with which progress, pending points become available.
 */
export const lotIdOf = (
  { tenantId, customerId, program }: WalletKey,
  expiresAt: Date | undefined,
  usable?: string,
): string => {
  if (expiresAt === undefined && usable === undefined) return everlastingLotId;
  const lapses = expiresAt?.toISOString() ?? 'never';
  return derivedId('lot', tenantId, customerId, program, lapses, usable ?? 'now');
};

const keys = new WeakMap<QuestRule, string>();

/**
 * A digest of what progress in a quest depends on: order, time limit, and of each step its action,
 * count and clauses. Names do not change it. Progress under another key is that of another quest.
 */
export const ruleKeyOf = (rule: QuestRule): string => {
  const known = keys.get(rule);
  if (known !== undefined) return known;
  const key = derivedId('quest', JSON.stringify(essenceOf(rule)));
  keys.set(rule, key);
  return key;
};

const essenceOf = ({ order, withinSeconds, steps }: QuestRule) => [
  order,
  withinSeconds ?? null,
  steps.map(({ action, count, when }) => [action, count, when === undefined ? null : asked(when)]),
];

const asked = (clause: Clause): unknown => {
  if ('all' in clause) return { all: clause.all.map(asked) };
  return 'any' in clause ? { any: clause.any.map(asked) } : clause.when;
};

type WhichCampaign = Pick<Campaign, 'tenantId' | 'campaignId'>;

/** The id of what a SIMPLE campaign gives for an event. */
export const incentiveIdOf = (
  { tenantId, campaignId }: WhichCampaign,
  { eventId }: Readonly<{ eventId: string }>,
): string => derivedId('incentive', tenantId, campaignId, eventId);

/**
 * The id of what a user gets for doing a quest for the so-manieth time, beginning with 1: whichever
 * event did it.
 */
export const questIncentiveIdOf = (
  { tenantId, campaignId }: WhichCampaign,
  { userId, rule, time }: Readonly<{ userId: string; rule: QuestRule; time: number }>,
): string => derivedId('incentive', tenantId, campaignId, userId, ruleKeyOf(rule), `quest ${time}`);
