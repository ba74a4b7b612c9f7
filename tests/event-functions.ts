import { pino } from 'pino';
import { afterAll } from 'vitest';
import { awardPoints } from '#functions/award-points/handler.ts';
import { checkLimit } from '#functions/check-limit/handler.ts';
import { limitHints } from '#functions/check-limit/limit-hints.ts';
import { deliverWebhooks } from '#functions/deliver-webhook/handler.ts';
import { evaluateCampaign } from '#functions/evaluate-campaign/handler.ts';
import { pushNotification } from '#functions/push-notification/handler.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { inboxStore } from '#shared/stores/postgres/inbox/inbox-store.ts';
import { mobilePushes } from '#shared/stores/postgres/inbox/mobile-pushes.ts';
import { unpublishedInboxes } from '#shared/stores/postgres/inbox/unpublished-inboxes.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { deliveryStore } from '#shared/stores/postgres/webhooks/delivery-store.ts';
import { changeNotices } from '#shared/stores/redis/change-notices.ts';
import type { RedisConnection } from '#shared/stores/redis/driver/connect.ts';
import { campaignChannel } from '#shared/stores/redis/driver/keys.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { inboxStream } from '#shared/stores/redis/inbox/inbox-stream.ts';
import { limitCounters } from '#shared/stores/redis/limits/limit-counters.ts';
import { evaluationParts } from '#shared/testing/worlds/action-world.ts';
import { awardParts } from '#shared/testing/worlds/award-world.ts';
import { limitParts } from '#shared/testing/worlds/limit-parts.ts';

type Clients = Readonly<{ sql: Sql; redis: RedisConnection; clock?: Clock; log?: Logger }>;

/** The functions of the paths of orders and actions, on the clients of a test file. */
export const eventFunctions = ({
  sql,
  redis,
  clock = () => new Date('2026-11-25T00:00:00Z'),
  log = pino({ level: 'silent' }),
}: Clients) => {
  const notices = changeNotices(redis, campaignChannel);
  afterAll(() => notices.close());
  const circuit = redisCircuit();
  const limiting = limitParts({ sql, redis, circuit });
  const { tenants, balances } = limiting;
  const common = { tenants, outbox: outbox(sql), clock, batchItemsMax: 20 };
  return {
    awarding: awardPoints({
      ...{ ...awardParts(sql, balances), ...common, log },
    }),
    evaluating: evaluateCampaign({
      ...{ ...evaluationParts({ sql, notices }), ...common },
    }),
    limiting: checkLimit({
      ...{ ...limiting, ...common },
      hints: limitHints({ counters: limitCounters(redis), circuit }),
    }),
    pushing: pushNotification({
      ...{ ...common, circuit, log, clock: () => new Date() },
      inboxes: inboxStore(sql),
      unpublished: unpublishedInboxes(sql),
      stream: inboxStream(redis),
      pushes: mobilePushes(sql),
      sender: { wake: () => undefined },
    }),
    delivering: deliverWebhooks({
      ...{ store: deliveryStore(sql), logDays: 30, batchItemsMax: 100 },
      turns: { wake: () => undefined },
      endpoints: (tenant) => deliveryStore(sql).endpoints(tenant),
    }),
  };
};
