import { expect } from 'vitest';
import type { LedgerAudit } from '#shared/stores/postgres/audit/ledger-audit.ts';
import type { intruder } from '../intruder.ts';
import {
  couponCampaign,
  dayOfIncentives,
  incentiveIdOf,
  pointsCampaign,
} from './record-incentives.ts';

const tables = [
  'points_ledger',
  'points_balances',
  'limits',
  'campaigns',
  'campaign_versions',
  'coupon_codes',
  'incentive_event_log',
  'incentives',
  'limit_usage',
];

/** Copies what recordIncentives wrote, into a separate schema. */
export const saveIncentives = (asAnIntruder: ReturnType<typeof intruder>) =>
  asAnIntruder(
    'create schema saved',
    ...tables.map((t) => `create table saved.${t} as table ${t}`),
  );

/** Restores it. */
export const restoreIncentives = (asAnIntruder: ReturnType<typeof intruder>) =>
  asAnIntruder(
    ...tables.map((t) => `truncate ${t} cascade`),
    ...tables.map((t) => `insert into ${t} overriding system value select * from saved.${t}`),
  );

const byName = (name: string) => `incentive_id = '${incentiveIdOf(name)}'`;
const rewardOf = (name: string) => `kind = 'REWARD' and cause_id = '${incentiveIdOf(name)}'`;
const pointsOf = (userId: string) => `campaign:${pointsCampaign}:user:${userId}`;

/** How each kind of damage is done, which checks find it, and what the first of them reports. */
export const damages: readonly (readonly [
  string,
  string,
  Partial<Record<keyof LedgerAudit, number>>,
  object,
])[] = [
  [
    'a reward of other points',
    `update points_ledger set points = 49 where ${rewardOf('issued')}`,
    { balances: 1, rewards: 1 },
    {},
  ],
  [
    'an incentive that was not credited',
    `delete from points_ledger where ${rewardOf('issued')}; update points_balances set points = points - 50 where customer_id = 'c-1'`,
    { rewards: 1 },
    { recorded: '0 points given, 0 taken back', recomputed: '50 points given, 0 taken back' },
  ],
  [
    'an incentive that was credited twice',
    `insert into points_ledger (tenant_id, program, kind, cause_id, customer_id, account, points, counter_account, lot_id, cause, occurred_at)
      select tenant_id, program, kind, cause_id || ' 2', customer_id, account, 0, counter_account, lot_id, cause, occurred_at
      from points_ledger where ${rewardOf('issued')}`,
    { rewards: 1, keys: 1 },
    { recorded: 'given 2 times' },
  ],
  [
    'a reward without an incentive',
    `update points_ledger set cause_id = 'none' where ${rewardOf('issued')}`,
    { rewards: 2, keys: 1 },
    { recomputed: 'nothing was to be given' },
  ],
  [
    'a reward on another customer',
    `update incentives set user_id = 'c-2' where ${byName('issued')}`,
    { rewards: 2, usage: 4, caps: 4 },
    {},
  ],
  [
    'a reward of an incentive that was refused',
    `update incentives set status = 'REFUSED' where ${byName('issued')}`,
    { rewards: 1, usage: 4, incentiveLog: 1 },
    { recorded: '50 points given, 0 taken back', recomputed: 'nothing was to be given' },
  ],
  [
    'a reward from another account',
    `update points_ledger set counter_account = 'issued' where ${rewardOf('issued')}`,
    { rewards: 1 },
    { recorded: 'from another account than rewarded' },
  ],
  [
    'a reversal that took too little',
    `update points_ledger set points = -29 where kind = 'REVOKE' and points = -30`,
    { balances: 1, rewards: 1 },
    {},
  ],
  [
    'points that were taken back of an incentive that was not reversed',
    `update incentives set status = 'ISSUED' where ${byName('reversed')}`,
    { rewards: 1, usage: 4, caps: 7, incentiveLog: 1 },
    { recorded: '50 points given, 50 taken back', recomputed: '50 points given, 0 taken back' },
  ],
  [
    'more written off than was taken back',
    `update points_ledger set points = 51 where kind = 'ADJUST'; update points_balances set points = points + 31 where customer_id = 'c-1'`,
    { rewards: 1 },
    { recorded: '51 points written off, of 50 taken back' },
  ],
  [
    'a usage with another count',
    `update limit_usage set count = count + 1 where subject = 'tenant' and day = '-infinity' and unit = 'POINTS'`,
    { usage: 1 },
    { subject: 'tenant', recorded: '5 count total', recomputed: '4 count total' },
  ],
  [
    'a usage with another amount',
    `update limit_usage set amount = 49 where subject = 'user:c-1' and day = '-infinity' and unit = 'POINTS'`,
    { usage: 1 },
    { subject: 'user:c-1', recorded: '49 POINTS total', recomputed: '50 POINTS total' },
  ],
  [
    'a usage without a day',
    `delete from limit_usage where subject = '${pointsOf('c-1')}' and day > '-infinity'`,
    { usage: 1 },
    { recorded: `0 POINTS ${dayOfIncentives}, 0 count ${dayOfIncentives}` },
  ],
  [
    'a usage with a day too many',
    `insert into limit_usage values ('default', 'tenant', '2020-01-01', '', 1, 0)`,
    { usage: 1 },
    { recorded: '1 count 2020-01-01', recomputed: '0 count 2020-01-01' },
  ],
  [
    'a usage that vanished',
    `delete from limit_usage where subject = 'campaign:${pointsCampaign}'`,
    { usage: 1 },
    { subject: `campaign:${pointsCampaign}` },
  ],
  [
    'a usage of nothing',
    `insert into limit_usage values ('default', 'user:c-0', '-infinity', '', 1, 0)`,
    { usage: 1 },
    { subject: 'user:c-0', recorded: '1 count total', recomputed: '0 count total' },
  ],
  [
    'an incentive that counts for another day',
    `update incentives set day = day - 1 where ${byName('cashback')}`,
    { usage: 4 },
    {},
  ],
  ...(
    [
      ['all of a tenant on a day', `max_per_day = 3`, 'GLOBAL', '4 count on '],
      ['all of a tenant in a window', `max_total = 3`, 'GLOBAL', '4 count 7 days until '],
      ['users in all', `max_total = 1`, 'USER', '2 count in all'],
      [
        'amounts of a tenant',
        `amounts = '{"INR": {"maxTotal": 499}}'`,
        'GLOBAL',
        '500 INR 7 days until ',
      ],
      ['amounts of users', `amounts = '{"POINTS": {"maxPerDay": 49}}'`, 'USER', '50 POINTS on '],
    ] as const
  ).map(
    ([what, change, scope, recorded]) =>
      [
        `a cap that is passed, of ${what}`,
        `update limits set ${change} where scope = '${scope}'`,
        { caps: scope === 'USER' ? 2 : 1 },
        { recorded: expect.stringMatching(`^${recorded}`) as string },
      ] as const,
  ),
  [
    'a window that is passed by an incentive of an earlier day that came after one of a later day',
    `update limits set max_total = 3 where scope = 'GLOBAL';
      update incentives set day = day + 3, issued_at = issued_at - interval '1 hour' where ${byName('cashback')}`,
    { usage: 4, caps: 1 },
    {},
  ],
  [
    'a budget that is passed',
    `update campaign_versions set terms = jsonb_set(terms, '{limits,budget}', '99') where campaign_id = '${pointsCampaign}'`,
    { caps: 1 },
    {
      subject: `campaign:${pointsCampaign}`,
      recorded: '100 POINTS in all',
      recomputed: 'at most 99',
    },
  ],
  [
    'a cap of a campaign that is passed',
    `update campaign_versions set terms = jsonb_set(terms, '{limits,overall,maxPerDay}', '0') where campaign_id = '${couponCampaign}'`,
    { caps: 1 },
    { subject: `campaign:${couponCampaign}`, recorded: `1 count on ${dayOfIncentives}` },
  ],
  [
    'a coupon without its code',
    `update coupon_codes set incentive_id = null where ${byName('coupon')}`,
    { coupons: 1 },
    { recorded: 'code not claimed', recomputed: 'SUMMER-1, ISSUED' },
  ],
  [
    'a code that nobody was given',
    `update coupon_codes set incentive_id = '${incentiveIdOf('none')}' where code = 'SUMMER-3'`,
    { coupons: 1 },
    { recorded: 'SUMMER-3', recomputed: 'no such incentive' },
  ],
  [
    'a coupon with the code of another',
    `update incentives set coupon_code = 'SUMMER-3' where ${byName('coupon')}`,
    { coupons: 1 },
    { recorded: 'SUMMER-1', recomputed: 'SUMMER-3, ISSUED' },
  ],
  [
    'a coupon that was given without any code',
    `update incentives set coupon_code = null where ${byName('coupon')}`,
    { coupons: 1 },
    { recomputed: 'no code, ISSUED' },
  ],
  [
    'a coupon that was voided and can still be used',
    `update coupon_codes set voided_at = null`,
    { coupons: 1 },
    { recorded: 'SUMMER-2', recomputed: 'SUMMER-2, REVERSED' },
  ],
  [
    'an incentive without its event',
    `delete from incentive_event_log where ${byName('cashback')}`,
    { incentiveLog: 1 },
    { recorded: 'nothing', recomputed: 'generated' },
  ],
  [
    'an expiry without its event',
    `delete from incentive_event_log where event = 'expired'`,
    { incentiveLog: 1 },
    { recorded: 'generated', recomputed: 'expired, generated' },
  ],
  [
    'a refusal with the event of an incentive',
    `update incentive_event_log set event = 'generated' where ${byName('never')} or ${byName('refused')}`,
    { incentiveLog: 1 },
    { recorded: 'generated', recomputed: 'refused' },
  ],
  [
    'an event of an incentive that was never given',
    `insert into incentive_event_log (tenant_id, incentive_id, user_id, event) values ('default', '${incentiveIdOf('never')}', 'c-1', 'generated')`,
    { incentiveLog: 1 },
    { recorded: 'generated', recomputed: 'not generated' },
  ],
];
