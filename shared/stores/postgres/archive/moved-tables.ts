import { movedIncentives } from './move-incentives.ts';
import { movedRedemptions } from './move-redemptions.ts';
import { movedRefunds } from './move-refunds.ts';
import type { MovedTable } from './moved-table.ts';

/**
 * The tables without partitions that archive-records archives. docs/decisions/0037 describes what
 * is kept of each, and why.
 */
export const movedTables: readonly MovedTable[] = [movedIncentives, movedRedemptions, movedRefunds];
