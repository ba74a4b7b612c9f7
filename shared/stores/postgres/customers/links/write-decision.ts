import type { Transaction } from '../../driver/connect.ts';
import type { By } from './decision.ts';
import type { StoredDecision } from './link-reader.ts';

/** Two records, the lesser first. */
export type Pair = Readonly<{ tenantId: string; a: number; b: number }>;
/** Writes what somebody decided about two records, in place of an earlier decision. */
export const writeDecision = async (
  tx: Transaction,
  { tenantId, a, b }: Pair,
  { decided, subject, reason }: By & Pick<StoredDecision, 'decided'>,
): Promise<StoredDecision> => {
  const [row] = await tx<[StoredDecision]>`
    insert into link_decisions (tenant_id, a, b, decided, decided_by, reason)
    values (${tenantId}, ${a}, ${b}, ${decided}, ${subject}, ${reason})
    on conflict (a, b) do update set decided = excluded.decided, decided_by = excluded.decided_by,
      decided_at = now(), reason = excluded.reason, merge_of = null
    returning a, b, decided, decided_by, decided_at, reason`;
  return row;
};
