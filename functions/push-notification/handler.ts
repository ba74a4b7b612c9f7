import type { z } from 'zod';
import type { NewInboxMessage } from '#shared/domain/inbox/inbox-message.ts';
import { correlationOf } from '#shared/eventing/cloud-event.ts';
import type { Contract } from '#shared/eventing/contract.ts';
import {
  IncentiveExpired,
  IncentiveGenerated,
  IncentiveRefused,
  IncentiveReversed,
} from '#shared/eventing/contracts/incentives.ts';
import { PushTick } from '#shared/eventing/contracts/ticks.ts';
import {
  expiredMessage,
  generatedMessage,
  reversedMessage,
} from '#shared/eventing/incentive-messages.ts';
import { type EventHandler, on, onBatch } from '#shared/runtime/events/event-handler.ts';
import type { Clock } from '#shared/runtime/host.ts';
import { overAfter } from '#shared/runtime/over-after.ts';
import type { InboxStore } from '#shared/stores/postgres/inbox/inbox-store.ts';
import type { MobilePushes } from '#shared/stores/postgres/inbox/mobile-pushes.ts';
import { pushSeconds, removedTotal } from './metrics.ts';
import type { PushSender } from './mobile/push-sender.ts';
import { type DeferredDependencies, publishDeferred } from './publish-deferred.ts';
import { inboxName, type PublishDependencies, publishMessages } from './publish-messages.ts';

type Dependencies = DeferredDependencies &
  PublishDependencies &
  Readonly<{
    pushes: Pick<MobilePushes, 'add' | 'removeOld'>;
    sender: Pick<PushSender, 'wake'>;
    clock: Clock;
    inboxes: Pick<InboxStore, 'append' | 'removeExpired'>;
    batchItemsMax: number;
  }>;

/** The most rows that a statement removes. */
const removedMax = 20_000;

/** How long a tick removes rows; the next one continues. */
const removeMsMax = 20_000;

/**
 * Appends each incentive that is generated, reversed or expired to the inbox of its user, exactly
 * once however often it is delivered, and publishes it to the user's clients. Postgres decides:
 * while Redis is unavailable messages are acknowledged once they are recorded, and published by a
 * later tick. Users whom no socket reaches are notified on their phones, asynchronously, so that a
 * slow gateway delays no event.
 */
export const pushNotification = (dependencies: Dependencies): readonly EventHandler[] => {
  const { inboxes, pushes, sender, clock, batchItemsMax: itemsMax } = dependencies;

  const onIncentive = <Schema extends z.ZodType>(
    contract: Contract<Schema>,
    toMessage: (incentive: z.output<Schema>) => NewInboxMessage,
  ): EventHandler =>
    onBatch(contract, { itemsMax }, async (deliveries, committed) => {
      const given = deliveries.map(({ event, data }) => ({
        message: toMessage(data),
        cause: correlationOf(event),
      }));
      const causes = new Map(given.map(({ message, cause }) => [message.messageId, cause]));
      const appended = await inboxes.append(given.map(({ message }) => message));
      // Redis takes what is published in the order of the commits, over its one connection.
      committed?.();
      const messages = appended.map((message) => ({
        ...message,
        cause: causes.get(message.messageId),
      }));
      // Whom a socket reaches needs no notification on a phone.
      const absent = await publishMessages(dependencies, messages);
      const added = await pushes.add(messages.filter((message) => absent.has(inboxName(message))));
      if (added > 0) sender.wake();
      const now = clock().getTime();
      for (const { event } of deliveries) {
        const startedAt = Date.parse(event.extensions['startedat'] ?? '');
        if (startedAt <= now) pushSeconds.observe((now - startedAt) / 1000);
      }
      return deliveries.map(() => ({ kind: 'done', domainEvents: [] }));
    });

  return [
    onIncentive(IncentiveGenerated, generatedMessage),
    onIncentive(IncentiveReversed, reversedMessage),
    onIncentive(IncentiveExpired, expiredMessage),
    // It is on the same topic; users are not notified of what they did not get.
    on(IncentiveRefused, () => Promise.resolve([])),
    on(PushTick, async () => {
      sender.wake();
      await publishDeferred(dependencies);
      await removeOld(dependencies);
      return [];
    }),
  ];
};

/** Removes messages and pushes past their retention. */
const removeOld = async ({
  inboxes,
  pushes,
}: Pick<Dependencies, 'inboxes' | 'pushes'>): Promise<void> => {
  const isOver = overAfter(removeMsMax);
  let [messages, sent] = [removedMax, removedMax];
  while (Math.max(messages, sent) >= removedMax && !isOver()) {
    messages = await inboxes.removeExpired(removedMax);
    removedTotal.inc(messages);
    sent = await pushes.removeOld(removedMax);
  }
};
