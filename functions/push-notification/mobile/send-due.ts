import { Counter } from 'prom-client';
import { effectivePreferences, planPush, pushEnd } from '#shared/domain/inbox/plan-push.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { DuePush, MobilePushes } from '#shared/stores/postgres/inbox/mobile-pushes.ts';
import type { PushDevice } from '#shared/stores/postgres/inbox/push-settings.ts';
import { inboxName } from '../publish-messages.ts';
import type { MobileGateway, MobileNotification, MobileOutcome } from './mobile-gateway.ts';

/** What sending to phones needs. */
export type SendDependencies = Readonly<{
  pushes: MobilePushes;
  /** Gateways by platform; a platform without one gets nothing. */
  gateways: Readonly<Partial<Record<PushDevice['platform'], MobileGateway>>>;
  clock: Clock;
  log: Logger;
}>;

const pushesTotal = new Counter({
  name: 'guerdon_mobile_pushes_total',
  help: 'Notifications to phones by outcome: sent, postponed, failed or partly-sent (tried again later), or why they were dropped',
  labelNames: ['outcome'] as const,
});

/** How many notifications are sent concurrently. */
const pushesMax = 100;

/** Bounds a run; the next tick continues. */
const pagesMax = 50;

/**
 * How long after notifications were taken the last of them is sent, in milliseconds. Sending one
 * takes at most 20 s, and after 30 s another pod may take it.
 */
const sendMsMax = 10_000;

/**
 * Sends the notifications that are due to the phones of their users, as these prefer. What fails is
 * tried again by a later tick, for the phones that it has not reached, and delays no other user; a
 * device whose token is no longer valid is removed. Takes nothing more once `isOver`, and resolves
 * when nothing is being sent.
 */
export const sendDue = async (
  dependencies: SendDependencies,
  isOver: () => boolean,
): Promise<void> => {
  const { pushes, clock, log } = dependencies;
  for (let page = 0; page < pagesMax && !isOver(); page += 1) {
    const endAt = clock().getTime() + sendMsMax;
    const due = await pushes.takeDue(pushesMax);
    // Those of one user one after the other, so that each counts towards the hourly number of the
    // next.
    const users = Map.groupBy(due, inboxName);
    const sendOf = (own: readonly DuePush[]): Promise<void> =>
      sendOwn(dependencies, own, endAt).catch((error: unknown) => {
        log.warn({ err: error }, leftToLaterTick);
      });
    await Promise.all(Array.from(users.values(), sendOf));
    if (due.length < pushesMax) return;
  }
};

/** The message where notifications have their next attempt in Postgres already. */
export const leftToLaterTick = 'left notifications to phones to a later tick';

const sendOwn = async (
  dependencies: SendDependencies,
  own: readonly DuePush[],
  endAt: number,
): Promise<void> => {
  let sentNow = 0;
  for (const push of own) {
    if (dependencies.clock().getTime() > endAt) return;
    const outcome = await sendOne(dependencies, push, push.sentLastHour + sentNow);
    if (outcome === 'sent' || outcome === 'partly-sent') sentNow += 1;
    pushesTotal.inc({ outcome });
  }
};

const sendOne = async (
  { pushes, gateways, clock }: SendDependencies,
  push: DuePush,
  sentLastHour: number,
): Promise<string> => {
  const { occurredAt, devices, tenantId } = push;
  const preferences = effectivePreferences(push);
  const plan = planPush({ preferences, now: clock(), occurredAt, sentLastHour });
  if (plan.kind === 'postpone') {
    await pushes.postpone(push, plan.until);
    return 'postponed';
  }
  if (plan.kind === 'drop') {
    await pushes.end(push, 'dropped');
    return plan.reason;
  }
  const notification = notificationOf(push);
  const outcomes = await Promise.all(
    devices.map(
      ({ platform, token }): Promise<MobileOutcome | 'no-gateway'> =>
        gateways[platform]?.send(token, notification) ?? Promise.resolve('no-gateway'),
    ),
  );
  const tokensWith = (wanted: MobileOutcome): readonly string[] =>
    devices.filter((_device, index) => outcomes[index] === wanted).map(({ token }) => token);
  await pushes.removeTokens(tenantId, tokensWith('invalid-token'));
  const reached = tokensWith('sent');
  if (outcomes.includes('failed')) {
    if (reached.length === 0) return 'failed';
    await pushes.recordReached(push, reached);
    return 'partly-sent';
  }
  const outcome = reached.length > 0 ? 'sent' : 'no-device';
  await pushes.end(push, outcome === 'sent' ? 'sent' : 'dropped');
  return outcome;
};

const titles = {
  INCENTIVE_NOTIFICATION: 'You have a new reward',
  INCENTIVE_REVERSED: 'A reward was reversed',
  INCENTIVE_EXPIRED: 'A reward has expired',
} as const;

const notificationOf = ({ messageId, frame, occurredAt }: DuePush): MobileNotification => ({
  id: messageId,
  title: titles[frame.type],
  expiresAt: pushEnd(occurredAt),
  data: { type: frame.type, incentiveId: frame.incentiveId, campaignId: frame.campaignId },
});
