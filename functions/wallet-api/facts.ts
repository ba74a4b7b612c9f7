import type { Adjustment } from '#shared/domain/wallets/adjustment.ts';
import type { Redemption } from '#shared/domain/wallets/redemption.ts';
import type { Transfer } from '#shared/domain/wallets/transfer.ts';
import { PointsAdjusted } from '#shared/eventing/contracts/points-adjusted.ts';
import { PointsRedeemed } from '#shared/eventing/contracts/points-redeemed.ts';
import { PointsTransferred } from '#shared/eventing/contracts/points-transferred.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import { requestFact } from '#shared/runtime/http/request-fact.ts';

/** Says that a redemption was committed. */
export const redeemedFact =
  (now: Date) =>
  (redemption: Redemption): Fact => {
    const { tenantId, customerId, program, redemptionId, reference } = redemption;
    return requestFact(PointsRedeemed, {
      cause: [tenantId, program, redemptionId],
      partitionKey: customerId,
      time: now,
      data: {
        tenantId,
        customerId,
        program,
        redemptionId,
        reserved: redemption.points,
        points: redemption.committed,
        reference: reference ?? null,
        redeemedAt: now.toISOString(),
      },
    });
  };

/** Says that points went from one customer to another. */
export const transferredFact = (
  { transferId, from: { tenantId, program, customerId }, to, points, reference }: Transfer,
  now: Date,
): Fact =>
  requestFact(PointsTransferred, {
    cause: [tenantId, program, transferId],
    partitionKey: customerId,
    time: now,
    data: {
      tenantId,
      program,
      transferId,
      from: customerId,
      to,
      points,
      reference: reference ?? null,
      transferredAt: now.toISOString(),
    },
  });

/** Says that points were given or taken by hand. */
export const adjustedFact = (
  { adjustmentId, wallet: { tenantId, customerId, program }, points, reason, by }: Adjustment,
  now: Date,
): Fact =>
  requestFact(PointsAdjusted, {
    cause: [tenantId, program, adjustmentId],
    partitionKey: customerId,
    time: now,
    data: {
      tenantId,
      customerId,
      program,
      adjustmentId,
      points,
      reason,
      adjustedBy: by,
      adjustedAt: now.toISOString(),
    },
  });
