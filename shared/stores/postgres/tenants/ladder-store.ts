import type { TierLadder } from '#shared/domain/earning/tiers/tier-ladder.ts';
import type { Sql } from '../driver/connect.ts';
import { type VersionStore, versionStore } from './version-store.ts';

/** The terms of a ladder, without the time when it is in effect. */
export type LadderTerms = Omit<TierLadder, 'version' | 'validFrom'>;

/** The versions of a program's tiers. */
export type LadderStore = VersionStore<LadderTerms>;

/** Manages ladders of tiers; tenantStore finds what is activated here. */
export const ladderStore = (sql: Sql): LadderStore =>
  versionStore(sql, { kind: 'tiers', toTerms: (json) => json as LadderTerms });
