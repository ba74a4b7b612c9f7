import { hash } from 'node:crypto';
import type { CloudEventV1 } from 'cloudevents';
import { parse, v5 as uuidV5 } from 'uuid';
import type { z } from 'zod';
import type { Campaign, Clause, QuestRule } from '#shared/domain/campaigns/campaign.ts';
import type { Correlation } from '#shared/domain/correlation.ts';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Contract } from './contract.ts';

/** An event that is to be published. */
export type DomainEvent = Correlation &
  Readonly<{
    id: string;
    type: string;
    topic: string;
    /** The Kafka key: events of one customer keep their order. */
    partitionKey: string;
    /** When it happened, not when it was sent. */
    time: Date;
    tenantId: string;
    data: unknown;
  }>;

/** The content of an event, and what its id is derived from. */
export type EventFields<Schema extends z.ZodType> = Readonly<{
  /** Its cause in business terms: the same cause always gives the same event id. */
  cause: readonly [tenantId: string, ...keys: string[]];
  partitionKey: string;
  time: Date;
  data: z.input<Schema>;
  /**
   * The correlation that it is published under; undefined: that of the event whose handling
   * publishes it.
   */
  correlation?: Correlation | undefined;
}>;

/**
 * Builds an event with an id that is the UUIDv5 of cause and type, so that a redelivery publishes
 * the same event with the same id.
 */
export const domainEventOf = <Schema extends z.ZodType>(
  contract: Contract<Schema>,
  { cause, partitionKey, time, data, correlation }: EventFields<Schema>,
): DomainEvent => ({
  id: derivedId(contract.type, ...cause),
  type: contract.type,
  topic: contract.topic,
  partitionKey,
  time,
  tenantId: cause[0],
  data,
  ...correlation,
});

/** The source of all our events: a URI reference, as the specification requires. */
export const eventSource = '/guerdon';

/**
 * The attributes of an event as a CloudEvent, the same for every transport; its data is sent with
 * them as JSON.
 */
export const outgoingEvent = (domainEvent: DomainEvent): CloudEventV1<string> => ({
  specversion: '1.0',
  id: domainEvent.id,
  source: eventSource,
  type: domainEvent.type,
  time: domainEvent.time.toISOString(),
  partitionkey: domainEvent.partitionKey,
  tenantid: domainEvent.tenantId,
  ...(domainEvent.correlationId !== undefined && { correlationid: domainEvent.correlationId }),
  ...(domainEvent.traceparent !== undefined && { traceparent: domainEvent.traceparent }),
  ...(domainEvent.startedAt !== undefined && { startedat: domainEvent.startedAt }),
});

/** Namespace of all ids we derive: UUIDv5(DNS, "guerdon.dev"). */
const namespace = parse(uuidV5('guerdon.dev', uuidV5.DNS));

/** The variant of RFC 9562 is in two bits of this digit. */
const variants: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from('0123456789abcdef', (digit, value) => [digit, '89ab'[value % 4] ?? '']),
);

/**
 * The same input always gives the same id (UUIDv5, RFC 9562), so that repeats are recognized. Every
 * event needs several ids, so it hashes in one call, which takes a fraction of the package's time.
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
  const expiry = expiresAt?.toISOString() ?? 'never';
  return derivedId('lot', tenantId, customerId, program, expiry, usable ?? 'now');
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
 * The id of what a user gets for the nth completion of a quest, beginning with 1, whichever event
 * completed it.
 */
export const questIncentiveIdOf = (
  { tenantId, campaignId }: WhichCampaign,
  { userId, rule, time }: Readonly<{ userId: string; rule: QuestRule; time: number }>,
): string => derivedId('incentive', tenantId, campaignId, userId, ruleKeyOf(rule), `quest ${time}`);
