import { randomUUID } from 'node:crypto';
import { eventually } from '#scripts/services/eventually.ts';
import { RankRebuildRequested } from '#shared/eventing/contracts/rank-rebuild-requested.ts';
import type { LeaderboardClient } from './leaderboard-client.ts';

/** Asks for a snapshot as any producer does, by an event to the Broker, without waiting for the minute. */
const requestSnapshot = async (
  brokerUrl: string,
  mode: 'incremental' | 'full' = 'incremental',
): Promise<void> => {
  const answer = await fetch(brokerUrl, {
    method: 'POST',
    headers: {
      'ce-specversion': '1.0',
      'ce-id': randomUUID(),
      'ce-source': '/guerdon/scripts',
      'ce-type': RankRebuildRequested.type,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ tenantId: 'default', mode }),
  });
  if (answer.status !== 202)
    throw new Error(`The Broker answered ${answer.status}: ${await answer.text()}`);
};

/** Asks for a snapshot and waits until readers see one taken after the question. */
export const takeSnapshot = async (
  brokerUrl: string,
  leaderboard: LeaderboardClient,
  mode: 'incremental' | 'full' = 'incremental',
): Promise<void> => {
  const askedAt = new Date();
  await requestSnapshot(brokerUrl, mode);
  const isNew = async () => new Date((await leaderboard.snapshot()).takenAt) >= askedAt;
  if (!(await eventually(isNew, { timeoutMs: 60_000 }))) {
    throw new Error('No new snapshot within a minute of asking for one');
  }
};
