import {
  type InboxMessage,
  type InboxUser,
  sentFrame,
} from '#shared/domain/inbox/inbox-message.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { UnpublishedInboxes } from '#shared/stores/postgres/inbox/unpublished-inboxes.ts';
import {
  isRedisUnavailable,
  type RedisCircuit,
} from '#shared/stores/redis/driver/redis-availability.ts';
import type { InboxFrames, InboxStream } from '#shared/stores/redis/inbox/inbox-stream.ts';
import { messagesTotal } from './metrics.ts';

/** What publishing needs. */
export type PublishDependencies = Readonly<{
  stream: Pick<InboxStream, 'publish'>;
  circuit: RedisCircuit;
  unpublished: UnpublishedInboxes;
  log: Logger;
}>;

/**
 * A batch waits no longer for Redis: deferring costs a row, and a client that gets its messages a
 * little later.
 */
const publishMs = 1_000;

/**
 * Publishes recorded messages. Where Redis is unavailable their inboxes are noted in Postgres and
 * the next tick publishes them: either way nothing is lost when it resolves. Returns the names of
 * inboxes whose channels have no subscriber.
 * @throws Unavailable when neither could be done; repeating is safe, and must happen.
 */
export const publishMessages = async (
  { stream, circuit, unpublished, log }: PublishDependencies,
  messages: readonly InboxMessage[],
): Promise<ReadonlySet<string>> => {
  const inboxes = byInbox(messages);
  try {
    const listeners = await circuit.run(() => stream.publish(inboxes), publishMs);
    messagesTotal.inc({ outcome: 'published' }, messages.length);
    for (const { messageId, cause } of messages)
      log.debug({ messageId, ...cause }, 'published a message');
    const absent = inboxes.filter((_inbox, index) => listeners[index] === 0);
    return new Set(absent.map(({ user }) => inboxName(user)));
  } catch (error) {
    if (!isRedisUnavailable(error)) throw error;
    await unpublished.note(messages);
    messagesTotal.inc({ outcome: 'deferred' }, messages.length);
    return new Set(inboxes.map(({ user }) => inboxName(user)));
  }
};

/** Names an inbox in a map. */
export const inboxName = ({ tenantId, userId }: InboxUser): string => `${tenantId} ${userId}`;

/** Frames by inbox, in the order of their positions. */
export const byInbox = (messages: readonly InboxMessage[]): readonly InboxFrames[] =>
  Array.from(Map.groupBy(messages, inboxName).values(), (own) => {
    const [{ tenantId, userId }] = own as [InboxMessage];
    const frames = own.toSorted((a, b) => a.position - b.position).map(sentFrame);
    return { user: { tenantId, userId }, frames };
  });
