import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { register } from 'prom-client';
import { afterAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Unavailable } from '#shared/domain/errors.ts';
import type { SentFrame } from '#shared/domain/inbox/inbox-message.ts';
import type { Contract } from '#shared/eventing/contract.ts';
import {
  IncentiveExpired,
  IncentiveGenerated,
  IncentiveRefused,
  IncentiveReversed,
} from '#shared/eventing/contracts/incentives.ts';
import { PushTick } from '#shared/eventing/contracts/ticks.ts';
import { type Outcome, parseData } from '#shared/runtime/events/event-handler.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { inboxStore } from '#shared/stores/postgres/inbox/inbox-store.ts';
import { mobilePushes } from '#shared/stores/postgres/inbox/mobile-pushes.ts';
import { pushDefaultsStore } from '#shared/stores/postgres/inbox/push-defaults.ts';
import { pushSettings } from '#shared/stores/postgres/inbox/push-settings.ts';
import { unpublishedInboxes } from '#shared/stores/postgres/inbox/unpublished-inboxes.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { inboxChannel } from '#shared/stores/redis/inbox/inbox-channel.ts';
import { inboxStream } from '#shared/stores/redis/inbox/inbox-stream.ts';
import { ownRedis } from '#shared/testing/servers/own-redis.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { pushNotification } from './handler.ts';
import type { MobileGateway, MobileOutcome } from './mobile/mobile-gateway.ts';
import { pushSender } from './mobile/push-sender.ts';

type Answer = (token: string) => MobileOutcome | Promise<MobileOutcome>;

/** A gateway that stores notifications, and answers by their token. */
const recordingGateway = (): MobileGateway & { sent: string[]; answer: Answer } => {
  const gateway = {
    sent: [] as string[],
    answer: (() => 'sent') as Answer,
    send: (token: string, { data }: { data: Readonly<Record<string, string>> }) => {
      gateway.sent.push(`${token} ${data['incentiveId']}`);
      return Promise.resolve(gateway.answer(token));
    },
    close: () => Promise.resolve(),
  };
  return gateway;
};

const { url } = await testDatabase();
const sql = connectPostgres({ url, max: 4, plansOnce: true });
const own = await ownRedis();
const redis = connectRedis(own.url);
const inboxes = inboxStore(sql);
const stream = inboxStream(redis);
const unpublished = unpublishedInboxes(sql);
const gateway = recordingGateway();
const logged: string[] = [];
const pushes = mobilePushes(sql);
let clockAheadMs = 0;
const sender = pushSender({
  ...{ pushes, gateways: { android: gateway, ios: gateway } },
  clock: () => new Date(Date.now() + clockAheadMs),
  log: pino({ level: 'silent' }),
});
afterAll(sender.close);
const handlers = pushNotification({
  inboxes,
  unpublished,
  stream,
  circuit: redisCircuit({ restMs: 20 }),
  pushes,
  sender,
  clock: () => new Date(),
  log: pino({ level: 'debug' }, { write: (line) => logged.push(line) }),
  batchItemsMax: 100,
});
afterAll(async () => {
  await sql.end({ timeout: 1 });
  redis.disconnect();
});
beforeEach(() => register.resetMetrics());

const deliver = (
  contract: Contract,
  data: readonly object[],
  extensions: Readonly<Record<string, string>> = {},
): Promise<readonly Outcome[]> => {
  const handler = handlers.find((candidate) => candidate.contract === contract)!;
  const { type } = contract;
  return handler.handle(
    data.map((one) =>
      parseData(contract, { id: randomUUID(), source: '/test', type, extensions, data: one }),
    ),
  );
};

const newUser = () => ({ tenantId: 'default', userId: `u-${randomUUID()}` });
const incentiveOf = (user: object, changes: object = {}) => ({
  ...IncentiveGenerated.example,
  ...user,
  incentiveId: randomUUID(),
  issuedAt: new Date().toISOString(),
  ...changes,
});
const done = { kind: 'done', domainEvents: [] };

/** A pod that holds a socket of the user, and the frames it received. */
const listen = async (user: ReturnType<typeof newUser>) => {
  const received: SentFrame[] = [];
  const channel = inboxChannel(
    redis,
    { received: (_user, frame) => received.push(frame), subscribed: () => undefined },
    { heartbeatMs: 200 },
  );
  onTestFinished(() => channel.close());
  await channel.subscribe(user);
  await expect.poll(() => channel.isSubscribed(user)).toBe(true);
  return received;
};

describe('an incentive', () => {
  it('arrives as the frame of the low-level design with an id, also when it is reversed or expires', async () => {
    const user = newUser();
    const received = await listen(user);
    const incentive = incentiveOf(user);
    const at = new Date().toISOString();
    await deliver(IncentiveGenerated, [incentive]);
    await deliver(IncentiveReversed, [{ ...incentive, reversedAt: at }]);
    const coupon = { type: 'COUPON', amount: 1, couponCode: 'SPRING-1' };
    await deliver(IncentiveExpired, [{ ...incentive, reward: coupon, expiredAt: at }]);
    await expect.poll(() => received.length).toBe(3);
    const { incentiveId, campaignId } = incentive;
    const common = { incentiveId, campaignId };
    const reward = { currency: 'POINTS', amount: 50 };
    expect(received.map(({ text }) => JSON.parse(text) as unknown)).toEqual([
      { id: '1', type: 'INCENTIVE_NOTIFICATION', ...common, reward, issuedAt: incentive.issuedAt },
      { id: '2', type: 'INCENTIVE_REVERSED', ...common, reward, reversedAt: at },
      { id: '3', type: 'INCENTIVE_EXPIRED', ...common, reward: coupon, expiredAt: at },
    ]);
    expect(await stream.after(user, 0, 10)).toEqual(received);
  });

  it('passes what caused it on to the pod that sends its frame, under one correlation id', async () => {
    const user = newUser();
    const received = await listen(user);
    const startedat = '2026-11-21T10:15:00.000Z';
    const cause = { correlationid: `app ${user.userId}`, startedat };
    await deliver(IncentiveGenerated, [incentiveOf(user)], cause);
    await expect
      .poll(() => received.map((frame) => frame.cause))
      .toEqual([{ correlationId: cause.correlationid, startedAt: startedat }]);
    expect(logged.filter((line) => line.includes(cause.correlationid))).toHaveLength(1);
  });

  it('that is delivered 100 times, to two pods at once, arrives once', async () => {
    const user = newUser();
    const received = await listen(user);
    const incentive = incentiveOf(user);
    const batches = Array.from({ length: 20 }, () =>
      deliver(
        IncentiveGenerated,
        Array.from({ length: 5 }, () => incentive),
      ),
    );
    expect((await Promise.all(batches)).flat()).toEqual(Array(100).fill(done));
    await deliver(IncentiveGenerated, [incentiveOf(user)]);
    await expect.poll(() => received.map(({ position }) => position)).toEqual([1, 2]);
    expect(await inboxes.after(user, 0, 10)).toHaveLength(2);
  });

  it('that was refused is no message', async () => {
    const user = newUser();
    const refused = { ...IncentiveRefused.example, ...user };
    expect(await deliver(IncentiveRefused, [refused])).toEqual([done]);
    expect(await inboxes.newest([user])).toEqual([0]);
  });

  it('is measured from the record of the action', async () => {
    const startedat = new Date(Date.now() - 30_000).toISOString();
    await deliver(IncentiveGenerated, [incentiveOf(newUser())], { startedat });
    await deliver(IncentiveGenerated, [incentiveOf(newUser())]);
    const metric = await register.getSingleMetricAsString('guerdon_push_seconds');
    expect(metric).toMatch(/guerdon_push_seconds_count 1$/m);
    expect(metric).toMatch(/bucket\{le="10"\} 0$/m);
  });
});

describe('while Redis is unavailable', () => {
  it('messages are acknowledged, and the first tick after it publishes them', async () => {
    const [user, other] = [newUser(), newUser()];
    await deliver(IncentiveGenerated, [incentiveOf(user)]);
    await own.server.kill();
    const missed = [incentiveOf(user), incentiveOf(other), incentiveOf(user)];
    expect(await deliver(IncentiveGenerated, missed)).toEqual([done, done, done]);
    await expect(deliver(PushTick, [{}])).rejects.toThrow(Unavailable);
    await own.loseData();
    await own.server.start();
    await expect.poll(() => deliver(PushTick, [{}]).catch(() => 'away')).toEqual([done]);
    const texts = async (of: typeof user) =>
      (await stream.after(of, 0, 10))?.map(({ position }) => position);
    expect(await texts(user)).toEqual([1, 2, 3]);
    expect(await texts(other)).toEqual([1]);
    expect(await unpublished.page(undefined, 10)).toEqual([]);
    const metric = await register.getSingleMetricAsString('guerdon_inbox_messages_total');
    expect(metric).toMatch(/outcome="deferred"\} 3$/m);
  });
});

describe('the tick', () => {
  it('removes messages that are too old', async () => {
    const user = newUser();
    await deliver(IncentiveGenerated, [incentiveOf(user), incentiveOf(user)]);
    await sql`
      update inbox_messages set occurred_at = now() - interval '91 days'
      where user_id = ${user.userId} and position = 1`;
    await deliver(PushTick, [{}]);
    const left = await inboxes.after(user, 0, 10);
    expect(left.map(({ position }) => position)).toEqual([2]);
  });
});

describe('a phone', () => {
  const settings = pushSettings(sql);
  const withPhone = async () => {
    const user = newUser();
    await settings.addDevice(user, { platform: 'ios', token: `phone-${user.userId}` });
    gateway.sent.length = 0;
    gateway.answer = () => 'sent';
    return user;
  };
  const tick = async () => {
    expect(await deliver(PushTick, [{}])).toEqual([done]);
    await sender.idle();
  };
  const dueNow = () => sql`update mobile_pushes set due_at = now() where ended_at is null`;

  it('is notified without a tick, and its gateway delays no event', async () => {
    const user = await withPhone();
    const { promise: answered, resolve: answer } = Promise.withResolvers<MobileOutcome>();
    gateway.answer = () => answered;
    const [first, second] = [incentiveOf(user), incentiveOf(user)];
    expect(await deliver(IncentiveGenerated, [first])).toEqual([done]);
    await expect.poll(() => gateway.sent.length).toBe(1);
    expect(await deliver(IncentiveGenerated, [second])).toEqual([done]);
    expect(gateway.sent).toHaveLength(1);
    answer('sent');
    await sender.idle();
    expect(gateway.sent).toEqual(
      [first, second].map(({ incentiveId }) => `phone-${user.userId} ${incentiveId}`),
    );
  });

  it('that does not exist, or whose user has a socket, costs no search for due notifications', async () => {
    const wake = vi.spyOn(sender, 'wake');
    onTestFinished(() => wake.mockRestore());
    await deliver(IncentiveGenerated, [incentiveOf(newUser())]);
    const user = await withPhone();
    await listen(user);
    await deliver(IncentiveGenerated, [incentiveOf(user)]);
    expect(wake).not.toHaveBeenCalled();
  });

  it('is notified once of an incentive that no socket received, however often it is delivered', async () => {
    const user = await withPhone();
    const incentive = incentiveOf(user);
    await deliver(IncentiveGenerated, [incentive, incentiveOf(newUser())]);
    await tick();
    await deliver(IncentiveGenerated, [incentive]);
    await Promise.all([tick(), tick()]);
    expect(gateway.sent).toEqual([`phone-${user.userId} ${incentive.incentiveId}`]);
  });

  it('is not notified while a socket receives', async () => {
    const user = await withPhone();
    await listen(user);
    const incentive = incentiveOf(user);
    await deliver(IncentiveGenerated, [incentive]);
    await deliver(IncentiveGenerated, [incentive]);
    await tick();
    expect(gateway.sent).toEqual([]);
  });

  it('is tried again after a failure, and no longer once its token is invalid', async () => {
    const user = await withPhone();
    const incentive = incentiveOf(user);
    gateway.answer = () => 'failed';
    await deliver(IncentiveGenerated, [incentive]);
    await tick();
    await tick();
    expect(gateway.sent).toHaveLength(1);
    gateway.answer = () => 'invalid-token';
    await dueNow();
    await tick();
    await deliver(IncentiveGenerated, [incentiveOf(user)]);
    await dueNow();
    await tick();
    expect(gateway.sent).toHaveLength(2);
    expect(await sql`select from push_devices where user_id = ${user.userId}`).toHaveLength(0);
  });

  it('is sent nothing late, when another pod may send it as well', async () => {
    const user = await withPhone();
    gateway.answer = () => {
      clockAheadMs += 11_000;
      return 'sent';
    };
    onTestFinished(() => {
      clockAheadMs = 0;
    });
    await deliver(IncentiveGenerated, [incentiveOf(user), incentiveOf(user)]);
    await sender.idle();
    expect(gateway.sent).toHaveLength(1);
    await dueNow();
    await tick();
    expect(new Set(gateway.sent).size).toBe(2);
    expect(gateway.sent).toHaveLength(2);
  });

  it('that was reached is not notified again while another one of its user fails', async () => {
    const user = await withPhone();
    const [good, broken] = [`phone-${user.userId}`, `broken-${user.userId}`];
    await settings.addDevice(user, { platform: 'android', token: broken });
    await settings.storePreferences(user, { isOn: true, timeZone: 'UTC', hourlyMax: 1 });
    const tried = () => gateway.sent.splice(0).map((each) => each.split(' ')[0]);
    gateway.answer = (token) => (token === broken ? 'failed' : 'sent');
    await deliver(IncentiveGenerated, [incentiveOf(user), incentiveOf(user)]);
    await sender.idle();
    expect(tried().toSorted()).toEqual([broken, good]);
    for (const answer of ['failed', 'sent', 'sent'] as const) {
      gateway.answer = () => answer;
      await dueNow();
      await tick();
    }
    expect(tried()).toEqual([broken, broken]);
  });

  it('is notified although the preferences of another user cannot be read', async () => {
    const user = await withPhone();
    const other = { ...newUser(), userId: `a-${randomUUID()}` };
    await settings.addDevice(other, { platform: 'ios', token: `phone-${other.userId}` });
    const quietHours = { from: 1, until: 2, then: 'drop' as const };
    await settings.storePreferences(other, {
      ...{ isOn: true, hourlyMax: 9, timeZone: 'Mars/Olympus_Mons', quietHours },
    });
    const page = Array.from({ length: 100 }, () => incentiveOf(other));
    const incentive = incentiveOf(user);
    await deliver(IncentiveGenerated, [...page, incentive]);
    await sender.idle();
    expect(gateway.sent).toEqual([`phone-${user.userId} ${incentive.incentiveId}`]);
    await sql`delete from mobile_pushes where user_id = ${other.userId}`;
  });

  it("gets its tenant's defaults if its user stored no preferences", async () => {
    const tenantId = 'strict';
    await sql`
      insert into tenants (tenant_id, name, currency, time_zone) values (${tenantId}, 'Strict', 'INR', 'UTC')`;
    const [user, other] = [newUser(), newUser()].map(({ userId }) => ({ tenantId, userId }));
    for (const { userId } of [user!, other!])
      await settings.addDevice({ tenantId, userId }, { platform: 'ios', token: `phone-${userId}` });
    await settings.storePreferences(other!, { isOn: true, timeZone: 'UTC', hourlyMax: 2 });
    const defaults = { isOn: true, hourlyMax: 1 };
    await pushDefaultsStore(sql).set(tenantId, { defaults, subject: 'ann' });
    gateway.sent.length = 0;
    gateway.answer = () => 'sent';
    for (let number = 0; number < 3; number += 1) {
      await deliver(IncentiveGenerated, [incentiveOf(user!), incentiveOf(other!)]);
      await sender.idle();
    }
    await tick();
    const sentTo = gateway.sent.map((each) => each.split(' ')[0]).toSorted();
    const [own, theirs] = [`phone-${user!.userId}`, `phone-${other!.userId}`];
    expect(sentTo).toEqual([own, theirs, theirs].toSorted());
  });

  it("follows its user's preferences: some per hour, none in quiet hours", async () => {
    const user = await withPhone();
    await settings.storePreferences(user, { isOn: true, timeZone: 'UTC', hourlyMax: 2 });
    for (let number = 0; number < 3; number += 1)
      await deliver(IncentiveGenerated, [incentiveOf(user)]);
    await tick();
    expect(gateway.sent).toHaveLength(2);
    const hour = new Date().getUTCHours();
    const quietHours = { from: hour, until: (hour + 2) % 24, then: 'postpone' as const };
    await settings.storePreferences(user, {
      isOn: true,
      timeZone: 'UTC',
      hourlyMax: 9,
      quietHours,
    });
    await deliver(IncentiveGenerated, [incentiveOf(user)]);
    await tick();
    await tick();
    expect(gateway.sent).toHaveLength(2);
    await settings.storePreferences(user, { isOn: true, timeZone: 'UTC', hourlyMax: 9 });
    await dueNow();
    await tick();
    expect(gateway.sent).toHaveLength(3);
  });
});
