import { Counter } from 'prom-client';
import { effectivePreferences, planPush, pushEnd } from '#shared/domain/inbox/plan-push.ts';
import type { Clock } from '#shared/runtime/host.ts';
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
}>;

const pushesTotal = new Counter({
  name: 'guerdon_mobile_pushes_total',
  help: 'Notifications to phones by outcome: sent, postponed, failed (tried again later), or why they were dropped',
  labelNames: ['outcome'] as const,
});

/** How many notifications are sent concurrently. */
const pushesMax = 100;

/** Bounds a run; the next tick continues. */
const pagesMax = 50;

/**
 * Sends the notifications that are due to the phones of their users, as these prefer. What fails is
 * tried again by a later tick, and a device whose token is no longer valid is removed. Takes
 * nothing more once `isOver`.
 */
export const sendDue = async (
  dependencies: SendDependencies,
  isOver: () => boolean,
): Promise<void> => {
  for (let page = 0; page < pagesMax && !isOver(); page += 1) {
    const due = await dependencies.pushes.takeDue(pushesMax);
    // Those of one user one after the other, so that each counts towards the hourly number of the
    // next.
    const users = Map.groupBy(due, inboxName);
    await Promise.all(Array.from(users.values(), (own) => sendOwn(dependencies, own)));
    if (due.length < pushesMax) return;
  }
};

const sendOwn = async (dependencies: SendDependencies, own: readonly DuePush[]): Promise<void> => {
  let sentNow = 0;
  for (const push of own) {
    const outcome = await sendOne(dependencies, push, push.sentLastHour + sentNow);
    if (outcome === 'sent') sentNow += 1;
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
  const invalid = devices.filter((_device, index) => outcomes[index] === 'invalid-token');
  await pushes.removeTokens(
    tenantId,
    invalid.map(({ token }) => token),
  );
  if (outcomes.includes('failed')) return 'failed';
  const outcome = outcomes.includes('sent') ? 'sent' : 'no-device';
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
