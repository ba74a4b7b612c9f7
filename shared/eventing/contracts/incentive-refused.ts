import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { instant } from './fields.ts';
import { incentiveExample, incentiveFields } from './reward-fields.ts';

const cap = z.object({
  kind: z.literal('cap'),
  scope: z.enum(['GLOBAL', 'USER', 'CAMPAIGN', 'CAMPAIGN_USER']),
  subject: z.string().describe('Subject that the cap applies to'),
  period: z.enum(['day', 'total', 'window']),
  measure: z.string().describe('count, or the unit of the amount'),
  max: z.int().nonnegative(),
  used: z.int().nonnegative().describe('Usage before this incentive'),
  asked: z.int().nonnegative().describe('Requested by this incentive'),
});

/** Why an incentive was not given. */
export const refusedBy = z.discriminatedUnion('kind', [
  cap,
  z.object({ kind: z.literal('no-coupon'), pool: z.string() }),
  z.object({ kind: z.literal('reversed') }),
  z.object({ kind: z.literal('no-program'), program: z.string() }),
]);

/** A user qualified and was refused: said once per incentive, with the cap that said no. */
export const IncentiveRefused = defineContract({
  type: 'guerdon.incentive.refused.v1',
  topic: 'incentive-generated',
  summary: 'A user qualified and was refused, and by which cap.',
  schema: z.object({ ...incentiveFields, refusedBy, refusedAt: instant }),
  example: {
    ...incentiveExample,
    refusedBy: {
      kind: 'cap',
      scope: 'GLOBAL',
      subject: 'tenant',
      period: 'day',
      measure: 'count',
      max: 1_000,
      used: 1_000,
      asked: 1,
    },
    refusedAt: '2026-11-21T10:15:00.120Z',
  },
});
