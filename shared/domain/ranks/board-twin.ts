import type { Balance } from '../ledger/balance.ts';
import type { TiePolicy } from './board.ts';
import type { BoardEntry } from './board-entry.ts';
import { rankBoard } from './rank-board.ts';
import type { RankedCustomer } from './ranked-customer.ts';

type BoardEntries = ReadonlyMap<string, BoardEntry>;

/**
 * What a board means, in plain maps: the twin of the Redis scripts. A test takes both through the
 * same random writes, rounds and crashes and compares every answer.
 */
export class BoardTwin {
  private readonly tiePolicy: TiePolicy;
  private readonly cached = new Map<string, Balance>();
  private readonly live = new Map<string, BoardEntry>();
  private pending = new Map<string, BoardEntry>();
  private taken: BoardEntries = new Map();
  private snapshot: BoardEntries | undefined;
  private ranked: readonly RankedCustomer[] | undefined;
  /** The snapshot before, known until the next round begins to overwrite it. */
  private before: readonly RankedCustomer[] | undefined;
  private mustBeFull = true;
  private isFullWanted = false;
  private isRunning = false;

  constructor(tiePolicy: TiePolicy) {
    this.tiePolicy = tiePolicy;
  }

  /**
   * write-balances: only what is newer counts, for the live board now and for the next snapshot.
   * While no round runs, a balance that the cache missed changes nothing if the live board has it.
   */
  write(balance: Balance): void {
    const known = this.cached.get(balance.customerId);
    if (known !== undefined && known.version >= balance.version) return;
    this.cached.set(balance.customerId, balance);
    const isPlaced = known === undefined && !this.isRunning && this.isOnLiveBoard(balance);
    this.live.set(balance.customerId, balance);
    if (!isPlaced) this.pending.set(balance.customerId, balance);
  }

  private isOnLiveBoard({ customerId, points, reachedAt }: Balance): boolean {
    const placed = this.live.get(customerId);
    const isSameTime = placed?.reachedAt.getTime() === reachedAt.getTime();
    return placed?.points === points && (this.tiePolicy !== 'ordinal' || isSameTime);
  }

  /** A request for a full round: the next one to begin is full, also when one is running. */
  wantFull(): void {
    this.isFullWanted = true;
  }

  /**
   * begin-round: a round owns what was noted until now, and what a crashed round before it owned.
   */
  begin(): 'full' | 'incremental' {
    this.isRunning = true;
    this.before = undefined;
    this.mustBeFull ||= this.isFullWanted;
    this.isFullWanted = false;
    if (this.mustBeFull || this.taken.size === 0) {
      this.taken = this.mustBeFull ? new Map<string, BoardEntry>() : this.pending;
      this.pending = new Map();
    }
    return this.mustBeFull ? 'full' : 'incremental';
  }

  /**
   * fill-buffer with all of Postgres: the live board is repaired, what the cache had missed is
   * written through.
   */
  fill(truth: readonly Balance[]): void {
    for (const balance of truth) {
      const cached = this.cached.get(balance.customerId);
      if (cached !== undefined && cached.version < balance.version) this.write(balance);
      const isAhead = cached !== undefined && cached.version > balance.version;
      this.live.set(balance.customerId, isAhead ? cached : balance);
    }
    this.taken = new Map(truth.map((balance) => [balance.customerId, balance]));
  }

  /** publish-snapshot: the snapshot before, and over it what the round owned. */
  publish(): void {
    this.isRunning = false;
    const base: BoardEntries = this.mustBeFull ? new Map() : (this.snapshot ?? new Map());
    this.snapshot = new Map([...base, ...this.taken]);
    this.taken = new Map();
    this.before = this.ranked ?? [];
    this.ranked = rankBoard([...this.snapshot.values()], this.tiePolicy, this.before);
    this.mustBeFull = false;
  }

  /** A round crashes, and its lease expires. */
  crash(): void {
    this.isRunning = false;
  }

  /** FLUSHALL: everything is forgotten. */
  flush(): void {
    this.isRunning = false;
    for (const map of [this.cached, this.live, this.pending]) map.clear();
    this.taken = new Map();
    this.snapshot = undefined;
    this.ranked = undefined;
    this.before = undefined;
    this.mustBeFull = true;
    this.isFullWanted = false;
  }

  /** What readers of the snapshot see; undefined before the first one. */
  published(): readonly RankedCustomer[] | undefined {
    return this.snapshot && rankBoard([...this.snapshot.values()], this.tiePolicy, this.before);
  }

  /** What readers of the live board see. */
  current(): readonly RankedCustomer[] {
    return rankBoard([...this.live.values()], this.tiePolicy, this.ranked);
  }
}
