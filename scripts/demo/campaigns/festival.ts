import type { CmsComponents } from '#clients';
import { dayMs } from '#shared/domain/time/local-time.ts';

type NewCampaign = CmsComponents['schemas']['NewCampaign'];

/** The tenant of the demo's campaigns, as an operator and a marketer would write it to cms-api. */
export const festivalTenant = {
  tenantId: 'festival',
  name: 'Festival',
  currency: 'USD',
  timeZone: 'America/New_York',
};

/** The actions of its apps, with the fields that clauses use. */
export const festivalActions = {
  CHECK_IN: {
    description: 'Somebody entered a shop',
    fields: { store: { type: 'string', required: true } },
  },
  WATCH_VIDEO: {
    description: 'Somebody watched a video',
    fields: { seconds: { type: 'int', required: true }, genre: { type: 'string', required: true } },
  },
  PURCHASE: {
    description: 'Somebody bought something',
    fields: {
      amountMinor: { type: 'int', required: true },
      category: { type: 'string', required: true },
    },
  },
} as const;

/** The days of the festival have 73 hours, since daylight saving time ends on the second one. */
export const festivalMs = 73 * 3_600_000;

/**
 * Midnight in New York of the Saturday before daylight saving time ended, of the last festival that
 * is over: caps by the day refuse what is more than 400 days late.
 */
export const festivalBegin = (now = new Date()): Date => {
  const year = now.getUTCFullYear();
  const thisYear = saturdayIn(year);
  return thisYear.getTime() + festivalMs <= now.getTime() ? thisYear : saturdayIn(year - 1);
};

/** The day before the first Sunday of November, at midnight of daylight saving time. */
const saturdayIn = (year: number): Date => {
  const november = Date.UTC(year, 10, 1, 4);
  const untilSunday = (7 - new Date(november).getUTCDay()) % 7;
  return new Date(november + (untilSunday - 1) * dayMs);
};

/** A campaign whose window is over cannot be saved, so this one lasts until tomorrow. */
const period = {
  startAt: festivalBegin().toISOString(),
  endAt: new Date(Date.now() + dayMs).toISOString(),
  lateness: { afterSeconds: 0, policy: 'count' },
} as const;

/** How much the caps allow; the verdict uses them, too. */
export const caps = {
  cashbacks: 200,
  cashbacksPerDay: 2,
  coupons: 100,
  couponsPerUser: 1,
  questPoints: 50,
} as const;

/** Five percent back on books and music, at most $10, twice a day and 200 times in total. */
const cashback: NewCampaign = {
  ...period,
  name: 'Five percent back',
  type: 'SIMPLE',
  rule: {
    action: 'PURCHASE',
    when: {
      all: [
        { name: 'large enough', when: 'event.amountMinor >= 50000' },
        {
          any: [
            { name: 'a book', when: 'event.category == "books"' },
            { name: 'music', when: 'event.category == "music"' },
          ],
        },
      ],
    },
  },
  reward: {
    type: 'CASHBACK',
    currency: 'USD',
    amount: { kind: 'share', field: 'amountMinor', basisPoints: 500, max: 1_000 },
  },
  limits: { overall: { maxTotal: caps.cashbacks }, perUser: { maxPerDay: caps.cashbacksPerDay } },
};

/**
 * Check in, watch two videos, buy: in this order within twelve hours, for 50 points, any number of
 * times.
 */
const quest: NewCampaign = {
  ...period,
  name: 'A day out',
  type: 'QUEST',
  rule: {
    order: 'ordered',
    steps: [
      { name: 'check in', action: 'CHECK_IN', count: 1 },
      {
        name: 'watch',
        action: 'WATCH_VIDEO',
        count: 2,
        when: { name: 'half a minute', when: 'event.seconds >= 30' },
      },
      { name: 'buy', action: 'PURCHASE', count: 1 },
    ],
    withinSeconds: 43_200,
  },
  reward: {
    type: 'POINTS',
    program: 'points',
    amount: { kind: 'fixed', amount: caps.questPoints },
  },
  limits: {},
};

/** A code for each user who watches a long video; a hundred codes, one per user. */
const coupon: NewCampaign = {
  ...period,
  name: 'A film on us',
  type: 'SIMPLE',
  rule: { action: 'WATCH_VIDEO', when: { name: 'five minutes', when: 'event.seconds >= 300' } },
  reward: { type: 'COUPON', pool: 'films' },
  limits: { perUser: { maxTotal: caps.couponsPerUser } },
};

/** The three campaigns. */
export const festivalCampaigns = { cashback, quest, coupon } as const;

/** The pool of the coupons. */
export const festivalPool = {
  pool: 'films',
  pattern: 'FILM-####-####',
  codes: caps.coupons,
} as const;
