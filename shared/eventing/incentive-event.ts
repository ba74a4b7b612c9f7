import { assert } from '#shared/domain/assert.ts';
import type { Incentive, IncentiveEvent, Refusal } from '#shared/domain/incentives/incentive.ts';
import {
  IncentiveExpired,
  IncentiveGenerated,
  IncentiveRefused,
  IncentiveReversed,
} from './contracts/incentives.ts';
import { type DomainEvent, domainEventOf } from './domain-event.ts';
import type { Unpublished } from './publisher.ts';

/**
 * The event for the current state of an incentive; the same incentive and type always give the same
 * event, in every function.
 */
export const incentiveEvent = (incentive: Incentive, event: IncentiveEvent): DomainEvent =>
  eventsByEvent[event](incentive);

/**
 * The incentive that an event is about, and the kind of event; undefined if it is about something
 * else.
 */
export const incentiveEventOf = ({
  type,
  data,
}: DomainEvent): Readonly<{ incentiveId: string; event: IncentiveEvent }> | undefined => {
  const event = events.get(type);
  return event && { event, incentiveId: (data as { incentiveId: string }).incentiveId };
};

const events: ReadonlyMap<string, IncentiveEvent> = new Map([
  [IncentiveGenerated.type, 'generated'],
  [IncentiveRefused.type, 'refused'],
  [IncentiveReversed.type, 'reversed'],
  [IncentiveExpired.type, 'expired'],
]);

const commonOf = ({ incentiveId, tenantId, userId }: Incentive, time: Date) => ({
  cause: [tenantId, incentiveId] as const,
  partitionKey: userId,
  time,
});

const fieldsOf = (incentive: Incentive) => ({
  incentiveId: incentive.incentiveId,
  tenantId: incentive.tenantId,
  userId: incentive.userId,
  campaignId: incentive.campaignId,
  campaignVersion: incentive.campaignVersion,
  eventId: incentive.eventId,
  qualifiedAt: incentive.qualifiedAt.toISOString(),
});

const rewardOf = ({ type, amount, currency, program, couponCode }: Incentive) => ({
  type,
  amount,
  ...(currency !== undefined && { currency }),
  ...(program !== undefined && { program }),
  ...(couponCode !== undefined && { couponCode }),
});

const endOf = ({ endedAt, incentiveId }: Incentive): Date => {
  assert(endedAt, `incentive ${incentiveId} has ended`);
  return endedAt;
};

const refusalOf = ({ refusedBy, incentiveId }: Incentive): Refusal => {
  assert(refusedBy, `incentive ${incentiveId} was refused`);
  return refusedBy;
};

const eventsByEvent: Readonly<Record<IncentiveEvent, (incentive: Incentive) => DomainEvent>> = {
  generated: (incentive) =>
    domainEventOf(IncentiveGenerated, {
      ...commonOf(incentive, incentive.issuedAt),
      data: {
        ...fieldsOf(incentive),
        reward: rewardOf(incentive),
        issuedAt: incentive.issuedAt.toISOString(),
        ...(incentive.expiresAt && { expiresAt: incentive.expiresAt.toISOString() }),
      },
    }),
  refused: (incentive) =>
    domainEventOf(IncentiveRefused, {
      ...commonOf(incentive, incentive.issuedAt),
      data: {
        ...fieldsOf(incentive),
        refusedBy: refusalOf(incentive),
        refusedAt: incentive.issuedAt.toISOString(),
      },
    }),
  reversed: (incentive) =>
    domainEventOf(IncentiveReversed, {
      ...commonOf(incentive, endOf(incentive)),
      data: {
        ...fieldsOf(incentive),
        reward: rewardOf(incentive),
        reversedAt: endOf(incentive).toISOString(),
      },
    }),
  expired: (incentive) =>
    domainEventOf(IncentiveExpired, {
      ...commonOf(incentive, endOf(incentive)),
      data: {
        ...fieldsOf(incentive),
        reward: rewardOf(incentive),
        expiredAt: endOf(incentive).toISOString(),
      },
    }),
};

type IncentiveEventKey = Readonly<{ incentiveId: string; event: IncentiveEvent }>;

/** The part of the log of incentives that records what was published. */
type Log = Readonly<{
  markPublished: (events: readonly IncentiveEventKey[]) => Promise<void>;
  keep: (unpublished: readonly (IncentiveEventKey & Readonly<{ error: Error }>)[]) => Promise<void>;
}>;

/** The log of incentives in the place of an outbox: it holds their events without storing them. */
export const incentiveOutbox = ({ markPublished, keep }: Log) => ({
  remove: (domainEvents: readonly DomainEvent[]): Promise<void> =>
    markPublished(domainEvents.flatMap((domainEvent) => incentiveEventOf(domainEvent) ?? [])),
  keep: (unpublished: readonly Unpublished[]): Promise<void> =>
    keep(
      unpublished.flatMap(({ domainEvent, error }) => {
        const published = incentiveEventOf(domainEvent);
        return published === undefined ? [] : [{ ...published, error }];
      }),
    ),
});
