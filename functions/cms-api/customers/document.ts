import { z } from 'zod';
import { shownInstant } from '#shared/runtime/http/body/body-fields.ts';
import { nextCursor } from '#shared/runtime/http/requests/page.ts';
import type { Erasure } from '#shared/stores/postgres/privacy/erasures.ts';

/** An erasure as far as it has come. */
export const erasureAnswer = z
  .object({
    status: z
      .enum(['PENDING', 'COMPLETED'])
      .describe(
        'PENDING: the data was erased, and is erased once more when no record can be in flight',
      ),
    person: z.string().describe('First 128 bits of the SHA-256 of the tenant, a space and the id'),
    requestedBy: z.string().describe('Subject of the token that requested it'),
    requestedAt: shownInstant,
    completedAt: shownInstant.nullable(),
    counts: z.record(z.string(), z.int()).describe('Rows deleted or redacted, by table'),
    proof: z
      .string()
      .nullable()
      .describe('SHA-256 over this erasure and the proof of the one before; null while PENDING'),
  })
  .meta({ id: 'Erasure' });

/** Shows an erasure. Pure. */
export const showErasure = ({
  tenantId: _tenant,
  requestedAt,
  completedAt,
  ...shown
}: Erasure): z.output<typeof erasureAnswer> => ({
  status: completedAt === null ? 'PENDING' : 'COMPLETED',
  ...shown,
  requestedAt: requestedAt.toISOString(),
  completedAt: completedAt?.toISOString() ?? null,
});

/** A page of what is stored of a customer. */
export const exportAnswer = z
  .object({
    records: z.array(
      z.object({
        table: z.string(),
        record: z.record(z.string(), z.unknown()).describe('The row as it is stored'),
      }),
    ),
    nextCursor,
  })
  .meta({ id: 'CustomerExport' });
