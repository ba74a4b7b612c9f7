import { Unavailable } from '#shared/domain/errors.ts';
import type { Board } from '#shared/domain/ranks/board.ts';
import { RankRebuildRequested } from '#shared/eventing/contracts/boards.ts';
import { PingTick } from '#shared/eventing/contracts/ticks.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { type Delivery, type EventHandler, on } from '#shared/runtime/events/event-handler.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { TenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { type BoardWanted, boardsWanted, type RebuildRequest } from './boards-wanted.ts';
import { toEvent } from './outcome.ts';
import { type RebuildDependencies, type Rebuilt, rebuildBoard } from './rebuild-board.ts';

type Dependencies = RebuildDependencies & Readonly<{ tenants: TenantStore; log: Logger }>;

/**
 * Publishes a new snapshot of each board: on a tick of the changed ones, on request of all
 * requested ones. A board that fails does not block the others: their snapshots are published. If
 * all of them fail, the event is retried.
 */
export const rebuildRanks = ({ tenants, log, ...dependencies }: Dependencies): EventHandler[] => {
  const rebuildOne = async (
    { board, siblings }: BoardWanted,
    { event, data }: Delivery<RebuildRequest>,
  ): Promise<readonly DomainEvent[]> => {
    const isTick = event.type === PingTick.type;
    const mode = isTick && data.mode === 'incremental' ? 'if-changed' : data.mode;
    const rounds = await rebuildBoard(dependencies, { board, siblings, mode });
    if (!isTick) requireSnapshot(board, rounds);
    return rounds.flatMap((rebuilt) => toEvent(board, rebuilt));
  };

  const rebuild = async (delivery: Delivery<RebuildRequest>): Promise<readonly DomainEvent[]> => {
    const domainEvents: DomainEvent[] = [];
    const failures: unknown[] = [];
    // One board after the other, as Redis serves everyone else between two commands but not during
    // one.
    for (const wanted of await boardsWanted(tenants, delivery.data)) {
      try {
        domainEvents.push(...(await rebuildOne(wanted, delivery)));
      } catch (error) {
        log.error({ err: error, ...wanted.board }, 'could not rebuild the snapshot of a board');
        failures.push(error);
      }
    }
    if (domainEvents.length === 0 && failures.length > 0) throw failures[0];
    return domainEvents;
  };

  return [on(PingTick, rebuild), on(RankRebuildRequested, rebuild)];
};

/**
 * A tick is skipped, since the next one comes soon; a request needs all changes until now, which a
 * running round may lack.
 */
const requireSnapshot = ({ board }: Board, rounds: readonly Rebuilt[]): void => {
  if (rounds.some(({ kind }) => kind === 'busy'))
    throw new Unavailable('self', `Another rebuild of board ${board} is running`);
};
