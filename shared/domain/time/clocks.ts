const minuteMs = 60_000;

/**
 * How far an event may be dated after its own record: two clocks of one producer are rarely further
 * apart.
 */
export const aheadOfRecordMsMax = minuteMs;

/** How far apart any two clocks may be: those of producers, brokers and pods. */
export const clocksApartMsMax = 3 * minuteMs;

/**
 * How long before it takes effect a change of rules, tiers or cohorts must be committed. It is
 * longer than the furthest that an accepted event can be dated ahead of the clock of cms-api, plus
 * the half minute for which functions cache a tenant: whatever an event is evaluated by was
 * committed, and known to every pod, before any event of its time was accepted.
 */
const changeLeadMs = 5 * minuteMs;

/** The earliest instant at which a change that is made now may take effect. */
export const earliestEffect = (now: Date): Date => new Date(now.getTime() + changeLeadMs);
