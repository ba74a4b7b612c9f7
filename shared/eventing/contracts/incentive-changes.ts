import { z } from 'zod';
import { loggedDay, rowChange } from '../changes/row-change.ts';
import { defineContract } from '../contract.ts';
import { jsonText } from './fields.ts';

const string = z.string('must be a string');
const uuid = z.guid('must be a UUID');
const integer = z.int('must be an integer');
const instantText = z.iso.datetime({ offset: true, error: 'must be an ISO 8601 instant' });

/** A row of `incentives`; columns that are not named here are kept. */
const incentiveRow = z.looseObject({
  incentive_id: uuid,
  tenant_id: string,
  user_id: string,
  campaign_id: uuid,
  campaign_version: integer,
  event_id: string,
  type: string,
  reward_currency: string.nullable(),
  reward_amount: integer,
  program: string.nullable(),
  coupon_code: string.nullable(),
  status: string,
  /** Debezium writes `jsonb` as text. */
  refused_by: jsonText.nullable(),
  day: loggedDay,
  qualified_at: instantText,
  issued_at: instantText,
  expires_at: instantText.nullable(),
  ended_at: instantText.nullable(),
  cause: string,
});

/**
 * A row of `incentives` was written, with all columns: plain JSON from Debezium or a backfill, or
 * the tombstone after a deletion. Of a deleted row the log has the key alone.
 */
export const IncentiveChanged = defineContract({
  type: 'guerdon.incentive.changed.v1',
  topic: 'db.incentives',
  summary: 'A row of incentives was written or deleted.',
  schema: rowChange(incentiveRow, z.object({ incentive_id: uuid })),
  example: {
    op: 'c',
    after: {
      incentive_id: '018f3c2e-5b1a-5d4e-9c3f-2a7b6d8e9f01',
      tenant_id: 'acme',
      user_id: 'u-1007',
      campaign_id: '018f3c2e-5b1a-5d4e-9c3f-2a7b6d8e9f02',
      campaign_version: 1,
      event_id: 'e-1',
      type: 'CASHBACK',
      reward_currency: 'INR',
      reward_amount: 5000,
      program: null,
      coupon_code: null,
      status: 'ISSUED',
      refused_by: null,
      day: '2026-11-22Z',
      qualified_at: '2026-11-22T06:00:00.120000Z',
      issued_at: '2026-11-22T06:00:00.300000Z',
      expires_at: null,
      ended_at: null,
      cause: 'urn:app e-1',
    },
    source: { table: 'incentives', lsn: 29_370_456, txId: 853, ts_ms: 1_795_330_059_907 },
  },
});
