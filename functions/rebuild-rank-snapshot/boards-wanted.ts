import type { z } from 'zod';
import { InvalidEvent } from '#shared/domain/errors.ts';
import type { Board } from '#shared/domain/ranks/board.ts';
import type { RankRebuildRequested } from '#shared/eventing/contracts/boards.ts';
import { activeTenant } from '#shared/stores/postgres/tenants/active-tenant.ts';
import type { TenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';

export type RebuildRequest = z.output<typeof RankRebuildRequested.schema>;

/** A board with all boards of its tenant. */
export type BoardWanted = Readonly<{ board: Board; siblings: readonly Board[] }>;

/**
 * Finds the boards that a request names.
 * @throws InvalidEvent when it names a tenant or board that does not exist.
 */
export const boardsWanted = async (
  tenants: TenantStore,
  { tenantId, board }: RebuildRequest,
): Promise<readonly BoardWanted[]> => {
  const asked =
    tenantId === undefined ? await tenants.all() : [await activeTenant(tenants, tenantId)];
  const wanted = asked.flatMap(({ boards }) =>
    boards
      .filter((candidate) => board === undefined || candidate.board === board)
      .map((candidate) => ({ board: candidate, siblings: boards })),
  );
  if (board !== undefined && wanted.length === 0)
    throw new InvalidEvent('unknown-board', `Board ${board} does not exist`);
  return wanted;
};
