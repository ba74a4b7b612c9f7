import { z } from 'zod';
import { loggedDay, rowChange } from '../changes/row-change.ts';
import { defineContract } from '../contract.ts';

/** What an incentive counts for, as the columns of its row. */
const countedRow = z.object({
  incentive_id: z.uuid('must be a UUID'),
  tenant_id: z.string('must be a string'),
  user_id: z.string('must be a string'),
  campaign_id: z.uuid('must be a UUID'),
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
