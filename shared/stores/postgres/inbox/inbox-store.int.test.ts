import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import type { InboxUser, NewInboxMessage } from '#shared/domain/inbox/inbox-message.ts';
import { countRoundTrips } from '#shared/testing/round-trips.ts';
import { rowsRead } from '#shared/testing/rows-read.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { newMessage } from '#shared/testing/worlds/inbox.ts';
import { connectPostgres } from '../driver/connect.ts';
import { inboxStore } from './inbox-store.ts';
import { unpublishedInboxes } from './unpublished-inboxes.ts';
import { unreadMax, userInbox } from './user-inbox.ts';

const { url } = await testDatabase();
const sql = connectPostgres({ url, max: 8, plansOnce: true });
const one = connectPostgres({ url, max: 1 });
afterAll(async () => {
  await sql.end();
  await one.end();
});
const inboxes = inboxStore(sql);

const newUser = (): InboxUser => ({ tenantId: 't', userId: `u-${randomUUID()}` });
const messages = (user: InboxUser, number: number): readonly NewInboxMessage[] =>
  Array.from({ length: number }, () => newMessage(user));
const positions = (of: readonly Readonly<{ position: number }>[]) =>
  of.map(({ position }) => position);

describe('append', () => {
  it('gives dense positions, once each under concurrent redelivery of overlapping batches in any order', async () => {
    const users = [newUser(), newUser(), newUser()];
    const all = users.flatMap((user) => messages(user, 8));
    const batches = Array.from({ length: 12 }, (_, turn) =>
      all.filter((_message, index) => (index + turn) % 3 > 0).toSorted(() => (turn % 2 ? 1 : -1)),
    );
    const appended = (await Promise.all(batches.map(inboxes.append))).flat();
    for (const user of users) {
      const kept = await inboxes.after(user, 0, 100);
      expect(positions(kept)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(new Set(kept.map(({ messageId }) => messageId)).size).toBe(8);
      const returned = appended.filter(({ userId }) => userId === user.userId);
      const positionOf = new Map(kept.map(({ messageId, position }) => [messageId, position]));
      for (const { messageId, position } of returned)
        expect(position).toBe(positionOf.get(messageId));
    }
    expect(await inboxes.newest([users[0]!, newUser(), users[2]!])).toEqual([8, 0, 8]);
  });

  it('appends one message that is delivered 100 times once, also within a batch', async () => {
    const user = newUser();
    const [message] = messages(user, 1) as [NewInboxMessage];
    const batches = Array.from({ length: 10 }, () => Array.from({ length: 10 }, () => message));
    const appended = await Promise.all(batches.map(inboxes.append));
    expect(appended.flat().map(({ position }) => position)).toEqual(Array(10).fill(1));
    expect(await inboxes.after(user, 0, 100)).toMatchObject([
      { ...user, position: 1, messageId: message.messageId, frame: message.frame },
    ]);
  });

  it('takes one statement and one round trip for a batch of many users', async () => {
    const { sql: counted, roundTrips } = countRoundTrips(url);
    await inboxStore(counted).append(messages(newUser(), 1));
    const before = roundTrips();
    await inboxStore(counted).append(Array.from({ length: 100 }, () => newMessage(newUser())));
    expect(roundTrips() - before).toBe(1);
  });

  it('keeps nothing of a message older than inboxes keep, so a removed one never comes again', async () => {
    const user = newUser();
    const old = { ...newMessage(user), occurredAt: new Date(Date.now() - 91 * 86_400_000) };
    const young = newMessage(user);
    await inboxes.append([young]);
    expect(await inboxes.append([old, young])).toMatchObject([{ position: 1 }]);
    await sql`
      update inbox_messages set occurred_at = ${old.occurredAt} where user_id = ${user.userId}`;
    expect(await inboxes.removeExpired(100)).toBe(1);
    expect(await inboxes.append([{ ...young, occurredAt: old.occurredAt }])).toEqual([]);
    expect(await inboxes.append([newMessage(user)])).toMatchObject([{ position: 2 }]);
    expect(positions(await inboxes.after(user, 0, 10))).toEqual([2]);
  });
});

describe('an inbox with 100,000 unread messages', () => {
  const user = newUser();
  const fill = () => sql`
    with box as (
      insert into inboxes values (${user.tenantId}, ${user.userId}, 100000, 0))
    insert into inbox_messages (tenant_id, user_id, position, message_id, type, frame, occurred_at)
    select ${user.tenantId}, ${user.userId}, n, gen_random_uuid(), 'INCENTIVE_NOTIFICATION', '{}', now()
    from generate_series(1, 100000) n`;

  it('is listed, counted and marked as read by a bounded number of rows', async () => {
    await fill();
    await sql`analyze inbox_messages`;
    const store = userInbox(one);
    const reads = (work: () => Promise<unknown>) => rowsRead(one, ['inbox_messages'], work);

    expect(await store.unread(user)).toEqual({ count: unreadMax, isExact: false });
    expect(await reads(() => store.unread(user))).toBeLessThanOrEqual(unreadMax + 2);
    expect(await reads(() => store.list(user, { max: 20 }))).toBeLessThanOrEqual(45);
    expect(await reads(() => store.list(user, { before: 50_000, max: 20 }))).toBeLessThanOrEqual(
      45,
    );
    expect(await reads(() => store.markReadThrough(user, 99_990))).toBeLessThanOrEqual(5);
    expect(await store.unread(user)).toEqual({ count: 10, isExact: true });
    expect(await store.markRead(user, 99_995)).toBe(true);
    expect(await store.markRead(user, 100_001)).toBe(false);
    await store.markReadThrough(user, 5);
    expect(await store.unread(user)).toEqual({ count: 9, isExact: true });
    const listed = await store.list(user, { before: 99_997, max: 7 });
    expect(listed.map(({ position, isRead }) => `${position} ${isRead}`)).toEqual([
      '99996 false',
      '99995 true',
      '99994 false',
      '99993 false',
      '99992 false',
      '99991 false',
      '99990 true',
    ]);
    await store.markReadThrough(user, Number.MAX_SAFE_INTEGER);
    expect(await store.unread(user)).toEqual({ count: 0, isExact: true });
    expect(await reads(() => inboxStore(one).append([newMessage(user)]))).toBeLessThanOrEqual(10);
  });
});

describe('notes of unpublished inboxes', () => {
  it('keep the latest position, and stay when an earlier one was published', async () => {
    const notes = unpublishedInboxes(sql);
    const [a, b] = [
      { tenantId: 't', userId: 'a' },
      { tenantId: 't', userId: 'b' },
    ];
    await Promise.all([
      notes.note([
        { ...a, position: 2 },
        { ...b, position: 1 },
        { ...a, position: 3 },
      ]),
      notes.note([
        { ...b, position: 1 },
        { ...a, position: 1 },
      ]),
    ]);
    expect(await notes.page(undefined, 10)).toEqual([
      { ...a, position: 3 },
      { ...b, position: 1 },
    ]);
    expect(await notes.page(a, 10)).toEqual([{ ...b, position: 1 }]);
    await notes.remove([
      { ...a, position: 2 },
      { ...b, position: 1 },
    ]);
    expect(await notes.page(undefined, 10)).toEqual([{ ...a, position: 3 }]);
  });
});
