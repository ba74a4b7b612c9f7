/**
 * How customers with equal points are ranked: `competition` 1, 2, 2, 4 · `dense` 1, 2, 2, 3 ·
 * `ordinal` 1, 2, 3, 4, by who reached the points first.
 */
export type TiePolicy = 'competition' | 'dense' | 'ordinal';

/** A leaderboard of one tenant. Every board ranks by points, highest first. */
export type Board = Readonly<{ tenantId: string; board: string; tiePolicy: TiePolicy }>;

/** The board a tenant has from the start, and the one the unversioned paths read. */
export const defaultBoard = 'main';
