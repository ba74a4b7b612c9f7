/** The instant that decides what is due, and the event that brought the work, as the ledger names it. */
export type Moment = Readonly<{ now: Date; cause: string }>;
