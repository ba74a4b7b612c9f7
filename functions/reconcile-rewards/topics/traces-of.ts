import type { z } from 'zod';
import { InvalidEvent } from '#shared/domain/errors.ts';
import type { NewInboxMessage } from '#shared/domain/inbox/inbox-message.ts';
import type { AvroDecoder } from '#shared/eventing/avro/avro-decoder.ts';
import { type CloudEvent, isFramed } from '#shared/eventing/cloud-event.ts';
import type { Contract } from '#shared/eventing/contract.ts';
import { CampaignQualified } from '#shared/eventing/contracts/campaigns.ts';
import {
  IncentiveExpired,
  IncentiveGenerated,
  IncentiveRefused,
  IncentiveReversalRequested,
  IncentiveReversed,
} from '#shared/eventing/contracts/incentives.ts';
import { OrderPlaced, OrderProgressed, OrderRefunded } from '#shared/eventing/contracts/orders.ts';
import { ActionPerformed, ActionReversed } from '#shared/eventing/contracts/tenant-events.ts';
import {
  expiredMessage,
  generatedMessage,
  reversedMessage,
} from '#shared/eventing/incentive-messages.ts';
import { recordReadings } from '#shared/eventing/kafka/record-readings.ts';
import type { TopicRecord } from '#shared/eventing/kafka/topic-record.ts';
import { createRouter, parseData } from '#shared/runtime/events/event-handler.ts';
import type { RecordTraces } from '#shared/stores/postgres/topics/record-traces.ts';

type Traced = Readonly<{ contract: Contract; traces: (data: unknown) => RecordTraces }>;

const traced = <Schema extends z.ZodType>(
  contract: Contract<Schema>,
  traces: (data: z.output<Schema>) => RecordTraces,
): Traced => ({ contract, traces: traces as Traced['traces'] });

const ofMessage = ({ tenantId, userId, messageId, occurredAt }: NewInboxMessage): RecordTraces => [
  [{ in: 'inboxes', tenantId, id: userId, detail: `${messageId} ${occurredAt.toISOString()}` }],
];

/**
 * What each event leaves in Postgres when it is accepted; one that is refused leaves a dead letter
 * instead.
 */
const all: readonly Traced[] = [
  traced(OrderPlaced, ({ tenantId, orderId: id }) => [[{ in: 'orders', tenantId, id }]]),
  traced(OrderRefunded, ({ tenantId, refundId: id }) => [[{ in: 'refunds', tenantId, id }]]),
  traced(OrderProgressed, ({ tenantId, orderId: id, progress: detail }) => [
    [{ in: 'order-progress', tenantId, id, detail }],
  ]),
  traced(ActionPerformed, ({ tenantId, eventId: id }) => [[{ in: 'actions', tenantId, id }]]),
  traced(ActionReversed, ({ tenantId, reversedEventId: id }) => [
    [
      { in: 'reversed-actions', tenantId, id },
      { in: 'early-reversals', tenantId, id },
    ],
  ]),
  // Of each entitlement the first choice that has something left is issued; choices before it are
  // refused, or left out.
  traced(CampaignQualified, ({ tenantId, entitlements }) =>
    entitlements.map(({ choices }) =>
      choices.map(({ incentiveId: id }) => ({ in: 'incentives', tenantId, id })),
    ),
  ),
  traced(IncentiveReversalRequested, ({ tenantId, incentiveId: id }) => [
    [{ in: 'ended-incentives', tenantId, id }],
  ]),
  traced(IncentiveGenerated, (incentive) => ofMessage(generatedMessage(incentive))),
  traced(IncentiveReversed, (incentive) => ofMessage(reversedMessage(incentive))),
  traced(IncentiveExpired, (incentive) => ofMessage(expiredMessage(incentive))),
  traced(IncentiveRefused, () => []),
];

/** Returns what a record should leave in Postgres; undefined if its function would refuse it. */
export type TracesOf = (record: TopicRecord) => Promise<RecordTraces | undefined>;

/**
 * Reads the records of a topic as the function behind its KafkaSource does: the same decoding,
 * routing and contracts.
 * @param name the topic as contracts call it.
 */
export const tracesOf = (name: string, decode: AvroDecoder): TracesOf => {
  const route = createRouter(all.filter(({ contract }) => contract.topic === name));
  const read = async (event: CloudEvent): Promise<RecordTraces> => {
    const { data, extensions } = event;
    const decoded = isFramed(data) ? { ...event, extensions, data: await decode(data) } : event;
    const { contract, traces } = route(decoded);
    return traces(parseData(contract, decoded).data);
  };
  const readOrRefuse = (event: CloudEvent): Promise<RecordTraces | undefined> =>
    read(event).catch((error: unknown) => {
      if (error instanceof InvalidEvent) return undefined;
      throw error;
    });
  return async (record) => {
    const [first, second] = recordReadings(name, record);
    const traces = first && (await readOrRefuse(first));
    return traces ?? (second && readOrRefuse(second));
  };
};
