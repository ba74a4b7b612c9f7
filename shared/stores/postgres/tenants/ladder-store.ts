import type { TierLadder } from '#shared/domain/earning/tier-ladder.ts';
import type { Sql } from '../driver/connect.ts';
import { type VersionStore, versionStore } from './version-store.ts';

/** What a ladder says, apart from when it is in force. */
export type LadderTerms = Omit<TierLadder, 'version' | 'validFrom'>;

/** The versions of a program's tiers. */
export type LadderStore = VersionStore<LadderTerms>;

/**
 * Keeps ladders of tiers as people manage them; what is activated here is what tenantStore finds.
 */
export const ladderStore = (sql: Sql): LadderStore =>
  versionStore(sql, { kind: 'tiers', toTerms: (json) => json as LadderTerms });
