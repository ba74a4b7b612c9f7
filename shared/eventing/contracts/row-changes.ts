import { z } from 'zod';
import { loggedDay, rowChange } from '../changes/row-change.ts';
import { defineContract } from '../contract.ts';
import { instant } from './fields.ts';

/** What an incentive counts for, as the columns of its row. */
const countedRow = z.object({
  incentive_id: z.guid('must be a UUID'),
  tenant_id: z.string('must be a string'),
  user_id: z.string('must be a string'),
  campaign_id: z.guid('must be a UUID'),
  program: z.string('must be a string').nullable(),
  reward_currency: z.string('must be a string').nullable(),
  reward_amount: z.int('must be an integer'),
  status: z.enum(
    ['ISSUED', 'REFUSED', 'EXPIRED', 'REVERSED'],
    'must be ISSUED, REFUSED, EXPIRED or REVERSED',
  ),
  day: loggedDay,
});

/**
 * A row of `incentives` was written, with the columns that projections in Redis need: plain JSON
 * from Debezium or a backfill, or the tombstone after a deletion.
 */
export const IncentiveRowChanged = defineContract({
  type: 'guerdon.incentive-row.changed.v1',
  topic: 'db.incentives.redis',
  summary: 'A row of incentives was written.',
  schema: rowChange(countedRow),
  example: {
    op: 'c',
    after: {
      incentive_id: '018f3c2e-5b1a-5d4e-9c3f-2a7b6d8e9f01',
      tenant_id: 'acme',
      user_id: 'u-1007',
      campaign_id: '018f3c2e-5b1a-5d4e-9c3f-2a7b6d8e9f02',
      program: null,
      reward_currency: 'INR',
      reward_amount: 5000,
      status: 'ISSUED',
      day: '2026-11-22Z',
    },
    source: { table: 'incentives', lsn: 29_370_456, txId: 853, ts_ms: 1_795_330_059_907 },
  },
});

/** A balance, as the columns of its row. */
const balanceRow = z.object({
  tenant_id: z.string('must be a string'),
  customer_id: z.string('must be a string'),
  program: z.string('must be a string'),
  points: z.int('must be an integer'),
  pending: z.int('must be an integer'),
  reserved: z.int('must be an integer'),
  lifetime: z.int('must be an integer'),
  version: z.int('must be an integer'),
  reached_at: instant,
});

/** A balance was written; the topic keeps the last record of each. */
export const BalanceRowChanged = defineContract({
  type: 'guerdon.balance-row.changed.v1',
  topic: 'db.points_balances',
  summary: 'A row of points_balances was written.',
  schema: rowChange(balanceRow),
  example: {
    op: 'u',
    after: {
      tenant_id: 'acme',
      customer_id: 'c-1007',
      program: 'points',
      points: 10,
      pending: 0,
      reserved: 0,
      lifetime: 10,
      version: 1,
      reached_at: '2026-11-22T06:00:00.000000Z',
    },
    source: { table: 'points_balances', lsn: 29_372_600, txId: 856, ts_ms: 1_795_330_059_907 },
  },
});

/** A board was defined or changed; the topic keeps the last record of each. */
export const BoardRowChanged = defineContract({
  type: 'guerdon.board-row.changed.v1',
  topic: 'db.boards',
  summary: 'A row of boards was written.',
  schema: rowChange(
    z.object({
      tenant_id: z.string('must be a string'),
      board: z.string('must be a string'),
      tie_policy: z.enum(
        ['competition', 'dense', 'ordinal'],
        'must be competition, dense or ordinal',
      ),
    }),
  ),
  example: {
    op: 'c',
    after: { tenant_id: 'acme', board: 'main', tie_policy: 'competition' },
    source: { table: 'boards', lsn: 29_372_960, txId: 857, ts_ms: 1_795_330_059_907 },
  },
});
