import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Transaction } from '../../driver/connect.ts';

/** How many points that an account gave, and that have not expired, could be given back to it. */
export const readCarriedPoints = async (
  tx: Transaction,
  { tenantId, customerId, program }: WalletKey,
): Promise<number> => {
  const [{ points }] = await tx<[{ points: number }]>`
    select coalesce(sum(points), 0)::bigint as points from carried_points
    where tenant_id = ${tenantId} and account_id = ${customerId} and program = ${program}
      and (expires_at is null or expires_at > now())`;
  return points;
};

/** From now on an account gets so many points fewer back: those that expire first. */
export const lessCarried = async (
  tx: Transaction,
  { tenantId, customerId, program }: WalletKey,
  points: number,
): Promise<void> => {
  await tx`
    with given as (
      select ctid as place, points, sum(points) over (order by expires_at nulls last) as upto
      from carried_points
      where tenant_id = ${tenantId} and account_id = ${customerId} and program = ${program}
        and (expires_at is null or expires_at > now())
    ), gone as (
      delete from carried_points own using given
      where own.ctid = place and upto <= ${points}
    )
    update carried_points own set points = upto - ${points} from given
    where own.ctid = place and upto > ${points} and upto - given.points < ${points}`;
};
