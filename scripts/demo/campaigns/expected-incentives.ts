import type { ActionDocument } from '../../actions/generate-actions.ts';
import type { OrderRecord } from '../../orders/order-record.ts';

/**
 * The incentives that users should get, recomputed independently of the platform: plain loops over
 * the generated actions, no expression language, no caps script. Shares no code with shared/domain
 * on purpose.
 */
export type ExpectedIncentives = Readonly<{
  /** Cents by event that may be paid back. */
  cashbackOf: ReadonlyMap<string, number>;
  /** How many of them the cap of two per user and local day allows. */
  cashbacksByDay: ReadonlyMap<string, number>;
  /** Users who qualified for a coupon. */
  couponUsers: ReadonlySet<string>;
  /** How often each user completed the quest. */
  quests: ReadonlyMap<string, number>;
}>;

type Happened = ActionDocument & Readonly<{ at: number }>;

/** The day in New York, by the runtime's own calendar. */
const dayIn = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'America/New_York',
  dateStyle: 'short',
});

/** Names a user's day. */
export const userDay = (userId: string, at: Date): string => `${userId} ${dayIn.format(at)}`;

export const expectedIncentives = (records: readonly OrderRecord[]): ExpectedIncentives => {
  const actions = records
    .filter(({ kind }) => kind === 'order')
    .map(({ value }) => JSON.parse(String(value)) as ActionDocument)
    .map((action): Happened => ({ ...action, at: Date.parse(action.occurredAt) }));
  return {
    ...cashbacksOf(actions),
    couponUsers: new Set(
      actions
        .filter(
          ({ action, payload }) => action === 'WATCH_VIDEO' && Number(payload['seconds']) >= 300,
        )
        .map(({ userId }) => userId),
    ),
    quests: new Map(
      [...Map.groupBy(actions, ({ userId }) => userId)]
        .map(([userId, own]) => [userId, questsOf(own)] as const)
        .filter(([, times]) => times > 0),
    ),
  };
};

const cashbacksOf = (actions: readonly Happened[]) => {
  const cashbackOf = new Map<string, number>();
  const cashbacksByDay = new Map<string, number>();
  for (const { eventId, userId, action, at, payload } of actions) {
    const cents = action === 'PURCHASE' ? paidBack(payload) : 0;
    if (cents === 0) continue;
    const day = userDay(userId, new Date(at));
    cashbackOf.set(eventId, cents);
    cashbacksByDay.set(day, (cashbacksByDay.get(day) ?? 0) + 1);
  }
  return { cashbackOf, cashbacksByDay };
};

const paidBack = ({ amountMinor, category }: ActionDocument['payload']): number =>
  Number(amountMinor) >= 50_000 && (category === 'books' || category === 'music')
    ? Math.min(1_000, Math.floor(Number(amountMinor) / 20))
    : 0;

const twelveHoursMs = 43_200_000;

/**
 * From each purchase backwards to the latest two videos and the latest check-in before them, none
 * of it used before.
 */
const questsOf = (actions: readonly Happened[]): number => {
  const sorted = actions.toSorted(
    (one, other) => one.at - other.at || (one.eventId < other.eventId ? -1 : 1),
  );
  let used = -1;
  let times = 0;
  sorted.forEach((purchase, index) => {
    if (purchase.action !== 'PURCHASE') return;
    const watched = latest(sorted, { before: index, after: used, is: watchedLongEnough });
    const watchedBefore = latest(sorted, { before: watched, after: used, is: watchedLongEnough });
    const checkedIn = latest(sorted, {
      before: watchedBefore,
      after: used,
      is: ({ action }) => action === 'CHECK_IN',
    });
    const first = sorted[checkedIn];
    if (first === undefined || purchase.at - first.at > twelveHoursMs) return;
    used = index;
    times += 1;
  });
  return times;
};

const watchedLongEnough = ({ action, payload }: Happened): boolean =>
  action === 'WATCH_VIDEO' && Number(payload['seconds']) >= 30;

type Search = Readonly<{ before: number; after: number; is: (action: Happened) => boolean }>;

/** The index of the last action of a kind between two indexes; -1 if there is none. */
const latest = (sorted: readonly Happened[], { before, after, is }: Search): number => {
  for (let index = before - 1; index > after; index -= 1) {
    const action = sorted[index];
    if (action !== undefined && is(action)) return index;
  }
  return -1;
};
