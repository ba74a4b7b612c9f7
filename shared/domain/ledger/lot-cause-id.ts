import type { Balance } from './balance.ts';

/**
 * Names what is done to a lot in a wallet as it is. The version is part of the name because a
 * lot may be done again: a late order may be paid into a lot that was released or closed before,
 * and a reservation may give points back to one.
 */
export const lotCauseId = (lotId: string, { version }: Balance): string => `${lotId}@${version}`;
