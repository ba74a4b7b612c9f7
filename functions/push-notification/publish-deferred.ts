import type { InboxStore } from '#shared/stores/postgres/inbox/inbox-store.ts';
import type { UnpublishedInboxes } from '#shared/stores/postgres/inbox/unpublished-inboxes.ts';
import { type InboxStream, streamFramesMax } from '#shared/stores/redis/inbox/inbox-stream.ts';
import { messagesTotal } from './metrics.ts';
import { byInbox } from './publish-messages.ts';

/** What publishing late needs. */
export type DeferredDependencies = Readonly<{
  inboxes: Pick<InboxStore, 'after'>;
  stream: Pick<InboxStream, 'publish'>;
  unpublished: UnpublishedInboxes;
}>;

/** Inboxes read and published together. */
const inboxesMax = 50;

/** Bounds a run; the next one continues. */
const pagesMax = 200;

/**
 * Publishes the newest messages of inboxes that could not be published. A deferred inbox is removed
 * only after its messages are in Redis; a reader finds older ones in Postgres.
 * @throws Unavailable when Redis or Postgres is unavailable; the next tick begins again.
 */
export const publishDeferred = async ({
  inboxes,
  stream,
  unpublished,
}: DeferredDependencies): Promise<void> => {
  let last: Parameters<UnpublishedInboxes['page']>[0];
  for (let page = 0; page < pagesMax; page += 1) {
    const noted = await unpublished.page(last, inboxesMax);
    const messages = await Promise.all(
      noted.map((each) =>
        inboxes.after(each, each.position - streamFramesMax, 2 * streamFramesMax),
      ),
    );
    await stream.publish(byInbox(messages.flat()));
    await unpublished.remove(noted);
    messagesTotal.inc({ outcome: 'published-late' }, messages.flat().length);
    last = noted.at(-1);
    if (noted.length < inboxesMax) return;
  }
};
