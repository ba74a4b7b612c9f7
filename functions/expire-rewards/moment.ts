import type { Balance } from '#shared/domain/points/balance.ts';

/** The instant that decides what is due, and the event that brought the work, as the ledger names it. */
export type Moment = Readonly<{ now: Date; cause: string }>;

/**
 * Names what is done to a lot in an account as it stands. The version is part of the name because a lot may be done again: a late
 * order may be paid into a lot that was released or closed before, and a reservation may give points back to one.
 */
export const causeIdOf = (lotId: string, { version }: Balance): string => `${lotId}@${version}`;
