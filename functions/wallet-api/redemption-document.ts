import { z } from 'zod';
import { type Redemption, redemptionAt } from '#shared/domain/wallets/redemption.ts';
import { shownInstant } from '#shared/runtime/http/body/body-fields.ts';

/** A redemption. */
export const redemptionAnswer = z
  .object({
    redemptionId: z.uuid(),
    customerId: z.string(),
    program: z.string(),
    status: z.enum(['RESERVED', 'COMMITTED', 'VOIDED', 'TIMED_OUT']),
    points: z.int().describe('Points reserved'),
    committed: z.int().describe('Points spent; the rest were released'),
    lots: z
      .array(z.object({ lotId: z.uuid(), points: z.int() }))
      .describe('Lots that the points were reserved from, earliest expiry first'),
    reference: z.string().nullable(),
    createdBy: z.string(),
    createdAt: shownInstant,
    timesOutAt: shownInstant.describe('When an open reservation times out'),
    endedAt: shownInstant.nullable(),
  })
  .meta({ id: 'Redemption' });

/** Shows a redemption as it is at an instant. */
export const showRedemption = (
  redemption: Redemption,
  now: Date,
): z.output<typeof redemptionAnswer> => {
  const {
    tenantId: _,
    reference,
    createdAt,
    timesOutAt,
    endedAt,
    ...rest
  } = redemptionAt(redemption, now);
  return {
    ...rest,
    lots: [...rest.lots],
    reference: reference ?? null,
    createdAt: createdAt.toISOString(),
    timesOutAt: timesOutAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
  };
};
