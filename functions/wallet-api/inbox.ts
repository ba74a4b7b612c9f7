import { z } from 'zod';
import { clientFrame, inboxMessageTypes } from '#shared/domain/inbox/inbox-message.ts';
import type { Caller } from '#shared/runtime/http/access/auth.ts';
import { shownInstant } from '#shared/runtime/http/body/body-fields.ts';
import { HttpProblem } from '#shared/runtime/http/problem.ts';
import { nextCursor, toPage } from '#shared/runtime/http/requests/page.ts';
import { wholeNumber } from '#shared/runtime/http/requests/parameters.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { ListedMessage } from '#shared/stores/postgres/inbox/user-inbox.ts';
import type { Dependencies } from './dependencies.ts';
import { cursor, customerPath } from './parameters.ts';
import { findTenant } from './refuse.ts';

type Access = Pick<Dependencies, 'tenants' | 'inbox'>;

/** The path of an inbox. */
export const inboxUrl = '/api/v1/tenants/{tenantId}/customers/{customerId}/inbox';

/** The scope of a user's own token, which opens the inbox of its `sub` and no other. */
export const ownScope = 'inbox:read';

/** What may be refused of an inbox, for the document. */
export const inboxProblems = {
  403: 'The token is for the inbox of another customer',
  404: 'The tenant does not exist',
};
const messageProblems = { ...inboxProblems, 404: 'The tenant or message does not exist' };

const messagePath = customerPath.extend({
  messageId: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, 'must be the id of a message')
    .transform(Number)
    .describe('The id of a frame'),
});

const messageAnswer = z.object({
  id: z.string(),
  isRead: z.boolean(),
  recordedAt: shownInstant,
  frame: z
    .looseObject({
      id: z.string(),
      type: z.enum(inboxMessageTypes),
      incentiveId: z.uuid(),
      campaignId: z.uuid(),
    })
    .describe('The frame that connect-client sends'),
});

const inboxAnswer = z
  .object({
    messages: z.array(messageAnswer).describe('Newest first, of the last 90 days'),
    nextCursor,
  })
  .meta({ id: 'Inbox' });

const unreadAnswer = z
  .object({
    count: z.int(),
    isExact: z.boolean().describe('false: only the newest messages were counted'),
  })
  .meta({ id: 'UnreadCount' });

/** GET …/inbox: what connect-client sends, page by page into the past. */
export const listMessages = (dependencies: Access) =>
  defineRoute({
    method: 'GET',
    path: inboxUrl,
    id: 'listMessages',
    summary: "List a customer's messages, newest first",
    scope: 'wallet:read',
    openTo: [ownScope],
    params: customerPath,
    query: z.object({
      limit: wholeNumber(1, 200).default(50).describe('Page size'),
      cursor,
    }),
    response: inboxAnswer,
    problems: inboxProblems,
    handle: async ({ params, query: { limit, cursor: before }, caller }) => {
      const user = await ownerOf(dependencies, params, { caller, scope: 'wallet:read' });
      const found = await dependencies.inbox.list(user, { before, max: limit + 1 });
      const page = toPage(found, limit, ({ position }) => position);
      return { messages: page.items.map(showMessage), nextCursor: page.nextCursor };
    },
  });

/** GET …/inbox/unread: how many messages are unread. */
export const countUnread = (dependencies: Access) =>
  defineRoute({
    method: 'GET',
    path: `${inboxUrl}/unread`,
    id: 'countUnreadMessages',
    summary: "Count a customer's unread messages",
    scope: 'wallet:read',
    openTo: [ownScope],
    params: customerPath,
    query: z.object({}),
    response: unreadAnswer,
    problems: inboxProblems,
    handle: async ({ params, caller }) => {
      const user = await ownerOf(dependencies, params, { caller, scope: 'wallet:read' });
      return dependencies.inbox.unread(user);
    },
  });

/** POST …/inbox/{messageId}:read: one message is read. */
export const markRead = (dependencies: Access) =>
  defineRoute({
    method: 'POST',
    path: `${inboxUrl}/{messageId}:read`,
    id: 'markMessageRead',
    summary: 'Mark a message as read',
    scope: 'wallet:write',
    openTo: [ownScope],
    params: messagePath,
    query: z.object({}),
    status: 204,
    problems: messageProblems,
    handle: async ({ params, caller }) => {
      const user = await ownerOf(dependencies, params, { caller, scope: 'wallet:write' });
      if (await dependencies.inbox.markRead(user, params.messageId)) return;
      const detail = `Message ${params.messageId} does not exist or is no longer kept`;
      throw new HttpProblem(404, 'message-not-found', detail);
    },
  });

/** POST …/inbox/{messageId}:read-through: a message and all before it are read. */
export const markReadThrough = (dependencies: Access) =>
  defineRoute({
    method: 'POST',
    path: `${inboxUrl}/{messageId}:read-through`,
    id: 'markMessagesReadThrough',
    summary: 'Mark a message and all before it as read',
    scope: 'wallet:write',
    openTo: [ownScope],
    params: messagePath,
    query: z.object({}),
    status: 204,
    problems: inboxProblems,
    handle: async ({ params, caller }) => {
      const user = await ownerOf(dependencies, params, { caller, scope: 'wallet:write' });
      await dependencies.inbox.markReadThrough(user, params.messageId);
    },
  });

type Customer = z.output<typeof customerPath>;

/**
 * The user of an inbox.
 * @throws HttpProblem 403 if a user's own token is for another user, 404 without an active tenant.
 */
export const ownerOf = async (
  dependencies: Pick<Dependencies, 'tenants'>,
  { tenantId, customerId }: Customer,
  { caller, scope }: Readonly<{ caller: Caller; scope: string }>,
) => {
  const isOperator = caller.unrestricted || caller.scopes.has(scope);
  if (!isOperator && caller.subject !== customerId) {
    const detail = `The token is for the inbox of ${caller.subject}`;
    throw new HttpProblem(403, 'inbox-forbidden', detail);
  }
  await findTenant(dependencies, { tenantId });
  return { tenantId, userId: customerId };
};

const showMessage = (message: ListedMessage): z.input<typeof messageAnswer> => ({
  id: String(message.position),
  isRead: message.isRead,
  recordedAt: message.createdAt.toISOString(),
  frame: clientFrame(message),
});
