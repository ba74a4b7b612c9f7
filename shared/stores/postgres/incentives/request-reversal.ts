import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import type { Sql } from '../driver/connect.ts';
import { inTransaction } from '../driver/transaction.ts';
import { addToOutbox, type OutboxEvent } from '../journal/outbox.ts';
import { madeBy, recordChange } from '../journal/record-change.ts';

type Request = Readonly<{
  subject: string;
  requestKey: string;
  reason: string;
  domainEvent: OutboxEvent;
}>;

/**
 * Records a request to reverse an incentive in the change log and in the outbox, both or neither.
 * Repeating a request changes nothing.
 */
export type RequestReversal = (incentive: Incentive, request: Request) => Promise<void>;

/** A request about an incentive, until check-limit processes it. */
export const requestReversal =
  (sql: Sql): RequestReversal =>
  ({ tenantId, incentiveId }, { subject, requestKey, reason, domainEvent }) =>
    inTransaction(sql, async (tx) => {
      const resource = `incentives/${incentiveId}`;
      const action = 'incentive.reversal-requested';
      const making = { tenantId, subject, requestKey, action, after: { reason } };
      if ((await madeBy(tx, { ...making, resourcePrefix: resource })) === resource) return;
      await recordChange(tx, { ...making, resource });
      await addToOutbox(tx, [domainEvent]);
    });
