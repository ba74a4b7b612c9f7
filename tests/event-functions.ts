import { afterAll } from 'vitest';
import { awardPoints } from '#functions/award-points/handler.ts';
import { checkLimit } from '#functions/check-limit/handler.ts';
import { limitHints } from '#functions/check-limit/limit-hints.ts';
import { deliverWebhooks } from '#functions/deliver-webhook/handler.ts';
import { evaluateCampaign } from '#functions/evaluate-campaign/handler.ts';
import { pushNotification } from '#functions/push-notification/handler.ts';
import { campaignCache } from '#shared/rules/campaign-cache.ts';
import type { EventHandler } from '#shared/runtime/events/event-handler.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { campaignIndex } from '#shared/stores/postgres/campaigns/campaign-index.ts';
import { cohortMemberships } from '#shared/stores/postgres/cohorts/cohort-memberships.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { earningStore } from '#shared/stores/postgres/earning/earning-store.ts';
import { orderProgressStore } from '#shared/stores/postgres/earning/order-progress-store.ts';
import { refundStore } from '#shared/stores/postgres/earning/refund-store.ts';
import { eventStore } from '#shared/stores/postgres/events/event-store.ts';
import { inboxStore } from '#shared/stores/postgres/inbox/inbox-store.ts';
import { mobilePushes } from '#shared/stores/postgres/inbox/mobile-pushes.ts';
import { unpublishedInboxes } from '#shared/stores/postgres/inbox/unpublished-inboxes.ts';
import { incentiveLog } from '#shared/stores/postgres/incentives/incentive-log.ts';
import { incentiveStore } from '#shared/stores/postgres/incentives/incentive-store.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { currentBalances } from '#shared/stores/postgres/ledger/current-balances.ts';
import { ledgerStore } from '#shared/stores/postgres/ledger/ledger-store.ts';
import { unwrittenBalances } from '#shared/stores/postgres/ledger/unwritten-balances.ts';
import { knownTerms, limitReader } from '#shared/stores/postgres/limits/limit-reader.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { deliveryStore } from '#shared/stores/postgres/webhooks/delivery-store.ts';
import { balanceCache, guardedBalanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { changeNotices } from '#shared/stores/redis/change-notices.ts';
import type { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { campaignChannel } from '#shared/stores/redis/driver/keys.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { inboxStream } from '#shared/stores/redis/inbox/inbox-stream.ts';
import { limitCounters } from '#shared/stores/redis/limits/limit-counters.ts';

type Clients = Readonly<{ sql: Sql; redis: ReturnType<typeof connectRedis>; log: Logger }>;

/** The functions of the paths of orders and actions, on the clients of a test file. */
export const eventFunctions = ({ sql, redis, log }: Clients): readonly EventHandler[] => {
  const notices = changeNotices(redis, campaignChannel);
  afterAll(() => notices.close());
  const circuit = redisCircuit();
  const clock = () => new Date('2026-11-25T00:00:00Z');
  const common = { tenants: tenantStore(sql), outbox: outbox(sql), clock, batchItemsMax: 20 };
  const balances = guardedBalanceCache({
    cache: balanceCache(redis),
    circuit,
    unwritten: unwrittenBalances(sql),
  });
  return [
    ...awardPoints({
      ...{ ...common, balances, log },
      ledger: ledgerStore(sql),
      earnings: earningStore(sql),
      refunds: refundStore(sql),
      progress: orderProgressStore(sql),
    }),
    ...evaluateCampaign({
      ...common,
      questCache: { forget: () => Promise.resolve() },
      campaigns: campaignCache({ ...campaignIndex(sql), notices }),
      memberships: cohortMemberships(sql),
      events: eventStore(sql),
    }),
    ...checkLimit({
      ...common,
      balances,
      currentBalances: currentBalances(sql),
      terms: knownTerms(limitReader(sql)),
      hints: limitHints({ counters: limitCounters(redis), circuit }),
      incentives: incentiveStore(sql),
      log: incentiveLog(sql),
    }),
    ...pushNotification({
      ...{ ...common, circuit, log, clock: () => new Date() },
      inboxes: inboxStore(sql),
      unpublished: unpublishedInboxes(sql),
      stream: inboxStream(redis),
      pushes: mobilePushes(sql),
      sender: { wake: () => undefined },
    }),
    ...deliverWebhooks({
      ...{ store: deliveryStore(sql), logDays: 30, batchItemsMax: 100 },
      turns: { wake: () => undefined },
      endpoints: (tenant) => deliveryStore(sql).endpoints(tenant),
    }),
  ];
};
