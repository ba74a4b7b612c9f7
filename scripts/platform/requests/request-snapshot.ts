import { eventually } from '#scripts/services/eventually.ts';
import { RankRebuildRequested } from '#shared/eventing/contracts/boards.ts';
import type { LeaderboardClient } from '../leaderboard-client.ts';
import { sendToBroker } from './send-to-broker.ts';

/**
 * Only ends a hanging request: a round that died keeps its lease of the board for a minute, and the
 * request is retried after that.
 */
const PATIENCE_MS = 300_000;

type Snapshot = Awaited<ReturnType<LeaderboardClient['snapshot']>>;

/**
 * Requests a snapshot, without waiting for the minute, and waits until readers see one that was
 * taken after the request.
 */
export const takeSnapshot = async (
  brokerUrl: string,
  leaderboard: LeaderboardClient,
  mode: 'incremental' | 'full' = 'incremental',
): Promise<void> => {
  const requestedAt = new Date();
  await sendToBroker(brokerUrl, RankRebuildRequested, { tenantId: 'default', mode });
  let last: Snapshot | undefined;
  const isNew = async () => {
    last = await leaderboard.snapshot();
    return new Date(last.takenAt) >= requestedAt;
  };
  if (!(await eventually(isNew, { timeoutMs: PATIENCE_MS }))) {
    const found = JSON.stringify(last);
    throw new Error(
      `No snapshot since ${requestedAt.toISOString()} within ${PATIENCE_MS} ms; the last one was ${found}`,
    );
  }
};
