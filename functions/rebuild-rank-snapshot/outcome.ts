import { Counter } from 'prom-client';
import type { Board } from '#shared/domain/ranks/board.ts';
import { RankSnapshotPublished } from '#shared/eventing/contracts/boards.ts';
import { type DomainEvent, domainEventOf } from '#shared/eventing/domain-event.ts';
import type { Rebuilt } from './rebuild-board.ts';

const roundsTotal = new Counter({
  name: 'guerdon_rank_rounds_total',
  help: 'Snapshot rounds by outcome: incremental or full (published), idle (nothing had changed), or busy (another round was running)',
  labelNames: ['outcome'] as const,
});

const changesTotal = new Counter({
  name: 'guerdon_rank_changes_total',
  help: 'Customers whose points changed from one snapshot to the next',
});

/**
 * The event of a published snapshot; none when nothing changed, or when another round will publish
 * it.
 */
export const toEvent = ({ tenantId, board }: Board, rebuilt: Rebuilt): readonly DomainEvent[] => {
  roundsTotal.inc({ outcome: rebuilt.kind === 'published' ? rebuilt.mode : rebuilt.kind });
  if (rebuilt.kind !== 'published') return [];
  const { snapshotId, customers, changed, takenAt } = rebuilt.snapshot;
  changesTotal.inc(changed);
  return [
    domainEventOf(RankSnapshotPublished, {
      // The instant distinguishes the first snapshots before and after Redis lost everything, ids
      // included.
      cause: [tenantId, board, String(snapshotId), takenAt.toISOString()],
      partitionKey: `${tenantId}/${board}`,
      time: takenAt,
      data: {
        tenantId,
        board,
        snapshotId,
        customers,
        changed,
        mode: rebuilt.mode,
        takenAt: takenAt.toISOString(),
      },
    }),
  ];
};
